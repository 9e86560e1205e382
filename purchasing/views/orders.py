"""Orders: the list, one order, and setting orders aside."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from purchasing.aside import bring_back, mark_elsewhere
from purchasing.changes import told_once
from purchasing.models import OrderChange, PurchaseOrder
from purchasing.order_list import ARRIVALS, TABS, Filters, matching, order_page
from purchasing.order_sheet import note_open, sheet_of, stage_of
from purchasing.signals import order_wanted
from retailers.access import Ability, ShopRequest, needs
from retailers.models import Event, tell

Status = PurchaseOrder.Status
MOST_AT_ONCE = 5000


@require_GET
@needs(Ability.LOOK)
def orders(request: ShopRequest) -> HttpResponseBase:
    """The list: tabs, filters and page live in the address."""
    filters = Filters.from_query(request.GET)
    page = order_page(filters, today=timezone.localdate())
    context = {
        "page": page,
        "filters": filters,
        "arrivals": ARRIVALS,
        "today": timezone.localdate(),
        "can_buy": Ability.BUY in request.abilities,
        "see_costs": Ability.SEE_COSTS in request.abilities,
        "tab_label": TABS[filters.tab][0],
        "stages": {order.pk: stage_of(order) for order in page.orders},
    }
    template = "purchasing/orders.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#list"
    return render(request, template, context)


@require_GET
@needs(Ability.LOOK)
def order(request: ShopRequest, pk: int) -> HttpResponseBase:
    """One order: facts, what is wrong, lines, deliveries, story."""
    found = get_object_or_404(
        PurchaseOrder.objects.select_related("supplier", "outlet", "ship_to", "approved_by"), pk=pk
    )
    if found.status not in PurchaseOrder.CLOSED:
        order_wanted.send(PurchaseOrder, order=found)
    if found.status == Status.TO_REVIEW:
        note_open(found)
    context = {
        "order": found,
        "sheet": sheet_of(found),
        "stage": stage_of(found),
        "changes": told_once(found.changes.filter(state=OrderChange.State.OPEN).order_by("pk")),
        "deliveries": found.deliveries.select_related("booked_by", "started_by"),
        "siblings": _siblings(found),
        "story": Event.objects.about(found).select_related("actor")[:40],
        "can_buy": Ability.BUY in request.abilities,
        "can_receive": Ability.RECEIVE in request.abilities,
        "see_costs": Ability.SEE_COSTS in request.abilities,
        "today": timezone.localdate(),
    }
    return render(request, "purchasing/order.html", context)


def _siblings(found: PurchaseOrder) -> list[PurchaseOrder]:
    """The other orders of one split (edge case 59)."""
    if not found.group_key:
        return []
    rows = PurchaseOrder.objects.filter(source=found.source, group_key=found.group_key)
    return list(rows.exclude(pk=found.pk).only("pk", "number", "status")[:20])


@require_POST
@needs(Ability.BUY)
def orders_elsewhere(request: ShopRequest) -> HttpResponseBase:
    """Mark orders handled elsewhere, or bring them back: those marked, or all that match."""
    filters = Filters.from_query(request.GET)
    if request.POST.get("all"):
        rows = matching(filters, today=timezone.localdate())
        chosen = list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    else:
        marked = request.POST.getlist("order")
        chosen = [int(pk) for pk in marked if pk.isdecimal() and len(pk) < 19]
    back = bool(request.POST.get("back"))
    act = bring_back if back else mark_elsewhere
    done = act(chosen, by=request.user)
    if not done:
        messages.info(request, _("None of these orders can be moved there."))
    elif back:
        text = ngettext("%d order is back.", "%d orders are back.", done) % done
        messages.success(request, text)
    else:
        text = ngettext(
            "%d order is handled elsewhere now.", "%d orders are handled elsewhere now.", done
        )
        messages.success(request, text % done)
    query = request.GET.urlencode()
    answer = redirect("orders")
    answer["Location"] += f"?{query}" if query else ""
    return answer


@require_POST
@needs(Ability.BUY)
def order_aside(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Set one order aside, or bring it back."""
    found = get_object_or_404(PurchaseOrder, pk=pk)
    act = bring_back if request.POST.get("back") else mark_elsewhere
    if not act([found.pk], by=request.user):
        messages.error(
            request,
            _("Order %(number)s is %(status)s: it cannot be set aside now.")
            % {"number": found.number, "status": found.get_status_display().lower()},
        )
    return redirect("order", found.pk)


@require_POST
@needs(Ability.BUY)
def order_changes(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Keep the order as it is, although the brand changed it: the changes are put away."""
    found = get_object_or_404(PurchaseOrder, pk=pk)
    settled = found.changes.filter(state=OrderChange.State.OPEN).update(
        state=OrderChange.State.DISMISSED, settled_by=request.user, settled_at=timezone.now()
    )
    if settled:
        text = ngettext(
            "Kept the order as it was: %d change of the brand was put away.",
            "Kept the order as it was: %d changes of the brand were put away.",
            settled,
        )
        tell(found, "changes_dismissed", text % settled, actor=request.user)
    return redirect("order", found.pk)
