"""What an order wants in the POS: suppliers, brands, families, variants, lines, pictures.

`gather` reads it from our own rows in a fixed number of statements, whatever the order's size.
The plan page shows it, the sender writes it, so that what was shown is what is done.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from catalog.models import Attribute, Brand, Variant
from catalog.names import attribute_alias, name_key
from integrations.models import Connection, PosOrder, RemoteLink
from integrations.xseries.payloads import reference_key
from purchasing.matching.naming import supplier_code
from purchasing.models import Decision, NewProduct, OrderLine, PurchaseOrder
from retailers.shop_rules import ShopRules, rules_of

Action = Decision.Action
COST_PLACES = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class VariantWanted:
    """A variant to be created; prices per unit in the shop's currency."""

    decision_id: int
    sku: str
    barcode: str
    barcode_kind: str
    options: tuple[tuple[str, str], ...]
    supply_price: Decimal | None
    retail_price: Decimal | None
    supplier_code: str


@dataclass(frozen=True, slots=True)
class FamilyWanted:
    """A product family to be created, with its variants in the brand's order."""

    new_product: NewProduct
    variants: tuple[VariantWanted, ...]
    part: int = 1

    @property
    def key(self) -> str:
        return f"{self.new_product.key}:{self.part}" if self.part > 1 else self.new_product.key


@dataclass(frozen=True, slots=True)
class AdditionWanted:
    """A variant to be added to a family the shop already has."""

    decision: Decision
    variant: VariantWanted


@dataclass(frozen=True, slots=True)
class LineWanted:
    """One line of the POS order: all our lines of one variant, summed (edge case 53)."""

    target: str  # variant:12, or decision:34 while the variant is still to be made
    count: int
    cost: Decimal | None


@dataclass(slots=True)
class Wanted:
    """Everything one order wants written, and what is there already."""

    order: PurchaseOrder
    connection: Connection
    rules: ShopRules
    supplier_remote: str = ""
    outlet_remote: str = ""
    outlet_remotes: list[str] = field(default_factory=list)
    brands: list[str] = field(default_factory=list)
    brand_remotes: dict[str, str] = field(default_factory=dict)
    brands_present: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    attributes_present: list[str] = field(default_factory=list)
    attribute_remotes: dict[str, str] = field(default_factory=dict)
    families: list[FamilyWanted] = field(default_factory=list)
    additions: list[AdditionWanted] = field(default_factory=list)
    reactivations: list[Variant] = field(default_factory=list)
    linked: list[Decision] = field(default_factory=list)
    skipped: list[Decision] = field(default_factory=list)
    lines: list[LineWanted] = field(default_factory=list)
    pictures: list[tuple[NewProduct, str]] = field(default_factory=list)
    tag_remotes: dict[int, str] = field(default_factory=dict)
    category_remotes: dict[int, str] = field(default_factory=dict)
    tax_remotes: dict[int, str] = field(default_factory=dict)
    in_pos: PosOrder | None = None
    lookalikes: list[PosOrder] = field(default_factory=list)

    @property
    def is_foreign(self) -> bool:
        """The order is in another currency than the shop counts in."""
        return bool(self.order.currency) and self.order.currency != self.order.retailer.currency

    @property
    def rate(self) -> Decimal:
        """The shop's currency for one unit of the order's; 1 where they are the same."""
        return (self.order.exchange_rate or Decimal(1)) if self.is_foreign else Decimal(1)

    @property
    def units(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def cost(self) -> Decimal:
        return sum((line.count * (line.cost or Decimal(0)) for line in self.lines), Decimal(0))

    @property
    def new_variants(self) -> int:
        return sum(len(family.variants) for family in self.families) + len(self.additions)


def gather(order: PurchaseOrder, connection: Connection) -> Wanted:
    """Read what the order wants; a constant number of statements."""
    rules = rules_of(order.retailer_id)
    wanted = Wanted(order=order, connection=connection, rules=rules)
    decisions = list(
        order.decisions.select_related(
            "item", "variant", "product", "new_product__brand", "new_product__category"
        ).prefetch_related("new_product__tags")
    )
    lines = [line for line in order.lines.select_related("item") if _counts(line)]
    _sort_decisions(wanted, decisions, lines)
    _fill_links(wanted)
    wanted.lines = _pos_lines(decisions, lines, wanted.rate)
    _find_pos_orders(wanted)
    return wanted


def _counts(line: OrderLine) -> bool:
    return not line.removed and line.quantity > 0


def _sort_decisions(wanted: Wanted, decisions: list[Decision], lines: Iterable[OrderLine]) -> None:
    costs = _costs_by_item(lines, wanted.rules, wanted.rate)
    families: dict[int, list[Decision]] = defaultdict(list)
    inactive: dict[int, Variant] = {}
    for decision in decisions:
        if decision.action == Action.SKIP:
            wanted.skipped.append(decision)
        elif decision.item_id not in costs:
            continue  # nothing of it is ordered: no line and no product (edge case 51)
        elif decision.variant is not None:
            wanted.linked.append(decision)
            if not decision.variant.is_active:
                inactive[decision.variant.pk] = decision.variant
        elif decision.action == Action.ADD and decision.product is not None:
            wanted.additions.append(
                AdditionWanted(decision, variant_wanted(decision, costs[decision.item_id]))
            )
        elif decision.new_product is not None:
            families[decision.new_product.pk].append(decision)
    wanted.reactivations = list(inactive.values())
    for members in families.values():
        wanted.families.extend(_family_parts(members, costs))
    wanted.pictures = [
        (family.new_product, url)
        for family in wanted.families
        if family.part == 1
        for url in family.new_product.image_urls
    ]


VARIANTS_A_FAMILY = 200  # X-Series guide "products_variants": the most combinations of a family


def _family_parts(
    members: list[Decision], costs: dict[int, Decimal | None]
) -> Iterable[FamilyWanted]:
    """One family; more than one only where the shop agreed to a split above 200 variants."""
    ordered = sorted(members, key=lambda one: (one.item.colour, one.item.size_position, one.pk))
    variants = [variant_wanted(one, costs[one.item_id]) for one in ordered]
    product = members[0].new_product
    assert product is not None  # noqa: S101 - sorted into families by it
    for part, start in enumerate(range(0, len(variants), VARIANTS_A_FAMILY), start=1):
        yield FamilyWanted(product, tuple(variants[start : start + VARIANTS_A_FAMILY]), part)


def variant_wanted(decision: Decision, supply_price: Decimal | None) -> VariantWanted:
    """A decision to create, as the variant it creates."""
    return VariantWanted(
        decision_id=decision.pk,
        sku=decision.sku,
        barcode=decision.barcode,
        barcode_kind=decision.barcode_kind,
        options=tuple((str(one["name"]), str(one["value"])) for one in decision.options),
        supply_price=supply_price,
        retail_price=decision.retail_price,
        supplier_code=supplier_code(
            decision.item.style_number, [str(one["value"]) for one in decision.options]
        ),
    )


def _costs_by_item(
    lines: Iterable[OrderLine], rules: ShopRules, rate: Decimal
) -> dict[int, Decimal | None]:
    """The supplier price of each ordered item, in the shop's currency; None where unknown."""
    costs: dict[int, Decimal | None] = {}
    for line in lines:
        cost = line.unit_cost
        if rules.cost_from == "list":
            cost = line.list_cost or line.item.wholesale or line.unit_cost
        costs.setdefault(line.item_id, _converted(cost, rate))
    return costs


def _pos_lines(
    decisions: list[Decision], lines: Iterable[OrderLine], rate: Decimal
) -> list[LineWanted]:
    """Our lines as POS lines: one a variant, counts summed, cost the exact weighted average."""
    targets: dict[int, str] = {}
    for decision in decisions:
        if decision.action == Action.SKIP:
            continue
        targets[decision.item_id] = (
            f"variant:{decision.variant_id}" if decision.variant_id else f"decision:{decision.pk}"
        )
    counts: dict[str, int] = defaultdict(int)
    amounts: dict[str, Decimal | None] = {}
    for line in lines:
        target = targets.get(line.item_id)
        if target is None:
            continue
        counts[target] += line.quantity
        before = amounts.get(target, Decimal(0))
        amounts[target] = None if before is None or line.cost is None else before + line.cost
    return [
        LineWanted(target, count, _converted(_unit(amounts[target], count), rate))
        for target, count in counts.items()
    ]


def _unit(amount: Decimal | None, count: int) -> Decimal | None:
    if amount is None:
        return None
    return (amount / count).quantize(COST_PLACES, ROUND_HALF_UP)


def _converted(amount: Decimal | None, rate: Decimal) -> Decimal | None:
    if amount is None or rate == 1:
        return amount
    return (amount * rate).quantize(COST_PLACES, ROUND_HALF_UP)


def weighted_cost(
    parts: Sequence[tuple[int, Decimal]], rate: Decimal = Decimal(1)
) -> Decimal | None:
    """The unit cost of units that came at several costs; None where none is known."""
    units = sum(count for count, _cost in parts)
    if not units:
        return None
    total = sum((count * cost for count, cost in parts), Decimal(0))
    return _converted(_unit(total, units), rate)


def _fill_links(wanted: Wanted) -> None:
    """What is in the POS already: three statements for all kinds."""
    by_kind: dict[str, dict[int, str]] = defaultdict(dict)
    for kind, local, remote in RemoteLink.objects.filter(
        connection=wanted.connection,
        kind__in=("supplier", "outlet", "brand", "attribute", "tag", "category", "tax"),
    ).values_list("kind", "local_id", "remote_id"):
        by_kind[kind][local] = remote
    wanted.supplier_remote = by_kind["supplier"].get(wanted.order.supplier_id, "")
    wanted.outlet_remote = by_kind["outlet"].get(wanted.order.outlet_id or 0, "")
    wanted.outlet_remotes = sorted(by_kind["outlet"].values())
    wanted.tag_remotes = by_kind["tag"]
    wanted.category_remotes = by_kind["category"]
    wanted.tax_remotes = by_kind["tax"]
    _fill_brands(wanted, by_kind["brand"])
    _fill_attributes(wanted, by_kind["attribute"])


def brand_name_of(product: NewProduct) -> str:
    """The name on the label of a product to be created."""
    return product.brand.name if product.brand is not None else product.new_brand_name


def _fill_brands(wanted: Wanted, remotes: dict[int, str]) -> None:
    names = {
        name_key(name): name
        for family in wanted.families
        if (name := brand_name_of(family.new_product))
    }
    if not names:
        return
    known = {
        brand.name_key: remotes[brand.pk]
        for brand in Brand.objects.filter(name_key__in=names, deleted_at=None).order_by("-id")
        if brand.pk in remotes
    }
    wanted.brand_remotes = known
    wanted.brands_present = [name for key, name in names.items() if key in known]
    wanted.brands = [name for key, name in names.items() if key not in known]


def _fill_attributes(wanted: Wanted, remotes: dict[int, str]) -> None:
    names: dict[str, str] = {}
    for family in wanted.families:
        for name in family.new_product.attributes:
            names.setdefault(attribute_alias(name), name)
    if not names:
        return
    known: dict[str, str] = {}
    for attribute in Attribute.objects.filter(deleted_at=None).order_by("id"):
        alias = attribute_alias(attribute.name)
        if alias in names and attribute.pk in remotes:
            known.setdefault(alias, remotes[attribute.pk])
    wanted.attribute_remotes = known
    wanted.attributes_present = [name for alias, name in names.items() if alias in known]
    wanted.attributes = [name for alias, name in names.items() if alias not in known]


GONE = ("CANCELLED",)


def _find_pos_orders(wanted: Wanted) -> None:
    """Ours in the POS, and others of this supplier with this number (somebody entered it?)."""
    order = wanted.order
    found = PosOrder.objects.filter(
        connection=wanted.connection, reference_key=reference_key(order.number), deleted_at=None
    ).exclude(status__in=GONE)
    for row in found.order_by("version"):
        if row.order_id == order.pk and row.part == 1:
            wanted.in_pos = row
        elif row.order_id is None and row.supplier_remote_id in ("", wanted.supplier_remote):
            wanted.lookalikes.append(row)
