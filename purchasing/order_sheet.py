"""One order as its page shows it: lines by colourway, sums, and how far it is."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from purchasing.models import Decision, OrderLine, PurchaseOrder

Status = PurchaseOrder.Status
STAGE: dict[str, int] = {
    Status.WATCHING: 0,
    Status.TO_REVIEW: 1,
    Status.APPROVED: 2,
    Status.SENDING: 2,
    Status.ON_ORDER: 3,
    Status.PART_RECEIVED: 4,
    Status.RECEIVED: 5,
    Status.CLOSED_SHORT: 5,
}


@dataclass(slots=True)
class Group:
    """Lines of one colourway at one cost and window; each line is a size."""

    name: str
    style_number: str
    colour: str
    unit_cost: Decimal | None
    ship_start: date | None
    ship_end: date | None
    lines: list[OrderLine] = field(default_factory=list)
    decisions: dict[int, Decision] = field(default_factory=dict)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def received(self) -> int:
        return sum(line.received for line in self.lines)

    @property
    def rejected(self) -> int:
        return sum(line.rejected for line in self.lines)

    @property
    def outstanding(self) -> int:
        return sum(line.outstanding for line in self.lines)

    @property
    def cost(self) -> Decimal | None:
        return None if self.unit_cost is None else self.unit_cost * self.units

    @property
    def problems(self) -> list[tuple[str, dict[str, object]]]:
        """What is wrong, with the size it is wrong for."""
        return [(line.item.size, problem) for line in self.lines for problem in line.problems]

    @property
    def is_removed(self) -> bool:
        return all(line.removed for line in self.lines)

    @property
    def skipped(self) -> int:
        return sum(
            1
            for line in self.lines
            if (found := self.decisions.get(line.item_id)) and found.action == "skip"
        )


@dataclass(slots=True)
class Sheet:
    """The lines of an order and their sums; two statements, whatever the size."""

    groups: list[Group]
    sizes: int
    units: int
    received: int
    outstanding: int
    cost: Decimal
    cost_known: bool

    @property
    def problems(self) -> int:
        return sum(len(group.problems) for group in self.groups)

    @property
    def windows(self) -> int:
        """How many ship windows the lines have."""
        return len({(group.ship_start, group.ship_end) for group in self.groups})


def sheet_of(order: PurchaseOrder) -> Sheet:
    """Read all lines of an order."""
    decisions = {
        decision.item_id: decision
        # With the order's id: the related manager asks each row for it.
        for decision in order.decisions.only("order_id", "item_id", "action", "state")
    }
    groups: dict[tuple[object, ...], Group] = {}
    lines = list(order.lines.select_related("item").order_by("position", "id"))
    for line in lines:
        item = line.item
        key = (
            item.style_number,
            item.name,
            item.colour,
            line.unit_cost,
            line.ship_start,
            line.ship_end,
            line.removed,
        )
        group = groups.get(key)
        if group is None:
            group = groups[key] = Group(
                item.name or item.style_number,
                item.style_number,
                item.colour,
                line.unit_cost,
                line.ship_start,
                line.ship_end,
                decisions=decisions,
            )
        group.lines.append(line)
    live = [line for line in lines if not line.removed]
    return Sheet(
        groups=list(groups.values()),
        sizes=len(lines),
        units=sum(line.quantity for line in live),
        received=sum(line.received for line in live),
        outstanding=sum(line.outstanding for line in live),
        cost=sum((line.cost or Decimal(0) for line in live), Decimal(0)),
        cost_known=all(line.unit_cost is not None for line in live),
    )


def stage_of(order: PurchaseOrder) -> int:
    """How many of five strokes are inked."""
    return STAGE.get(order.status, 0)


def note_open(order: PurchaseOrder) -> None:
    """Put on the order what the list reads by sub-select: open items and conflicts among them."""
    bins = list(order.decisions.filter(state__in=("open", "held")).values_list("bin", flat=True))
    order.open_items = len(bins)  # type: ignore[attr-defined]
    order.conflicts = bins.count("conflict")  # type: ignore[attr-defined]
