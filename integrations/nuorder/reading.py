"""Which orders of a portal to read now: what is new, what moved, and what is due again.

An order that is open here is read again each hour; a finished one each day, for as many days as
the shop's rule says; one that the brand or the shop put aside only when its status moves.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from integrations import pace
from integrations.models import Connection
from purchasing.models import OrderBody, PurchaseOrder
from retailers.shop_rules import rules_of

Status = PurchaseOrder.Status
_HOUR, _DAY = 3600.0, 86400.0
_FINISHED = (Status.RECEIVED, Status.CLOSED_SHORT)
_ASIDE = (Status.ELSEWHERE, Status.CANCELLED)
_CANCELLED = PurchaseOrder.BrandStatus.CANCELLED


def choose(
    connection: Connection,
    source: str,
    listed: Mapping[str, str],
    *,
    wanted_at: datetime | None = None,
) -> list[str]:
    """Ids to read now, new and moved ones first. `listed` is each id's status at the brand.

    Where a person asked (`wanted_at`), every open order that was not read since: their lists do
    not tell that an order was edited.
    """
    held = {order.source_key: order for order in _held(source)}
    troubled = _troubled(source)
    fresh, moved, due = [], [], []
    for key, status in listed.items():
        order = held.get(key)
        if order is None:
            # Cancelled before we ever saw it: nothing to import (edge case 43).
            if status != _CANCELLED and _is_due(troubled.get(key), _HOUR):
                fresh.append(key)
        elif order.brand_status != status and (_is_clear(order) or _is_due(order.read_at, _HOUR)):
            moved.append(key)
    last_day = _last_days(connection, held)
    chosen = {*fresh, *moved}
    for key, order in held.items():
        if key in chosen:
            continue
        asked_for = wanted_at is not None and (not order.read_at or order.read_at < wanted_at)
        if _is_due_again(order, key in listed, last_day.get(order.pk), asked_for=asked_for):
            due.append(key)
    return fresh + moved + due


def _held(source: str) -> list[PurchaseOrder]:
    return list(
        PurchaseOrder.objects.filter(source=source)
        .exclude(source_key="")
        .only("source_key", "status", "brand_status", "body_digest", "read_at", "problems")
        .order_by("read_at", "id")
    )


def _troubled(source: str) -> dict[str, datetime]:
    """When bodies that never became an order were last tried."""
    rows = OrderBody.objects.filter(source=source, order=None).values("source_key")
    return dict(rows.annotate(last=Max("received_at")).values_list("source_key", "last"))


def _last_days(
    connection: Connection, held: Mapping[str, PurchaseOrder]
) -> dict[int, datetime | None]:
    """Until when finished orders are still compared with the brand's."""
    done = [order.pk for order in held.values() if order.status in _FINISHED]
    if not done:
        return {}
    days = rules_of(connection.retailer_id).follow_days
    rows = PurchaseOrder.objects.filter(pk__in=done).annotate(finished=Max("deliveries__booked_at"))
    ends = {}
    for pk, booked, sent in rows.values_list("pk", "finished", "sent_at"):
        finished = booked or sent
        ends[pk] = finished + timedelta(days=days) if finished else None
    return ends


def _is_clear(order: PurchaseOrder) -> bool:
    """Was it read and understood last time? Otherwise its status here is no yardstick."""
    known = order.brand_status != PurchaseOrder.BrandStatus.UNKNOWN and order.body_digest
    return bool(known) and not _has(order, "unreadable")


def _has(order: PurchaseOrder, code: str) -> bool:
    return any(problem["code"] == code for problem in order.problems)


def _is_due_again(
    order: PurchaseOrder, listed: bool, last_day: datetime | None, *, asked_for: bool
) -> bool:
    if order.status in _ASIDE:
        # Cancelled or put aside: only a move of its status brings it up again.
        return False
    if _has(order, "gone") and not listed:
        return False
    if order.status in _FINISHED:
        over = last_day is None or last_day < timezone.now()
        return not over and _is_due(order.read_at, _DAY)
    # Also where it is in no list any more: deleted, or back among the drafts.
    return asked_for or _is_due(order.read_at, _HOUR)


def _is_due(last: datetime | None, seconds: float) -> bool:
    """Never read, or longer ago than this (at the deployment's time scale)."""
    return last is None or last + pace.wait(seconds) < timezone.now()
