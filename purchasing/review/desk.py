"""The desk an act takes place at: one order, locked, with its decisions; refusals for people.

Every act of the review opens it with `at_desk`, inside one transaction. The row of the order is
locked first, so that two people take turns; what the second one saw is compared with what is there.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from purchasing.errors import OrderError
from purchasing.models import Decision, PurchaseOrder
from purchasing.review.styles import Size, Style, styles_of
from retailers.models import Event, User, tell

Action, State = Decision.Action, Decision.State


class AlreadyDecided(OrderError):
    """A colleague was first; the text says who and what, and nothing of yours was saved."""


@dataclass(slots=True)
class Desk:
    """One locked order, who sits at it, and when."""

    order: PurchaseOrder
    by: User
    now: datetime
    styles: list[Style]

    def style(self, item: int) -> Style:
        """The style this item belongs to."""
        for style in self.styles:
            if item in style.items:
                return style
        raise OrderError(_("This style is not on the order any more. Reload the page."))

    def seen(self, style: Style, token: str) -> None:
        """Refuse when a colleague decided since the page was shown (edge case 105)."""
        if token and token != style.token:
            raise AlreadyDecided(_first_answer(style, self.by))

    def decide(self, decisions: Iterable[Decision]) -> list[Decision]:
        """Mark as decided by this person, now; stored with one statement."""
        rows = list(decisions)
        for row in rows:
            row.state, row.decided_by, row.decided_at = State.DECIDED, self.by, self.now
        return self.store(rows)

    def decide_or_keep(self, rows: Iterable[Decision]) -> None:
        """Decide what nothing stands in the way of; the rest keeps the choice and stays open."""
        ready: list[Decision] = []
        held_up: list[Decision] = []
        for row in rows:
            (held_up if Size(row).blockers else ready).append(row)
        for row in held_up:
            row.rule, row.state, row.bin = "person", State.OPEN, Decision.Bin.CONFLICT
        self.decide(ready)
        self.store(held_up)

    def store(self, rows: list[Decision]) -> list[Decision]:
        if rows:
            Decision.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["order", "item"],
                update_fields=_STORED,
            )
        PurchaseOrder.objects.filter(pk=self.order.pk).update(lock=F("lock") + 1)
        return rows

    def tell(self, verb: str, text: str, rows: Iterable[Decision], **facts: Any) -> Event:
        """A sentence in the order's story; its facts let the act be undone."""
        items = sorted({row.item_id for row in rows})
        stamp = self.now.isoformat()
        return tell(self.order, verb, text, actor=self.by, items=items, at=stamp, **facts)


_STORED = [
    "bin",
    "rule",
    "problems",
    "candidates",
    "reasons",
    "state",
    "action",
    "variant",
    "product",
    "new_product",
    "same_item",
    "sku",
    "barcode",
    "barcode_kind",
    "options",
    "retail_price",
    "decided_by",
    "decided_at",
]


@contextmanager
def at_desk(order_pk: int, by: User) -> Iterator[Desk]:
    """Take the order's row and read what is decided; refuse when it is not under review."""
    with transaction.atomic():
        order = (
            PurchaseOrder.objects.select_for_update(of=("self",))
            .select_related("supplier", "retailer", "ship_to", "outlet")
            .get(pk=order_pk)
        )
        require_reviewable(order)
        yield Desk(order, by, timezone.now(), styles_of(order))


def require_reviewable(order: PurchaseOrder) -> None:
    """Only orders the brand has finished with are decided, and only until they are approved."""
    if order.status == PurchaseOrder.Status.WATCHING:
        raise OrderError(
            _("Order %(number)s is not final at the brand (%(status)s): read it, decide later.")
            % {"number": order.number, "status": order.get_brand_status_display().lower()}
        )
    if order.status != PurchaseOrder.Status.TO_REVIEW:
        raise OrderError(
            _("Order %(number)s is %(status)s. Its review is over.")
            % {"number": order.number, "status": order.get_status_display().lower()}
        )


def _first_answer(style: Style, by: User) -> str:
    decided = [
        (size.decision.decided_at, size.decision.pk, size.decision)
        for size in style.sizes
        if size.decision.decided_at is not None
    ]
    latest = max(decided)[2] if decided else None
    if latest is None or latest.decided_by is None:
        return _("%s was changed a moment ago. Yours was not saved; look again.") % style.name
    who = _("You") if latest.decided_by_id == by.pk else str(latest.decided_by)
    what = {
        Action.LINK: _("linked"),
        Action.CREATE: _("create new"),
        Action.ADD: _("add as variants"),
        Action.SKIP: _("skip"),
    }[Action(latest.action)]
    state = what if latest.state == State.DECIDED else latest.get_state_display().lower()
    return _("%(who)s decided %(style)s a moment ago: %(what)s. Yours was not saved.") % {
        "who": who,
        "style": style.name,
        "what": state,
    }
