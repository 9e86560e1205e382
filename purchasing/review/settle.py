"""Answers to what stands in the way: a bad code, a price of 0, a deleted link, a split."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from purchasing.errors import OrderError
from purchasing.matching import match_order
from purchasing.matching.problems import problem
from purchasing.models import Decision, OrderLine, PurchaseOrder
from purchasing.review.desk import Desk, at_desk, require_reviewable
from retailers.models import Event, User, tell

Action, State = Decision.Action, Decision.State


def settle(
    order_pk: int,
    items: Iterable[int],
    code: str,
    answer: str,
    *,
    by: User,
    everywhere: bool = False,
) -> Event:
    """Answer one problem of these sizes; `everywhere` answers it for all sizes that have it.

    Raises OrderError when there is no such problem or no such way out any more.
    """
    with at_desk(order_pk, by) as desk:
        rows = _asked(desk, set(items), code, answer, everywhere=everywhere)
        if not rows:
            raise OrderError(_("This was settled already. Look again."))
        words = _label(rows[0], code, answer)
        left_out = [row for row in rows if _answer(row, code, answer)]
        if left_out:
            desk.decide(left_out)
        desk.store([row for row in rows if row not in left_out])
        match_order(order_pk)
        text = _("%(item)s: %(answer)s") % {"item": rows[0].item, "answer": words}
        return desk.tell("settled", text, rows)


def settle_line(order_pk: int, line_pk: int, *, by: User) -> Event:
    """Somebody has read what is wrong with a line that has no units, and goes on without it."""
    with transaction.atomic():
        order = PurchaseOrder.objects.select_for_update().get(pk=order_pk)
        require_reviewable(order)
        line = OrderLine.objects.filter(order=order, pk=line_pk).select_related("item").first()
        if line is None:
            raise OrderError(_("This line is not on the order any more. Reload the page."))
        line.problems = [{**row, "answer": row.get("answer") or "read"} for row in line.problems]
        line.save(update_fields=["problems"])
        text = _("%s: goes on without it") % line.item
        return tell(order, "settled", text, actor=by, line=line.pk)


def settle_order(order_pk: int, code: str, *, by: User) -> Event:
    """Somebody has read a problem of the order as a whole and takes the order as it is."""
    with transaction.atomic():
        order = PurchaseOrder.objects.select_for_update().get(pk=order_pk)
        require_reviewable(order)
        if code in NEVER_TAKEN:
            raise OrderError(_("The order cannot be read, so it cannot be taken as it is."))
        found = [row for row in order.problems if row["code"] == code]
        if not found:
            raise OrderError(_("This was settled already. Look again."))
        for row in found:
            row["answer"] = "as-is"
        order.save(update_fields=["problems"])
        return tell(order, "settled", _("Taken as it is: %s") % found[0]["text"], actor=by)


# Nothing a person says makes these readable.
NEVER_TAKEN = frozenset({"unreadable"})


def _asked(
    desk: Desk, items: set[int], code: str, answer: str, *, everywhere: bool
) -> list[Decision]:
    rows = []
    for style in desk.styles:
        for size in style.sizes:
            row = size.decision
            if row.state in (State.DECIDED, State.WRITTEN):
                continue
            if (everywhere or row.item_id in items) and _offers(row.problems, code, answer):
                rows.append(row)
    rows.sort(key=lambda row: row.item_id not in items)
    return rows


def _offers(problems: Iterable[dict[str, Any]], code: str, answer: str) -> bool:
    return any(
        row["code"] == code and any(choice["key"] == answer for choice in row.get("choices", ()))
        for row in problems
    )


def _label(row: Decision, code: str, answer: str) -> str:
    for one in row.problems:
        for choice in one.get("choices", ()):
            if one["code"] == code and choice["key"] == answer:
                return str(choice["label"])
    return answer


def _answer(row: Decision, code: str, answer: str) -> bool:
    """Write the answer into the decision; True when the size is left out by it."""
    for one in row.problems:
        if one["code"] == code:
            one["answer"] = answer
    if answer == "skip":
        row.action, row.variant, row.product, row.new_product = Action.SKIP, None, None, None
        return True
    if (code, answer) == ("code-elsewhere", "drop"):
        # asked again, it would be found on the same product: answered ahead
        row.action, row.rule, row.variant, row.product = Action.CREATE, "person", None, None
        ahead = problem("code-taken", "", field="barcode")
        row.problems = [*row.problems, {**ahead, "answer": "drop"}]
    return False
