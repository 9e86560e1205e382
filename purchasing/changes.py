"""Changes the brand made to an order that was approved or sent here: kept until somebody answers.

Nothing in the order is altered by them. A change that was kept as it was is not asked again while
it says the same; one that the brand takes back is withdrawn.
"""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from purchasing.differences import ADDED, UNREADABLE, Difference
from purchasing.models import OrderChange, PurchaseOrder
from retailers.models import tell

State = OrderChange.State
Status = PurchaseOrder.Status
Key = tuple[int | None, str, str]

BRAND_STATUS = "brand_status"
_TOLD = 20
# What a cancellation means for an order in each state of its life here (edge case 44).
_AFTER_CANCELLING = {
    Status.APPROVED: "It is not sent to the POS.",
    Status.SENDING: "Sending stops at the next safe point; what was written can be undone.",
    Status.ON_ORDER: "It is still in the POS: undo it there, or keep it.",
    Status.PART_RECEIVED: "Part of it has arrived: close the rest, or keep it open.",
}


def note_changes(order: PurchaseOrder, found: Sequence[Difference], *, cancelled: bool) -> None:
    """Bring the order's open changes up to `found`, what differs now, and tell what is new.

    Three statements at most besides the story, whatever the number of lines.
    """
    wanted = {difference.key: difference for difference in found}
    if cancelled:
        wanted = {(None, BRAND_STATUS, ""): _cancellation(order)} | wanted
    latest = {_key(row): row for row in OrderChange.objects.filter(order=order).order_by("id")}
    fresh: list[OrderChange] = []
    altered: list[OrderChange] = []
    for key, difference in wanted.items():
        old = latest.get(key)
        if old is not None and old.new == difference.new[:255]:
            continue
        if old is not None and old.state == State.OPEN:
            old.new, old.text = difference.new[:255], difference.text[:500]
            altered.append(old)
        else:
            fresh.append(_row(order, difference))
    withdrawn = [
        row for key, row in latest.items() if row.state == State.OPEN and key not in wanted
    ]
    OrderChange.objects.bulk_create(fresh)
    OrderChange.objects.bulk_update(altered, ["new", "text"], batch_size=1000)
    _withdraw(order, withdrawn)
    _tell(order, [*altered, *fresh])


def told_once(changes: Iterable[OrderChange]) -> list[OrderChange]:
    """For people: a line that changed just as the whole order did is not told again."""
    rows = list(changes)
    whole = {(row.field, row.old, row.new) for row in rows if row.line_id is None}
    return [
        row for row in rows if row.line_id is None or (row.field, row.old, row.new) not in whole
    ]


def _key(row: OrderChange) -> Key:
    mark = row.new if row.line_id is None and row.field in (ADDED, UNREADABLE) else ""
    return (row.line_id, row.field, mark)


def _row(order: PurchaseOrder, difference: Difference) -> OrderChange:
    return OrderChange(
        retailer_id=order.retailer_id,
        order=order,
        line=difference.line,
        field=difference.field,
        old=difference.old[:255],
        new=difference.new[:255],
        text=difference.text[:500],
    )


def _cancellation(order: PurchaseOrder) -> Difference:
    after = _AFTER_CANCELLING.get(Status(order.status), "")
    text = f"The brand cancelled order {order.number}. {after}".strip()
    return Difference(BRAND_STATUS, "", PurchaseOrder.BrandStatus.CANCELLED, text)


def _withdraw(order: PurchaseOrder, rows: Sequence[OrderChange]) -> None:
    if not rows:
        return
    OrderChange.objects.filter(pk__in=[row.pk for row in rows], state=State.OPEN).update(
        state=State.DISMISSED, settled_at=timezone.now()
    )
    tell(
        order,
        "change_withdrawn",
        f"The brand took back: {' '.join(row.text for row in rows[:3])}",
        changes=[row.text for row in rows[:_TOLD]],
        count=len(rows),
    )


def _tell(order: PurchaseOrder, rows: Sequence[OrderChange]) -> None:
    """One event for a cancellation, one for all other changes."""
    for row in rows:
        if row.field == BRAND_STATUS:
            tell(order, "cancelled_at_brand", row.text, alert=True)
    others = [row.text for row in rows if row.field != BRAND_STATUS]
    if others:
        more = f" And {len(others) - 3} more." if len(others) > 3 else ""
        text = (
            f"The brand changed the order after it was approved. {' '.join(others[:3])}{more} "
            "Nothing was altered here."
        )
        tell(order, "brand_changed", text, changes=others[:_TOLD], count=len(others), alert=True)
