"""Whether an order adds up: its sums, its money and its window, beside what its header says."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.utils import timezone

from purchasing.models import PurchaseOrder, Supplier
from purchasing.records import Adjustment, IncomingLine, IncomingOrder, Problem
from retailers.formatting import day, money, number, units

BrandStatus = PurchaseOrder.BrandStatus


def sum_up(
    row: PurchaseOrder, order: IncomingOrder, *, supplier: Supplier, shop_currency: str
) -> None:
    """Units and cost from the lines; where the header says otherwise, the difference is shown.

    Sets `units`, `cost` and `problems`; the caller saves.
    """
    row.units = sum(line.quantity for line in order.lines)
    row.cost = sum((_cost(line) for line in order.lines), Decimal(0))
    found = [
        *order.problems,
        *_of_sums(row, order),
        *_of_money(row, supplier, shop_currency),
        *_of_window(row),
    ]
    row.problems = with_answers(found, row.problems)


def with_answers(
    found: Sequence[Problem], before: Sequence[dict[str, Any]]
) -> list[dict[str, object]]:
    """The problems found now, with what was answered to the very same ones before."""
    known = {(old.get("code"), old.get("text")): old for old in before}
    rows = []
    for problem in found:
        old = known.get((problem.code, problem.text), {})
        extra = {name: value for name, value in old.items() if name in ("answer", "fix")}
        rows.append(problem.as_dict() | extra)
    return rows


def _cost(line: IncomingLine) -> Decimal:
    return (line.unit_cost or Decimal(0)) * line.quantity


def _of_sums(row: PurchaseOrder, order: IncomingOrder) -> list[Problem]:
    """Edge case 54: shown and kept, not "fixed"."""
    found = []
    if order.header_units is not None and order.header_units != row.units:
        text = (
            f"Order {row.number}: NuORDER's total says {units(order.header_units)}, the lines "
            f"hold {number(row.units)}. The lines count."
        )
        found.append(Problem("units_differ", text, blocks=False, field="total_quantity"))
    if order.header_total is not None and order.header_total != row.cost:
        found.append(_total_differs(row, order, order.header_total))
    return found


def _total_differs(row: PurchaseOrder, order: IncomingOrder, total: Decimal) -> Problem:
    why = _explained(total - row.cost, order.adjustments)
    held, said = money(row.cost, row.currency), money(total, row.currency)
    if why:
        text = f"Order {row.number}: the total of {said} holds {why} besides the lines ({held})."
        return Problem("total_explained", text, blocks=False, field="total")
    difference = money(abs(total - row.cost), row.currency)
    unknown = sum(line.unit_cost is None for line in order.lines)
    because = f" {number(unknown)} of the lines have no price." if unknown else ""
    text = (
        f"Order {row.number}: NuORDER's total is {said}, the lines come to {held}: "
        f"{difference} apart.{because} The lines count."
    )
    return Problem("total_differs", text, blocks=False, field="total")


def _explained(difference: Decimal, adjustments: Sequence[Adjustment]) -> str:
    """Which surcharges, freight and discounts make up the difference to the cent, if any do."""
    cent = Decimal("0.01")
    for count in range(1, len(adjustments) + 1):
        for some in combinations(adjustments[:6], count):
            if abs(sum((one.amount for one in some), Decimal(0)) - difference) < cent:
                return " and ".join(one.label for one in some)
    return ""


def _of_money(row: PurchaseOrder, supplier: Supplier, shop: str) -> list[Problem]:
    """Money in another currency than the shop's, or than this supplier's (D6)."""
    usual = supplier.currency
    if not row.currency or row.currency == shop == usual:
        return []
    if usual and usual != row.currency:
        text = (
            f"Order {row.number} is in {row.currency}, but {supplier.name} sells to you in "
            f"{usual}. Ask the brand which it means; the supplier's currency is in its settings."
        )
        return [Problem("currency_unusual", text, field="currency_code")]
    if row.currency == shop:
        return []
    text = (
        f"Order {row.number} is in {row.currency}. The POS keeps costs in {shop}; "
        "no rate is applied here."
    )
    return [Problem("currency_foreign", text, blocks=False, field="currency_code")]


def _of_window(row: PurchaseOrder) -> list[Problem]:
    """A window that is over is shown as lapsed (edge case 58), unless the goods are under way."""
    today: date = timezone.localdate()
    late = row.ship_end is not None and row.ship_end < today
    if not late or row.brand_status in (BrandStatus.SHIPPED, BrandStatus.CANCELLED):
        return []
    text = f"Order {row.number}: the ship window ended on {day(row.ship_end)}."
    return [Problem("window_lapsed", text, blocks=False, field="end_ship")]
