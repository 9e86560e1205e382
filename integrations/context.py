"""What every page shows of the outside: counts in the navigation and the health of the sync.

Lazy, and read once a request: a fragment that draws no navigation asks nothing.
"""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import Connection
from integrations.standing import parked_count
from purchasing.models import PurchaseOrder


def nav(request: HttpRequest) -> dict[str, Any]:
    """`nav_counts` (review, receive, parked) and `sync_health` (state, text), three queries."""
    if getattr(request, "retailer", None) is None:
        return {}
    return {
        "nav_counts": SimpleLazyObject(lambda: _counts(request)),
        "sync_health": SimpleLazyObject(lambda: _health(request)),
    }


def _counts(request: HttpRequest) -> dict[str, int]:
    known: dict[str, int] | None = getattr(request, "_nav_counts", None)
    if known is None:
        known = PurchaseOrder.objects.aggregate(
            review=Count("id", filter=Q(status=PurchaseOrder.Status.TO_REVIEW)),
            receive=Count(
                "id",
                filter=Q(status__in=PurchaseOrder.RECEIVABLE, ship_start__lte=timezone.localdate()),
            ),
        )
        known["parked"] = parked_count()
        request._nav_counts = known  # type: ignore[attr-defined]
    return known


def _health(request: HttpRequest) -> dict[str, str]:
    """One word on the sync: what stands still, else what is refused, else in step."""
    parked = _counts(request)["parked"]
    if parked:
        words = ngettext("%(n)s thing parked", "%(n)s things parked", parked)
        return {"state": "clash", "text": words % {"n": parked}}
    states = list(Connection.objects.values_list("state"))
    refused = sum(1 for (state,) in states if state == Connection.State.RECONNECT)
    if refused:
        words = ngettext("%(n)s key refused", "%(n)s keys refused", refused)
        return {"state": "likely", "text": words % {"n": refused}}
    if not any(state == Connection.State.ACTIVE for (state,) in states):
        return {"state": "likely", "text": _("Not connected yet")}
    return {"state": "sure", "text": _("In step")}
