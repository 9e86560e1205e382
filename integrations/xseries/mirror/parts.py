"""The parts of products: codes, suppliers with their codes and costs, and pictures.

Each is compared with what we hold, for a whole page at once; only differences are written.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.utils import timezone

from catalog.gtin import gtin14_of
from catalog.models import Barcode, ProductImage, Variant
from integrations.engine import Job
from integrations.models import RemoteLink
from integrations.xseries.mirror.feeds import Links, upsert
from integrations.xseries.payloads import RemotePicture, RemoteProduct
from purchasing.models import VariantSupplier

Variants = Mapping[str, Variant]
_KINDS = frozenset(Barcode.Kind.values)


def take_codes(rows: Sequence[RemoteProduct], variants: Variants) -> None:
    """Product codes as they are written; a product that does not say keeps those it had."""
    telling = {variants[row.remote_id].pk: row for row in rows if row.codes is not None}
    held: dict[tuple[int, str, str], int] = {}
    for code in Barcode.objects.filter(variant__in=telling):
        held[code.variant_id, code.kind, code.code] = code.pk
    wanted = {
        (pk, code.kind if code.kind in _KINDS else Barcode.Kind.CUSTOM.value, code.code)
        for pk, row in telling.items()
        for code in row.codes or ()
    }
    Barcode.objects.bulk_create(
        [
            Barcode(variant_id=pk, kind=kind, code=code, gtin14=gtin14_of(code))
            for pk, kind, code in sorted(wanted - held.keys())
        ],
        batch_size=500,
    )
    if gone := [held[key] for key in held.keys() - wanted]:
        Barcode.objects.filter(pk__in=gone).delete()


def take_suppliers(
    job: Job, rows: Sequence[RemoteProduct], variants: Variants, *, costs_known: bool
) -> None:
    """Who supplies each product, under which code and at what cost; the first row of one counts."""
    telling = [row for row in rows if row.suppliers is not None]
    remote_ids = {one.supplier_id for row in telling for one in row.suppliers or ()}
    links = Links(job, "supplier", remote_ids)
    held = {
        (row.variant_id, row.supplier_id): row
        for row in VariantSupplier.objects.filter(
            variant__in=[variants[row.remote_id].pk for row in telling]
        )
    }
    wanted: dict[tuple[int, int], tuple[str, Decimal | None]] = {}
    for row in telling:
        for one in row.suppliers or ():
            supplier = links.local(one.supplier_id)
            if supplier is not None:
                cost = one.cost if costs_known or one.cost else None
                wanted.setdefault((variants[row.remote_id].pk, supplier), (one.code, cost))
    _write_suppliers(held, wanted)


def _write_suppliers(
    held: dict[tuple[int, int], VariantSupplier],
    wanted: Mapping[tuple[int, int], tuple[str, Decimal | None]],
) -> None:
    fresh, changed = [], []
    for (variant, supplier), (code, cost) in wanted.items():
        row = held.pop((variant, supplier), None)
        if row is None:
            fresh.append(
                VariantSupplier(variant_id=variant, supplier_id=supplier, code=code, cost=cost)
            )
        elif (row.code, row.cost) != (code, cost):
            row.code, row.cost = code, cost
            changed.append(row)
    VariantSupplier.objects.bulk_create(fresh, batch_size=500)
    upsert(VariantSupplier, changed, ["code", "code_key", "cost"])
    if held:
        VariantSupplier.objects.filter(pk__in=[row.pk for row in held.values()]).delete()


def take_pictures(job: Job, rows: Sequence[RemoteProduct], variants: Variants) -> None:
    """Which pictures there are, family by family and variant by variant; not the files.

    A picture that somebody took away there is marked gone here, and is not brought back (80).
    """
    shown = [(row, picture, own) for row in rows for picture, own in _pictures_of(row)]
    links = Links(job, "image", {picture.remote_id for _row, picture, _own in shown})
    held = ProductImage.objects.in_bulk([link.local_id for link in links.by_remote.values()])
    fresh: dict[str, ProductImage] = {}
    kept: dict[str, ProductImage] = {}
    for row, picture, own in shown:
        variant = variants[row.remote_id]
        image = held.get(links.local(picture.remote_id) or 0)
        target = kept if image is not None else fresh
        image = image or fresh.get(picture.remote_id) or ProductImage()
        image.product_id = variant.product_id
        image.variant_id = variant.pk if own else None
        image.deleted_at = None
        if not image.digest:  # one of ours keeps the place it has among the supplier's pictures
            image.position = picture.position
        target[picture.remote_id] = image
    ProductImage.objects.bulk_create(fresh.values(), batch_size=500)
    upsert(ProductImage, kept.values(), ["product", "variant", "position", "deleted_at"])
    for remote_id, image in fresh.items():
        links.bind(remote_id, image.pk, 0)
    links.save()
    _bury_missing(job, rows, variants, {image.pk for image in (fresh | kept).values()})


def _pictures_of(row: RemoteProduct) -> Iterable[tuple[RemotePicture, bool]]:
    """The pictures a row speaks for: the family's if it is the head, and its own."""
    family = (row.pictures or ()) if row.is_head else ()
    own = row.own_pictures or ()
    seen = {picture.remote_id for picture in own}
    yield from ((picture, True) for picture in own)
    yield from ((picture, False) for picture in family if picture.remote_id not in seen)


def _bury_missing(
    job: Job, rows: Sequence[RemoteProduct], variants: Variants, present: set[int]
) -> None:
    """Pictures that were in the POS and are not listed any more by the row that speaks for them."""
    families: set[int] = set()
    singles: set[int] = set()
    for row in rows:
        variant = variants[row.remote_id]
        if row.is_head and row.pictures is not None:
            families.add(variant.product_id)
        if row.own_pictures is not None:
            singles.add(variant.pk)
    by_owner: dict[bool, list[int]] = defaultdict(list)
    known = RemoteLink.objects.filter(connection=job.connection, kind="image")
    candidates = ProductImage.objects.filter(
        product__in={variants[row.remote_id].product_id for row in rows},
        deleted_at=None,
        pk__in=known.values("local_id"),
    ).exclude(pk__in=present)
    for image in candidates:
        spoken_for = (
            image.variant_id in singles if image.variant_id else image.product_id in families
        )
        by_owner[spoken_for].append(image.pk)
    if by_owner[True]:
        ProductImage.objects.filter(pk__in=by_owner[True]).update(deleted_at=timezone.now())
