"""What every page shows of the outside: counts in the navigation and the health of the sync.

Lazy, and read once a request, in one statement: a fragment that draws no navigation asks nothing.
"""

from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import Connection, SyncTask
from integrations.standing import parked
from purchasing.models import Delivery, PurchaseOrder
from retailers.models import Retailer

State = Connection.State
Status = PurchaseOrder.Status


def nav(request: HttpRequest) -> dict[str, Any]:
    """`nav_counts` (review, receive, parked), `sync_health` (state, text), `stopped_orders`."""
    if getattr(request, "retailer", None) is None:
        return {}
    return {
        "nav_counts": SimpleLazyObject(lambda: _counts(request)),
        "sync_health": SimpleLazyObject(lambda: _health(request)),
        "stopped_orders": SimpleLazyObject(stopped_orders),
    }


def stopped_orders() -> set[int]:
    """Orders of which something stands still until a person acts; read where a list shows it."""
    keys: dict[str, set[int]] = {"send-order": set(), "undo-order": set(), "receive": set()}
    for task in SyncTask.objects.exclude(trouble="").only("subject"):
        if task.kind in keys and task.key.isdecimal():
            keys[task.kind].add(int(task.key))
    found = keys["send-order"] | keys["undo-order"]
    if keys["receive"]:
        rows = Delivery.objects.filter(pk__in=keys["receive"])
        found |= set(rows.values_list("order_id", flat=True))
    return found


def _counts(request: HttpRequest) -> dict[str, int]:
    known: dict[str, int] | None = getattr(request, "_nav_counts", None)
    if known is None:
        known = _read(request.retailer)  # type: ignore[attr-defined]
        request._nav_counts = known  # type: ignore[attr-defined]
    return known


def _read(shop: Retailer) -> dict[str, int]:
    """All counts of the shop in force."""
    orders = PurchaseOrder.objects.all()
    to_receive = orders.filter(
        status__in=PurchaseOrder.RECEIVABLE, ship_start__lte=timezone.localdate()
    )
    connections = Connection.objects.all()
    counts = {
        "review": _number(orders.filter(status=Status.TO_REVIEW)),
        "receive": _number(to_receive),
        "parked": _number(parked()),
        "refused": _number(connections.filter(state=State.RECONNECT)),
        "connected": _number(connections.filter(state=State.ACTIVE)),
    }
    row = Retailer.objects.filter(pk=shop.pk).annotate(**counts).values(*counts).get()
    return {name: int(number) for name, number in row.items()}


def _number(rows: QuerySet[Any]) -> Coalesce:
    """How many there are, as a part of a larger statement."""
    count = rows.order_by().values("retailer").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(count), 0, output_field=IntegerField())


def _health(request: HttpRequest) -> dict[str, str]:
    """One word on the sync: what stands still, else what is refused, else in step."""
    counts = _counts(request)
    if counts["parked"]:
        words = ngettext("%(n)s thing parked", "%(n)s things parked", counts["parked"])
        return {"state": "clash", "text": words % {"n": counts["parked"]}}
    if counts["refused"]:
        words = ngettext("%(n)s key refused", "%(n)s keys refused", counts["refused"])
        return {"state": "likely", "text": words % {"n": counts["refused"]}}
    if not counts["connected"]:
        return {"state": "likely", "text": _("Not connected yet")}
    return {"state": "sure", "text": _("In step")}
