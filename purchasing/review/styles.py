"""The order under review as people see it: styles with their sizes, in four bins.

A style is all colours and sizes of one style number under one label; it is addressed by any of its
items. Reading takes a constant number of statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256

from catalog.names import name_key
from purchasing.matching.problems import blocking
from purchasing.models import Decision, OrderLine, PurchaseOrder, SupplierItem

Action, Bin, State = Decision.Action, Decision.Bin, Decision.State
# What needs a person first.
BIN_ORDER = (Bin.CONFLICT, Bin.LIKELY, Bin.NEW, Bin.CERTAIN)
DONE = (State.DECIDED, State.WRITTEN)


@dataclass(slots=True)
class Size:
    """One ordered size: what it is, how many, and what happens to it."""

    decision: Decision
    units: int = 0
    cost: Decimal | None = Decimal(0)
    lines: list[OrderLine] = field(default_factory=list)

    @property
    def item(self) -> SupplierItem:
        return self.decision.item

    @property
    def is_open(self) -> bool:
        return self.decision.state not in DONE

    @property
    def blockers(self) -> list[str]:
        """What must be settled before this size can be decided, in plain words."""
        if self.decision.action == Action.SKIP:
            return []
        texts = [str(row["text"]) for row in blocking(self.decision.problems)]
        if self.decision.action == Action.LINK and self.decision.variant_id is None and not texts:
            texts.append("")
        return texts


@dataclass(slots=True)
class Style:
    """All sizes and colours of one style on this order."""

    key: tuple[str, str]
    sizes: list[Size] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Its place in the address: the first of its items."""
        return self.sizes[0].item.pk

    @property
    def name(self) -> str:
        first = self.sizes[0]
        made = next((s.decision.new_product for s in self.sizes if s.decision.new_product), None)
        return made.name if made is not None else first.item.name or first.item.style_number

    @property
    def style_number(self) -> str:
        return self.sizes[0].item.style_number

    @property
    def items(self) -> set[int]:
        return {size.item.pk for size in self.sizes}

    @property
    def open_sizes(self) -> list[Size]:
        return [size for size in self.sizes if size.is_open]

    @property
    def is_decided(self) -> bool:
        return not self.open_sizes

    @property
    def is_held(self) -> bool:
        return any(size.decision.state == State.HELD for size in self.sizes)

    @property
    def bin(self) -> str:
        """The bin of its most doubtful size; decided sizes do not count while others are open."""
        bins = {size.decision.bin for size in self.open_sizes or self.sizes}
        return next(one for one in BIN_ORDER if one in bins)

    @property
    def units(self) -> int:
        return sum(size.units for size in self.sizes)

    @property
    def cost(self) -> Decimal | None:
        """None when the cost of a size is not known."""
        costs = [size.cost for size in self.sizes]
        return None if None in costs else sum((c for c in costs if c is not None), Decimal(0))

    @property
    def token(self) -> str:
        """What somebody saw when they decided: changes with every decision on the style."""
        return token_of(size.decision for size in self.sizes)


def token_of(decisions: Iterable[Decision]) -> str:
    """A short text that differs as soon as one of these decisions does."""
    facts = sorted(
        (one.item_id, one.state, one.action, one.variant_id, one.product_id, str(one.decided_at))
        for one in decisions
    )
    return sha256(repr(facts).encode()).hexdigest()[:16]


def styles_of(order: PurchaseOrder, decisions: Iterable[Decision] | None = None) -> list[Style]:
    """The styles of an order as its lines come, with units and cost; three statements."""
    if decisions is None:
        decisions = order.decisions.select_related(
            "item",
            "variant__product",
            "product",
            "new_product__brand",
            "new_product__category",
            "new_product__tax",
            "decided_by",
        )
    sizes = {one.item_id: Size(one) for one in decisions}
    places: dict[int, int] = {}
    lines = OrderLine.objects.filter(order=order, removed=False, quantity__gt=0)
    for line in lines.order_by("position", "id"):
        size = sizes.get(line.item_id)
        if size is None:
            continue
        places.setdefault(line.item_id, len(places))
        size.lines.append(line)
        size.units += line.quantity
        size.cost = None if size.cost is None or line.cost is None else size.cost + line.cost
    ordered = sorted(
        (size for pk, size in sizes.items() if pk in places), key=lambda one: places[one.item.pk]
    )
    return _grouped(ordered)


def style_key(item: SupplierItem) -> tuple[str, str]:
    return name_key(item.brand_name) if item.brand_name else "", item.style_key or item.product_key


def _grouped(sizes: Sequence[Size]) -> list[Style]:
    found: dict[tuple[str, str], Style] = {}
    for size in sizes:
        key = style_key(size.item)
        found.setdefault(key, Style(key)).sizes.append(size)
    return list(found.values())


def by_bin(styles: Iterable[Style]) -> dict[str, list[Style]]:
    """Styles in the order in which they are worked through; every bin is there, maybe empty."""
    found: dict[str, list[Style]] = {one: [] for one in BIN_ORDER}
    for style in styles:
        found[style.bin].append(style)
    for rows in found.values():
        rows.sort(key=lambda style: style.is_decided)
    return found


def units_by_colour(style: Style) -> dict[str, list[Size]]:
    """The sizes of a style by colour, each in the brand's own order of sizes (edge case 25)."""
    rows: dict[str, list[Size]] = defaultdict(list)
    for size in style.sizes:
        rows[size.item.colour].append(size)
    for sizes in rows.values():
        sizes.sort(key=lambda one: (one.item.size_position, one.item.pk))
    return dict(rows)
