"""Products: families, their variants, codes, suppliers and pictures, a page at a time.

A page of a thousand products costs about thirty statements, whatever is in it. A family is known by
the id of its head, the product that the others name as parent; pictures and new variants go there.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, Q
from django.utils import timezone

from catalog.models import Product, Variant
from integrations.engine import Job
from integrations.xseries.auth import COSTS_SCOPE
from integrations.xseries.client import XSeriesClient
from integrations.xseries.mirror.feeds import Feed, Links, unseen, upsert
from integrations.xseries.mirror.parts import take_codes, take_pictures, take_suppliers
from integrations.xseries.payloads import RemoteProduct
from purchasing.models import SupplierItem

FAMILY_COLUMNS = [
    "name",
    "name_key",
    "description",
    "brand",
    "category",
    "attributes",
    "updated",
]
VARIANT_COLUMNS = [
    "product",
    "name",
    "sku",
    "sku_key",
    "options",
    "supply_price",
    "price_excluding_tax",
    "price_including_tax",
    "is_active",
    "tracks_inventory",
    "position",
    "deleted_at",
]
GONE = "deleted"


def product_feed(job: Job, client: XSeriesClient) -> Feed[RemoteProduct]:
    """The feed of this module."""
    return Feed(
        "products",
        client.products_after,
        lambda rows: take_products(job, rows),
        sweep=lambda: _bury(unseen(job, "product")),
    )


def take_products(job: Job, rows: Iterable[RemoteProduct]) -> None:
    """Upsert a page of products, oldest change first."""
    found = list(rows)
    links = Links(job, "product", [row.remote_id for row in found])
    news = [
        row
        for row in sorted(links.news(found), key=lambda row: row.version)
        if row.deleted_at is None or row.remote_id in links.by_remote
    ]
    if not news:
        return
    families = _take_families(job, [row for row in news if row.deleted_at is None])
    variants = _take_variants(job, links, news, families)
    live = [row for row in news if row.deleted_at is None and row.remote_id in variants]
    take_codes(live, variants)
    take_suppliers(job, live, variants, costs_known=_costs_known(job))
    take_pictures(job, live, variants)
    _settle_families({variant.product_id for variant in variants.values()})


def _costs_known(job: Job) -> bool:
    """Without this scope they answer 0 for a cost they do not show (reference 3)."""
    scopes = job.connection.scopes.split()
    return not scopes or COSTS_SCOPE in scopes


# --- families ----------------------------------------------------------------------------------


def _take_families(job: Job, rows: list[RemoteProduct]) -> dict[str, Product]:
    """Our families of these rows by head id; made where they are new."""
    by_head: dict[str, list[RemoteProduct]] = defaultdict(list)
    for row in rows:
        by_head[row.head_id].append(row)
    links = Links(job, "family", by_head)
    held = Product.objects.in_bulk([link.local_id for link in links.by_remote.values()])
    brands = Links(job, "brand", {row.brand_id for row in rows if row.brand_id})
    categories = Links(job, "category", {row.category_id for row in rows if row.category_id})
    found: dict[str, Product] = {}
    fresh: list[Product] = []
    kept: list[Product] = []
    for head_id, members in by_head.items():
        known = held.get(links.local(head_id) or 0)
        product = known or Product()
        (kept if known else fresh).append(product)
        # What all members share is told by each of them; the head is the one they agree with.
        teller = next((row for row in members if row.is_head), members[-1])
        _fill_family(product, teller, brands, categories)
        found[head_id] = product
    Product.objects.bulk_create(fresh, batch_size=500)
    upsert(Product, kept, FAMILY_COLUMNS)
    for head_id, product in found.items():
        family_id = by_head[head_id][0].family_id
        links.bind(head_id, product.pk, by_head[head_id][-1].version, family_id=family_id)
    links.save()
    return found


def _fill_family(product: Product, row: RemoteProduct, brands: Links, categories: Links) -> None:
    product.name = row.name
    product.description = row.description
    product.brand_id = brands.local(row.brand_id)
    product.category_id = categories.local(row.category_id)
    product.attributes = [option.name for option in row.options]


def _settle_families(product_ids: set[int]) -> None:
    """A family is gone when its last variant is; it is active, and counted, when one of it is."""
    live = Q(variants__deleted_at=None)
    rows = Product.objects.filter(pk__in=product_ids).annotate(
        alive=Count("variants", filter=live),
        active=Count("variants", filter=live & Q(variants__is_active=True)),
        counted=Count("variants", filter=live & Q(variants__tracks_inventory=True)),
    )
    changed = []
    for row in rows:
        deleted_at = None if row.alive else row.deleted_at or timezone.now()
        now = (deleted_at, row.active > 0, row.counted > 0)
        if now != (row.deleted_at, row.is_active, row.tracks_inventory):
            row.deleted_at, row.is_active, row.tracks_inventory = now
            changed.append(row)
    upsert(Product, changed, ["deleted_at", "is_active", "tracks_inventory"])


# --- variants ----------------------------------------------------------------------------------


def _take_variants(
    job: Job, links: Links, rows: list[RemoteProduct], families: dict[str, Product]
) -> dict[str, Variant]:
    """Our variants of these rows by remote id."""
    held = Variant.objects.in_bulk([link.local_id for link in links.by_remote.values()])
    sizes = _family_sizes(families.values())
    costs_known = _costs_known(job)
    found: dict[str, Variant] = {}
    fresh: list[Variant] = []
    kept: list[Variant] = []
    for row in rows:
        variant = held.get(links.local(row.remote_id) or 0)
        if row.deleted_at is not None:
            if variant is None:
                continue
            variant.deleted_at = row.deleted_at
        else:
            family = families[row.head_id]
            if variant is None:
                variant = Variant(position=sizes[family.pk])
                sizes[family.pk] += 1
            variant.product = family
            _fill_variant(variant, row, costs_known=costs_known)
        found[row.remote_id] = variant
        (kept if variant.pk else fresh).append(variant)
    Variant.objects.bulk_create(fresh, batch_size=500)
    upsert(Variant, kept, VARIANT_COLUMNS)
    for row in rows:
        if (variant := found.get(row.remote_id)) is not None:
            links.bind(row.remote_id, variant.pk, row.version)
    links.save()
    _mark_links(found.values())
    return found


def _family_sizes(families: Iterable[Product]) -> dict[int, int]:
    """How many variants each family has already: new ones stand behind them."""
    sizes: dict[int, int] = defaultdict(int)
    sizes.update(
        Variant.objects.filter(product__in=[one.pk for one in families])
        .values_list("product_id")
        .annotate(n=Count("pk"))
    )
    return sizes


def _fill_variant(variant: Variant, row: RemoteProduct, *, costs_known: bool) -> None:
    variant.name = row.variant_name
    variant.sku = row.sku
    variant.options = [{"name": one.name, "value": one.value} for one in row.options]
    first = row.suppliers[0].cost if row.suppliers else None
    cost = row.supply_price if row.supply_price is not None else first
    variant.supply_price = cost if costs_known or cost else None
    variant.price_excluding_tax = row.price_excluding_tax
    variant.price_including_tax = row.price_including_tax
    variant.is_active = row.is_active
    variant.tracks_inventory = row.tracks_inventory and not row.is_composite
    variant.deleted_at = None


def _mark_links(variants: Iterable[Variant]) -> None:
    """A remembered link to a deleted product is broken, and asks again (edge case 29, D21)."""
    gone = [variant.pk for variant in variants if variant.deleted_at is not None]
    back = [variant.pk for variant in variants if variant.deleted_at is None]
    if gone:
        SupplierItem.objects.filter(variant__in=gone).update(link_trouble=GONE)
    if back:
        SupplierItem.objects.filter(variant__in=back, link_trouble=GONE).update(link_trouble="")


def _bury(variant_ids: list[int]) -> None:
    """Variants that a walk from the beginning did not show."""
    for start in range(0, len(variant_ids), 500):
        rows = Variant.objects.filter(pk__in=variant_ids[start : start + 500], deleted_at=None)
        gone = list(rows)
        rows.update(deleted_at=timezone.now())
        for variant in gone:
            variant.deleted_at = timezone.now()
        _mark_links(gone)
        _settle_families({variant.product_id for variant in gone})
