"""Everything matching knows about an order, read set-based: the number of statements is constant.

Rows are read as tuples into small records: building models for thousands of sizes costs more than
the look-ups themselves.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Q

from catalog.models import Barcode, Variant
from catalog.names import code_key, name_key
from purchasing.matching.codes import matching_gtin
from purchasing.models import Decision, OrderLine, PurchaseOrder, SupplierItem, VariantSupplier
from retailers.shop_rules import ShopRules, rules_of

# The same few brands, colours and sizes come again and again within an order.
_name_key = lru_cache(maxsize=2048)(name_key)
_code_key = lru_cache(maxsize=8192)(code_key)


@dataclass(slots=True)
class Item:
    """One ordered size of one colourway; costs per unit in the order's currency, without tax."""

    pk: int
    source_key: str
    product_key: str
    brand_item_key: str
    style_number: str
    style_key: str
    code_key: str
    supplier_code: str
    colour: str
    size: str
    size_position: int
    is_one_size: bool
    name: str
    brand_name: str
    code: str
    gtin14: str | None
    wholesale: Decimal | None
    item_msrp: Decimal | None
    linked: int | None
    link_trouble: str
    quantity: int = 0
    unit_cost: Decimal | None = None
    list_cost: Decimal | None = None
    discount: Decimal | None = None
    line_msrp: Decimal | None = None
    line_problems: list[dict[str, Any]] = field(default_factory=list)
    gtin: str | None = None
    by_repair: bool = False
    brand_key: str = ""
    size_key: str = ""
    colour_key: str = ""
    # under which the shop may hold it, the fullest first
    shelf_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.gtin, self.by_repair = matching_gtin(self.code, self.gtin14)
        self.brand_key = _name_key(self.brand_name) if self.brand_name else ""
        self.colour_key, self.size_key = _code_key(self.colour), _code_key(self.size)
        self.shelf_keys = tuple(dict.fromkeys(filter(None, (self.code_key, *self._made_keys()))))

    def _made_keys(self) -> tuple[str, ...]:
        """The style with all its options, with one, with none."""
        style, colour, size = self.style_key, self.colour_key, self.size_key
        if not style:
            return ()
        return style + colour + size, style + size, style + colour, style

    @property
    def full_keys(self) -> frozenset[str]:
        """The keys that name this very size."""
        made = self.style_key + self.colour_key + self.size_key if self.style_key else ""
        return frozenset(filter(None, (self.code_key, made)))

    @property
    def msrp(self) -> Decimal | None:
        return self.line_msrp if self.line_msrp is not None else self.item_msrp

    @property
    def style(self) -> tuple[str, str]:
        """Colourways of one style are one family (edge case 19)."""
        return self.brand_key, self.style_key or self.product_key

    @property
    def is_broken(self) -> bool:
        """It was linked, and what it was linked to is gone (edge case 29)."""
        return bool(self.link_trouble)


@dataclass(slots=True)
class Known:
    """A variant of the shop, as much of it as matching compares."""

    pk: int
    product: int
    name: str
    brand: int | None
    brand_key: str
    option_names: tuple[str, ...]
    option_values: tuple[str, ...]
    is_active: bool
    tracks_inventory: bool
    gtins: set[str] = field(default_factory=set)
    code_keys: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Sibling:
    """A size of the same supplier that was linked before."""

    pk: int
    brand_item_key: str
    style_key: str
    variant: int
    colour_key: str


@dataclass(slots=True)
class Evidence:
    """What the rules look into. All look-ups are dictionaries."""

    order: PurchaseOrder
    rules: ShopRules
    items: list[Item]
    decisions: dict[int, Decision]
    variants: dict[int, Known]
    by_gtin: dict[str, list[int]]
    by_code: dict[str, list[int]]
    siblings_by_brand_key: dict[str, list[Sibling]]
    siblings_by_style: dict[str, list[Sibling]]
    _colours: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def colours_of(self, style_key: str) -> set[str]:
        """The colours this style has on the order and among what was linked before."""
        if not self._colours:
            for item in self.items:
                self._colours[item.style_key].add(item.colour_key)
            for key, siblings in self.siblings_by_style.items():
                self._colours[key].update(one.colour_key for one in siblings)
        return self._colours[style_key]

    def living(self, pks: Iterable[int]) -> list[Known]:
        """These variants without those that are gone, each once."""
        return [self.variants[pk] for pk in dict.fromkeys(pks) if pk in self.variants]


_ITEM_FIELDS = (
    "item_id",
    "item__source_key",
    "item__product_key",
    "item__brand_item_key",
    "item__style_number",
    "item__style_key",
    "item__supplier_code_key",
    "item__supplier_code",
    "item__colour",
    "item__size",
    "item__size_position",
    "item__is_one_size",
    "item__name",
    "item__brand_name",
    "item__code",
    "item__gtin14",
    "item__wholesale",
    "item__msrp",
    "item__variant_id",
    "item__link_trouble",
    "quantity",
    "unit_cost",
    "list_cost",
    "discount_percent",
    "msrp",
    "problems",
)


def gather(order: PurchaseOrder) -> Evidence:
    """Read what the rules need: seven statements, whatever the number of lines."""
    rules = rules_of(order.retailer_id)
    items = _items(order)
    decisions = {one.item_id: one for one in Decision.objects.filter(order=order)}
    siblings = _siblings(order, items)
    by_gtin = _by_gtin(items)
    by_code, code_keys = _by_code(order, items, by_gtin)
    wanted = {item.linked for item in items if item.linked}
    wanted.update(one.variant for one in siblings)
    wanted.update(pk for found in by_gtin.values() for pk in found)
    wanted.update(pk for found in by_code.values() for pk in found)
    variants = read_variants(Q(pk__in=wanted), code_keys)
    evidence = Evidence(
        order,
        rules,
        items,
        decisions,
        variants,
        by_gtin,
        by_code,
        defaultdict(list),
        defaultdict(list),
    )
    for one in siblings:
        if one.brand_item_key:
            evidence.siblings_by_brand_key[one.brand_item_key].append(one)
        if one.style_key:
            evidence.siblings_by_style[one.style_key].append(one)
    return evidence


def _items(order: PurchaseOrder) -> list[Item]:
    """What is ordered, one record a size: two windows of one size are one (edge cases 51, 53)."""
    items: dict[int, Item] = {}
    lines = OrderLine.objects.filter(order=order, removed=False, quantity__gt=0)
    for row in lines.order_by("position", "id").values_list(*_ITEM_FIELDS):
        known = items.get(row[0])
        if known is None:
            items[row[0]] = Item(*row)
        else:
            known.quantity += row[20]
            known.line_problems = [*known.line_problems, *row[25]]
            if known.unit_cost is None or row[21] == 0:
                known.unit_cost = row[21]
    return list(items.values())


def _siblings(order: PurchaseOrder, items: list[Item]) -> list[Sibling]:
    brand_keys = {item.brand_item_key for item in items if item.brand_item_key}
    styles = {item.style_key for item in items if item.style_key}
    rows = (
        SupplierItem.objects.filter(
            Q(brand_item_key__in=brand_keys) | Q(style_key__in=styles),
            supplier_id=order.supplier_id,
            variant__isnull=False,
            link_trouble="",
        )
        .order_by("-linked_at", "-id")
        .values_list("id", "brand_item_key", "style_key", "variant_id", "colour")
    )
    return [Sibling(*row[:4], code_key(row[4])) for row in rows]


def _by_gtin(items: list[Item]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    gtins = {item.gtin for item in items if item.gtin}
    rows = Barcode.objects.filter(gtin14__in=gtins).values_list("gtin14", "variant_id")
    for gtin, variant in rows:
        if gtin is not None:
            found[gtin].append(variant)
    return found


def _by_code(
    order: PurchaseOrder, items: list[Item], by_gtin: dict[str, list[int]]
) -> tuple[dict[str, list[int]], dict[int, set[str]]]:
    """Variants by their code at this supplier, and every code of those a barcode led to."""
    keys: set[str] = set()
    for item in items:
        keys.update(item.shelf_keys)
    hits = {pk for found in by_gtin.values() for pk in found}
    found: dict[str, list[int]] = defaultdict(list)
    of_variant: dict[int, set[str]] = defaultdict(set)
    rows = VariantSupplier.objects.filter(
        Q(supplier_id=order.supplier_id, code_key__in=keys) | Q(variant_id__in=hits)
    ).values_list("supplier_id", "code_key", "variant_id")
    for supplier, key, variant in rows:
        if not key:
            continue
        of_variant[variant].add(key)
        if supplier == order.supplier_id:
            found[key].append(variant)
    return found, of_variant


def read_variants(where: Q, code_keys: dict[int, set[str]]) -> dict[int, Known]:
    """Variants that are still there, with their barcodes (joined: one statement)."""
    known: dict[int, Known] = {}
    rows = Variant.objects.filter(where, deleted_at=None, product__deleted_at=None).values_list(
        "id",
        "product_id",
        "product__name",
        "product__brand_id",
        "product__brand__name_key",
        "options",
        "is_active",
        "product__is_active",
        "tracks_inventory",
        "barcodes__gtin14",
    )
    for (
        pk,
        product,
        name,
        brand,
        brand_key,
        options,
        active,
        alive,
        tracks,
        gtin,
    ) in rows:
        one = known.get(pk)
        if one is None:
            one = known[pk] = Known(
                pk,
                product,
                name,
                brand,
                brand_key or "",
                tuple(str(option["name"]) for option in options),
                tuple(str(option["value"]) for option in options),
                active and alive,
                tracks,
                code_keys=code_keys.get(pk, set()),
            )
        if gtin:
            one.gtins.add(gtin)
    return known
