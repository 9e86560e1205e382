"""The order as we have it beside the order as the brand has it now, difference by difference.

Used twice: to tell the story of an order still under review, and to write the changes that wait
for an answer on an order that was approved or sent (edge cases 41, 42, 45, 46).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from purchasing.models import OrderLine, PurchaseOrder, SupplierItem
from purchasing.records import IncomingLine, IncomingOrder
from retailers.formatting import day, money, units

ADDED, REMOVED, UNREADABLE = "added", "removed", "unreadable"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise now; `line` is ours, None for the order itself or a new line.

    For an added line `new` is its key there (and `old` the key of the line it replaces, if it is
    a swap); for a removed line `new` is the key of the line that takes its place.
    """

    field: str
    old: str
    new: str
    text: str
    line: OrderLine | None = None

    @property
    def key(self) -> tuple[int | None, str, str]:
        """What makes it the same difference next time: for a new line, its key."""
        mark = self.new if self.line is None and self.field in (ADDED, UNREADABLE) else ""
        return (self.line.pk if self.line else None, self.field, mark)


@dataclass(frozen=True, slots=True)
class Pair:
    """One line here and the same line there; None on one side when it is only on the other."""

    ours: OrderLine | None
    theirs: IncomingLine | None


def pairs_of(ours: Iterable[OrderLine], theirs: Sequence[IncomingLine]) -> list[Pair]:
    """Which line is which: by key, then by item, for portals that send no ids of lines.

    Without an id a line is known by product, warehouse, window and size, so a moved window would
    look like one line gone and another come.
    """
    left = {line.key: line for line in ours}
    pairs: list[Pair] = []
    unmatched: list[IncomingLine] = []
    for line in theirs:
        mine = left.pop(line.key, None)
        if mine is None:
            unmatched.append(line)
        else:
            pairs.append(Pair(mine, line))
    by_item: dict[str, list[OrderLine]] = defaultdict(list)
    for mine in left.values():
        by_item[mine.item.source_key].append(mine)
    for line in unmatched:
        same = by_item.get(line.item.source_key)
        pairs.append(Pair(same.pop(0) if same else None, line))
    pairs += [Pair(mine, None) for group in by_item.values() for mine in group]
    return pairs


def differences(
    order: PurchaseOrder, theirs: IncomingOrder, pairs: Sequence[Pair]
) -> list[Difference]:
    """Everything that is otherwise now, the order first, then its lines."""
    found = _of_order(order, theirs)
    swaps = _swaps(pairs)
    for pair in pairs:
        found += _of_pair(pair, order.currency, swaps)
    return found


def _of_order(order: PurchaseOrder, theirs: IncomingOrder) -> list[Difference]:
    rows = [
        _day("ship_start", "The order ships from", order.ship_start, theirs.ship_start),
        _day("ship_end", "The order ships until", order.ship_end, theirs.ship_end),
        _word("customer_po", "The customer PO number is", order.customer_po, theirs.customer_po),
        _word("currency", "The currency is", order.currency, theirs.currency),
    ]
    address = order.ship_to.label if order.ship_to else ""
    if theirs.ship_to and (order.ship_to is None or order.ship_to.key != theirs.ship_to.key):
        rows.append(_word("ship_to", "The order goes to", address, theirs.ship_to.label))
    return [row for row in rows if row is not None]


def _of_pair(
    pair: Pair, currency: str, swaps: dict[str, "tuple[OrderLine, IncomingLine]"]
) -> list[Difference]:
    ours, theirs = pair.ours, pair.theirs
    if theirs is None:
        return [] if ours is None or ours.removed else [_removed(ours, swaps)]
    if theirs.quantity == 0 and theirs.problems:
        mark = theirs.problems[0].code if ours else theirs.key
        return [Difference(UNREADABLE, "", mark, theirs.problems[0].text, ours)]
    if ours is None or ours.removed:
        return [_added(theirs, swaps, ours)]
    return _changed(ours, theirs, currency)


def _changed(ours: OrderLine, theirs: IncomingLine, currency: str) -> list[Difference]:
    name = name_of(ours.item)
    rows = []
    if ours.quantity != theirs.quantity:
        rows.append(_quantity(ours, theirs, name))
    if theirs.unit_cost is not None and ours.unit_cost != theirs.unit_cost:
        old, new = money(ours.unit_cost, currency), money(theirs.unit_cost, currency)
        text = f"{name}: the cost is {new} instead of {old}."
        figures = (_figure(ours.unit_cost), _figure(theirs.unit_cost))
        rows.append(Difference("unit_cost", *figures, text, ours))
    windows = (
        _day("ship_start", f"{name}: ships from", ours.ship_start, theirs.ship_start, ours),
        _day("ship_end", f"{name}: ships until", ours.ship_end, theirs.ship_end, ours),
    )
    return rows + [row for row in windows if row is not None]


def _quantity(ours: OrderLine, theirs: IncomingLine, name: str) -> Difference:
    text = f"{name}: {units(theirs.quantity)} instead of {ours.quantity}."
    if theirs.quantity < ours.received:
        text = (
            f"{name}: {units(theirs.quantity)} instead of {ours.quantity}, which is below the "
            f"{ours.received} that have arrived. Close the line at {ours.received}."
        )
    return Difference("quantity", str(ours.quantity), str(theirs.quantity), text, ours)


def _removed(ours: OrderLine, swaps: dict[str, "tuple[OrderLine, IncomingLine]"]) -> Difference:
    name = name_of(ours.item)
    swap = swaps.get(ours.key)
    if swap:
        text = f"{name}: swapped for {swap[1].item.colour or name_of(swap[1].item)}."
    else:
        text = f"{name}: the brand took it off the order ({units(ours.quantity)})."
    if ours.received:
        text += f" {ours.received} have arrived already."
    return Difference(REMOVED, str(ours.quantity), swap[1].key if swap else "", text, ours)


def _added(
    theirs: IncomingLine,
    swaps: dict[str, "tuple[OrderLine, IncomingLine]"],
    ours: OrderLine | None,
) -> Difference:
    """`ours` is the line it had before the brand took it off and brought it back."""
    name = name_of(theirs.item)
    swap = swaps.get(theirs.key)
    text = f"{name}: added, {units(theirs.quantity)}."
    if swap:
        text = f"{name}: comes in place of {swap[0].item.colour or name_of(swap[0].item)}."
    return Difference(ADDED, swap[0].key if swap else "", theirs.key, text, ours)


def _swaps(pairs: Sequence[Pair]) -> dict[str, tuple[OrderLine, IncomingLine]]:
    """A colourway that went and one of the same style and sizes that came are a swap (case 46)."""
    gone: dict[tuple[str, str], list[OrderLine]] = defaultdict(list)
    for pair in pairs:
        if pair.theirs is None and pair.ours is not None and not pair.ours.removed:
            gone[pair.ours.item.style_number.casefold(), pair.ours.item.size].append(pair.ours)
    found: dict[str, tuple[OrderLine, IncomingLine]] = {}
    for pair in pairs:
        if pair.ours is not None or pair.theirs is None:
            continue
        item = pair.theirs.item
        same = gone.get((item.style_number.casefold(), item.size))
        if same and item.style_number:
            old = same.pop(0)
            found[old.key] = found[pair.theirs.key] = (old, pair.theirs)
    return found


def name_of(item: "SupplierItem | object") -> str:
    """TEE-9 Écru M, as lines are called in sentences."""
    parts = (getattr(item, name, "") for name in ("style_number", "colour", "size"))
    return " ".join(part for part in parts if part) or "A line"


def _day(
    field: str, text: str, old: date | None, new: date | None, line: OrderLine | None = None
) -> Difference | None:
    """None where nothing changed, or where they do not say any more."""
    if new is None or old == new:
        return None
    before = f" instead of {day(old)}" if old else ""
    sentence = f"{text} {day(new)}{before}."
    return Difference(field, old.isoformat() if old else "", new.isoformat(), sentence, line)


def _word(field: str, text: str, old: str, new: str) -> Difference | None:
    if not new or old == new:
        return None
    before = f" instead of “{old}”" if old else ""
    return Difference(field, old[:255], new[:255], f"{text} “{new}”{before}."[:500])


def _figure(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"
