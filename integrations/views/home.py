"""Today: what needs me, what arrives, what is on order, how the lines stand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from integrations.standing import Line, Standing, standing
from integrations.today import (
    arriving,
    first_steps,
    headline,
    more_reviews,
    on_order,
    todo_list,
)
from purchasing.models import PurchaseOrder
from purchasing.order_list import TABS
from retailers.access import Ability


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The page after signing in; people who belong to no shop are told so."""
    abilities = getattr(request, "abilities", None)
    if abilities is None:
        return redirect("no-shop")
    now = standing()
    todo = todo_list(now, abilities)
    more = more_reviews(todo)
    coming = arriving(timezone.localdate())
    context = {
        "todo": todo,
        "arriving": coming,
        "arriving_units": sum(one.units for one in coming),
        "more": more,
        "headline": headline(todo, coming, more=more),
        "on_order": on_order() if Ability.SEE_COSTS in abilities else [],
        "see_costs": Ability.SEE_COSTS in abilities,
        "may_connect": Ability.CONNECT in abilities,
        "open_orders": PurchaseOrder.objects.filter(status__in=TABS["open"][1]).count(),
        "steps": first_steps(now) if Ability.BUY in abilities else [],
        "pos": now.pos,
        "calm": [one for one in now.portals if one.in_step],
        "noisy": [one for one in now.lines if not one.in_step],
        "last_read": _last_read(now),
        "parked": len(now.parked),
        "today": timezone.localdate(),
    }
    return render(request, "integrations/home.html", context)


def _last_read(now: Standing) -> Line | None:
    """The portal that was read last: when NuORDER was heard from."""
    heard = [one for one in now.portals if one.connection.last_ok_at]
    return max(heard, key=lambda one: str(one.connection.last_ok_at), default=None)
