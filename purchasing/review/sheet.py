"""One style as the desk shows it: what the shop knows of it, and the grid of its sizes.

Works on what `styles` read; `read_facts` adds what the shop knows of the products in question, in
a constant number of statements. Nothing is decided here.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from catalog.models import Barcode, Product, StockLevel, Variant
from purchasing.models import Decision, PurchaseOrder, VariantSupplier
from purchasing.pricing import margin
from purchasing.review.styles import Size, Style, units_by_colour

Action, Bin, State = Decision.Action, Decision.Bin, Decision.State


@dataclass(frozen=True, slots=True)
class Cell:
    """One size of one colour in the grid."""

    size: str
    units: int = 0
    item: int | None = None
    tag: str = "none"
    glyph: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One colour with its cells, in the brand's own order of sizes."""

    colour: str
    cells: tuple[Cell, ...]
    units: int
    cost: Decimal | None


@dataclass(slots=True)
class Facts:
    """What the shop knows of the products a style is about."""

    products: dict[int, Product] = field(default_factory=dict)
    variants: dict[int, list[Variant]] = field(default_factory=lambda: defaultdict(list))
    gtins: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    codes: dict[int, str] = field(default_factory=dict)
    stock: dict[int, Decimal] = field(default_factory=dict)

    def variant(self, pk: int | None) -> Variant | None:
        for variants in self.variants.values():
            for one in variants:
                if one.pk == pk:
                    return one
        return None


def read_facts(order: PurchaseOrder, style: Style) -> Facts:
    """Products of the style's links, additions and candidates, with codes and stock."""
    wanted_variants = {s.decision.variant_id for s in style.sizes if s.decision.variant_id}
    products = {s.decision.product_id for s in style.sizes if s.decision.product_id}
    for size in style.sizes:
        for candidate in size.decision.candidates:
            if "variant" in candidate:
                wanted_variants.add(candidate["variant"])
            if "product" in candidate:
                products.add(candidate["product"])
    facts = Facts()
    if not (wanted_variants or products):
        return facts
    via = Variant.objects.filter(pk__in=wanted_variants).values("product_id")
    living = Product.objects.filter(deleted_at=None).select_related("brand")
    found = living.filter(pk__in=products) | living.filter(pk__in=via)
    facts.products = {one.pk: one for one in found}
    rows = Variant.objects.filter(product__in=facts.products, deleted_at=None)
    for variant in rows.order_by("position", "id"):
        facts.variants[variant.product_id].append(variant)
    codes = Barcode.objects.filter(variant__product__in=facts.products, gtin14__isnull=False)
    for pk, gtin in codes.values_list("variant_id", "gtin14"):
        facts.gtins[pk].add(str(gtin))
    at_supplier = VariantSupplier.objects.filter(
        variant__product__in=facts.products, supplier=order.supplier_id
    )
    facts.codes = dict(at_supplier.values_list("variant_id", "code"))
    stock = StockLevel.objects.filter(variant__product__in=facts.products)
    facts.stock = dict(
        stock.values("variant__product_id")
        .annotate(n=Sum("on_hand"))
        .values_list("variant__product_id", "n")
    )
    return facts


def product_in_question(style: Style, facts: Facts) -> Product | None:
    """The product of the shop that most sizes point to."""
    votes: Counter[int] = Counter()
    for size in style.sizes:
        one = size.decision
        variant = facts.variant(one.variant_id)
        if variant is not None:
            votes[variant.product_id] += 3
        if one.product_id:
            votes[one.product_id] += 2
        for candidate in one.candidates[:1]:
            other = facts.variant(candidate.get("variant"))
            pk = candidate.get("product") or (other.product_id if other else None)
            if pk:
                votes[pk] += 1
    return next(
        (facts.products[pk] for pk, _n in votes.most_common() if pk in facts.products), None
    )


def grid(style: Style) -> tuple[list[str], list[GridRow]]:
    """Colours down, sizes across, in the brand's order (edge case 25)."""
    colours = units_by_colour(style)
    names: dict[str, int] = {}
    for sizes in colours.values():
        for size in sizes:
            place = size.item.size_position
            names[size.item.size] = min(names.get(size.item.size, place), place)
    columns = sorted(names, key=lambda name: names[name])
    rows = []
    for colour, sizes in colours.items():
        by_size: dict[str, list[Size]] = defaultdict(list)
        for size in sizes:
            by_size[size.item.size].append(size)
        cells = tuple(_cell(name, by_size.get(name, [])) for name in columns)
        costs = [size.cost for size in sizes]
        cost = None if None in costs else sum((c for c in costs if c is not None), Decimal(0))
        rows.append(GridRow(colour, cells, sum(size.units for size in sizes), cost))
    return columns, rows


def _cell(name: str, sizes: list[Size]) -> Cell:
    if not sizes:
        return Cell(name, words=_("not ordered"))
    size = sizes[0]
    tag, glyph, words = _fate(size)
    return Cell(name, sum(one.units for one in sizes), size.item.pk, tag, glyph, words)


def _fate(size: Size) -> tuple[str, str, str]:
    """What becomes of a size: colour of the cell, glyph, words."""
    one = size.decision
    if one.action == Action.SKIP:
        return "none", "minus", _("left out")
    if size.is_open and size.blockers:
        return "clash", "neq", _("to settle")
    if one.action == Action.CREATE:
        return "new", "plus", _("will be created")
    if one.action == Action.ADD:
        return "new", "plus", _("new variant")
    if one.state in (State.DECIDED, State.WRITTEN) or one.bin == Bin.CERTAIN:
        return "sure", "check", one.reasons[0] if one.reasons else _("linked")
    return "likely", "approx", one.reasons[0] if one.reasons else _("likely")


def sums(styles: list[Style], order: PurchaseOrder) -> dict[str, Any]:
    """What stands at the foot: left to decide, units, cost, retail and margin of the whole."""
    cost: Decimal | None = Decimal(0)
    retail: Decimal | None = Decimal(0)
    for style in styles:
        for size in style.sizes:
            if size.decision.action == Action.SKIP:
                continue
            price = _price_of(size, with_tax=order.retailer.prices_include_tax)
            cost = None if cost is None or size.cost is None else cost + size.cost
            retail = None if retail is None or price is None else retail + price * size.units
    left = [style for style in styles if not style.is_decided]
    comparable = order.currency == order.retailer.currency and not order.retailer.prices_include_tax
    return {
        "left": len(left),
        "styles": len(styles),
        "units": sum(style.units for style in styles),
        "lines": sum(len(size.lines) for style in styles for size in style.sizes),
        "cost": cost,
        "retail": retail,
        "margin": margin(retail, cost) if comparable else None,
        "show_margin": comparable,
    }


def _price_of(size: Size, *, with_tax: bool) -> Decimal | None:
    """What one unit sells for: the shop's own price where it is linked, else the proposed one."""
    one = size.decision
    if one.action == Action.LINK:
        if one.variant is None:
            return None
        return one.variant.price_including_tax if with_tax else one.variant.price_excluding_tax
    return one.retail_price
