"""Finding a product of the shop by what people have at hand: barcode, SKU, supplier code, name.

An exact code answers alone; words are asked only when no code fits. Every question is scoped to the
shop, uses an index where there is one, and is capped.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.gtin import gtin14_of
from catalog.models import Barcode, Product, Variant
from catalog.names import code_key, name_key

MOST_PRODUCTS = 20
MOST_VARIANTS = 200
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that was found, the variants that fit (all of them for a name), and by what."""

    product: Product
    variants: tuple[Variant, ...]
    how: str


def find_products(text: str, *, most: int = MOST_PRODUCTS) -> list[Hit]:
    """Products for a text somebody typed or scanned; best first, empty for an empty text.

    An exact barcode takes two statements, in any spelling; anything else four at most.
    """
    text = text.strip()[:LONGEST]
    if not text:
        return []
    if by_barcode := _by_barcode(text):
        return _hits(Q(pk__in=by_barcode), _("Barcode"), most)
    key = code_key(text)
    by_code = Q(sku_key=name_key(text)) | Q(suppliers__code_key=key)
    if found := _hits(by_code, _("SKU or supplier code"), most):
        return found
    return _by_name(text, most)


def products_of(variants: Iterable[int]) -> list[Hit]:
    """These variants with their products, as hits: for suggestions beside a search."""
    return _hits(Q(pk__in=list(variants)), "", MOST_PRODUCTS)


def _by_barcode(text: str) -> list[int]:
    gtin = gtin14_of(text)
    where = Q(code=text) | Q(gtin14=gtin) if gtin else Q(code=text)
    return list(Barcode.objects.filter(where).values_list("variant_id", flat=True)[:MOST_VARIANTS])


def _hits(where: Q, how: str, most: int) -> list[Hit]:
    rows = (
        Variant.objects.filter(where, deleted_at=None, product__deleted_at=None)
        .select_related("product__brand")
        .order_by("product_id", "position", "id")
        .distinct()[:MOST_VARIANTS]
    )
    return _grouped(rows, how)[:most]


def _grouped(rows: Iterable[Variant], how: str) -> list[Hit]:
    found: dict[int, list[Variant]] = {}
    for row in rows:
        found.setdefault(row.product_id, []).append(row)
    return [Hit(variants[0].product, tuple(variants), how) for variants in found.values()]


def _by_name(text: str, most: int) -> list[Hit]:
    """Every word somewhere in the name; names that begin with the text come first."""
    key = name_key(text)
    words = Q()
    for word in key.split()[:8]:
        words &= Q(name_key__contains=word)
    living = Product.objects.filter(words, deleted_at=None)
    first = living.filter(name_key__gte=key, name_key__lt=key + "\uffff").order_by("name_key")
    pks = list(first.values_list("id", flat=True)[:most])
    if len(pks) < most:
        rest = living.exclude(pk__in=pks).order_by("name_key").values_list("id", flat=True)
        pks += list(rest[: most - len(pks)])
    place = {pk: at for at, pk in enumerate(pks)}
    hits = _hits(Q(product_id__in=pks), _("Name"), most)
    return sorted(hits, key=lambda hit: place[hit.product.pk])
