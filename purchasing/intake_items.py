"""What suppliers list, taken in: one row a size of a colourway, upserted in bulk.

An order line knows little of an item and is a snapshot of its day; the product itself knows more
and is current. So an order fills what is empty, and a product's own data wins afterwards. The link
to a variant is never touched here, except that a size that was only renamed keeps it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from catalog.gtin import CodeKind, gtin14_of, read_code
from purchasing.models import Supplier, SupplierItem
from purchasing.records import IncomingItem
from retailers.shop_rules import ShopRules

# Copied from the record as they are; anything empty there never overwrites what is known.
_PLAIN = (
    "brand_item_key",
    "brand_name",
    "category",
    "colour",
    "colour_code",
    "currency",
    "description",
    "msrp",
    "name",
    "season",
    "size",
    "sku_key",
    "style_number",
    "units_per_pack",
    "wholesale",
)
_WRITTEN = (
    *_PLAIN,
    "code",
    "detail_read_at",
    "gtin14",
    "image_urls",
    "is_one_size",
    "size_position",
    "style_key",
    "supplier_code",
    "supplier_code_key",
)
_IDENTITY = ("supplier", "source_key")


def keep_items(
    supplier: Supplier,
    incoming: Iterable[IncomingItem],
    rules: ShopRules,
    *,
    known: Mapping[str, SupplierItem] | None = None,
) -> dict[str, SupplierItem]:
    """Every incoming item's row, by source key: read in one statement, written in one.

    `known` are rows to be used as they are, whatever supplier they stand under.
    """
    records = _merged(incoming)
    rows: dict[str, SupplierItem] = dict(known or {})
    missing = [key for key in records if key not in rows]
    if missing:
        found = SupplierItem.objects.filter(supplier=supplier, source_key__in=missing)
        rows |= {item.source_key: item for item in found}
    now = timezone.now()
    fresh, changed = [], []
    for key, record in records.items():
        row = rows.get(key)
        if row is None:
            fresh.append(_new(supplier, record, rules, now))
        elif _update(row, record, rules, now):
            changed.append(row)
    _write(changed)
    SupplierItem.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=_IDENTITY, update_fields=_WRITTEN
    )
    rows |= {item.source_key: item for item in fresh}
    return {key: rows[key] for key in records}


def keep_details(
    supplier: Supplier, incoming: Iterable[IncomingItem], rules: ShopRules
) -> list[str]:
    """Take in what products themselves say; sentences for the order's story.

    Only sizes that are known here are updated: a catalogue is not copied for one ordered size.
    """
    records = list(incoming)
    products = {record.product_key for record in records}
    rows = list(SupplierItem.objects.filter(supplier=supplier, product_key__in=products))
    by_key = {row.source_key: row for row in rows}
    wanted = [record for record in records if record.source_key in by_key]
    news = _colour_news(wanted, by_key)
    keep_items(supplier, wanted, rules, known=by_key)
    news += _follow_renamed(rows, records)
    return news + list(dict.fromkeys(p.text for record in records for p in record.problems))


def mark_read(supplier: Supplier, product_keys: Iterable[str]) -> None:
    """These products were asked for, and there is nothing more to be had today."""
    rows = SupplierItem.objects.filter(supplier=supplier, product_key__in=list(product_keys))
    rows.update(detail_read_at=timezone.now())


def _merged(incoming: Iterable[IncomingItem]) -> dict[str, IncomingItem]:
    """One record a key; the first of several lines of one size speaks (edge case 53)."""
    records: dict[str, IncomingItem] = {}
    for record in incoming:
        records.setdefault(record.source_key, record)
    return records


def _new(supplier: Supplier, record: IncomingItem, rules: ShopRules, now: datetime) -> SupplierItem:
    row = SupplierItem(
        retailer_id=supplier.retailer_id,
        supplier=supplier,
        source_key=record.source_key,
        product_key=record.product_key,
    )
    _update(row, record, rules, now)
    return row


def _update(row: SupplierItem, record: IncomingItem, rules: ShopRules, now: datetime) -> bool:
    """Bring the row up to the record; True when something changed."""
    before = {name: getattr(row, name) for name in _WRITTEN}
    newer = record.is_detail or row.detail_read_at is None
    for name in _PLAIN:
        value = getattr(record, name)
        if value not in (None, "") and (newer or getattr(row, name) in (None, "")):
            setattr(row, name, value)
    if record.is_detail:
        row.detail_read_at = now
        row.image_urls = list(record.image_urls) or row.image_urls
        row.size_position = record.size_position
    elif row._state.adding:
        row.size_position = record.size_position
    _take_code(row, record.code, newer=newer)
    row.is_one_size = row.size.casefold() in rules.one_size_labels
    # Written once and kept: it is what the item is found by again when labels change.
    row.supplier_code = row.supplier_code or _supplier_code(row)
    row.belong()
    return any(getattr(row, name) != value for name, value in before.items())


def _take_code(row: SupplierItem, code: str, *, newer: bool) -> None:
    """A real code is never replaced by a filler word or by nothing."""
    if not code or (row.code and not newer):
        return
    if row.code and read_code(code).kind is CodeKind.NONE and row.gtin14:
        return
    row.code = code
    row.gtin14 = gtin14_of(code)


def _supplier_code(row: SupplierItem) -> str:
    """Style number joined with the options; empty where the supplier has no style number."""
    if not row.style_number:
        return ""
    options = (row.colour, "" if row.is_one_size else row.size)
    return "-".join(part for part in (row.style_number, *options) if part)[:255]


def _write(rows: list[SupplierItem]) -> None:
    """Changed rows, as an upsert: one statement where bulk_update would grow with every row."""
    copies = [
        SupplierItem(**{f.attname: getattr(row, f.attname) for f in _COLUMNS}) for row in rows
    ]
    SupplierItem.objects.bulk_create(
        copies, update_conflicts=True, unique_fields=_IDENTITY, update_fields=_WRITTEN
    )


_COLUMNS: tuple[Any, ...] = tuple(
    f for f in SupplierItem._meta.concrete_fields if not f.primary_key
)


def _colour_news(records: list[IncomingItem], rows: Mapping[str, SupplierItem]) -> list[str]:
    """The catalogue calls an ordered colour otherwise now: the id decides, we tell (case 34)."""
    pairs = {
        (rows[record.source_key].style_number, rows[record.source_key].colour, record.colour)
        for record in records
        if record.colour and rows[record.source_key].colour not in ("", record.colour)
    }
    return [
        f"The brand's catalogue calls {style} {old} “{new}” now; it is the same product."
        for style, old, new in sorted(pairs)
    ]


def _follow_renamed(rows: list[SupplierItem], records: list[IncomingItem]) -> list[str]:
    """A size that got another label is the same size: its link goes along (edge case 14)."""
    current = {record.source_key for record in records}
    linked = {
        row.sku_key: row
        for row in rows
        if row.sku_key and row.variant_id and row.source_key not in current
    }
    news, changed = [], []
    for row in rows:
        old = linked.get(row.sku_key) if row.source_key in current else None
        if old is None or row.variant_id:
            continue
        row.variant_id, row.linked_by_id, row.linked_at = (
            old.variant_id,
            old.linked_by_id,
            old.linked_at,
        )
        row.link_trouble = old.link_trouble
        changed.append(row)
        news.append(
            f"{row.style_number} {row.colour}: the brand calls size {old.size} “{row.size}” now; "
            "the link was kept."
        )
    SupplierItem.objects.bulk_update(
        changed, ["variant", "linked_by", "linked_at", "link_trouble"], batch_size=500
    )
    return news
