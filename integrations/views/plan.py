"""The plan of an order: shown before anything is written, and followed while it is."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseStopPolling

from integrations.engine import retry
from integrations.journal import decide
from integrations.models import RemoteStep
from integrations.sending.agree import agree, answer_lookalike, pos_connection, reopen, set_rate
from integrations.sending.plan import Plan, make_plan
from integrations.sending.progress import progress_of, tasks_of
from integrations.sending.undo import ask_undo
from integrations.sending.wanted import gather
from integrations.sending.ways_out import back_to_review, go_on, take_back_stopped, way_back
from purchasing.errors import OrderError
from purchasing.models import PurchaseOrder
from retailers.access import Ability, ShopRequest, needs

Status = PurchaseOrder.Status
NOT_YET = (Status.WATCHING, Status.TO_REVIEW)


def _order(pk: int) -> PurchaseOrder:
    return get_object_or_404(
        PurchaseOrder.objects.select_related("supplier", "outlet", "retailer"), pk=pk
    )


@require_GET
@needs(Ability.BUY)
def plan(request: ShopRequest, pk: int) -> HttpResponseBase:
    """What will be written; after the yes, how far it is."""
    order = _order(pk)
    if order.status in NOT_YET:
        messages.info(request, _("Decide this order first; the plan follows."))
        return redirect("review", order.pk)
    if order.status != Status.APPROVED:
        return _following(request, order)
    made = _plan_for(order)
    if made is None:
        messages.warning(request, _("Connect Lightspeed first: the plan needs to know your shop."))
        return redirect("connections")
    return render(request, "integrations/plan.html", {"order": order, "plan": made})


def _plan_for(order: PurchaseOrder) -> Plan | None:
    connection = pos_connection()
    return None if connection is None else make_plan(gather(order, connection))


def _following(request: ShopRequest, order: PurchaseOrder) -> HttpResponseBase:
    """The same page while it is written, and after: polled until nothing more will happen."""
    progress = progress_of(order)
    if progress is None:
        messages.info(request, _("This order is not written by PO Sync, so it has no plan."))
        return redirect("order", order.pk)
    context = {"order": order, "progress": progress, "way_back": way_back(order)}
    if request.htmx and not request.htmx.history_restore_request:
        answer = HttpResponseStopPolling if progress.is_over else HttpResponse
        page = render(request, "integrations/sending.html#progress", context)
        return answer(page.content)
    return render(request, "integrations/sending.html", context)


@require_POST
@needs(Ability.BUY)
def plan_agree(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Yes: write it."""
    order = _order(pk)
    made = _plan_for(order) if order.status == Status.APPROVED else None
    try:
        if made is None:
            raise OrderError(
                _("Order %(number)s is %(status)s now. Reload the page to see what happened.")
                % {"number": order.number, "status": order.get_status_display().lower()}
            )
        agree(made, by=request.user)
    except OrderError as error:
        messages.error(request, str(error))
    return redirect("plan", order.pk)


@require_POST
@needs(Ability.BUY)
def plan_reopen(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Back to the review."""
    order = _order(pk)
    back = reopen if order.status == Status.APPROVED else back_to_review
    try:
        back(order, by=request.user)
    except OrderError as error:
        messages.error(request, str(error))
        return redirect("plan", order.pk)
    return redirect("review", order.pk)


@require_POST
@needs(Ability.BUY)
def plan_rate(request: ShopRequest, pk: int) -> HttpResponseBase:
    """The exchange rate of an order in another currency."""
    order = _order(pk)
    try:
        set_rate(order, request.POST.get("rate", ""), by=request.user)
    except OrderError as error:
        messages.error(request, str(error))
    return redirect("plan", order.pk)


@require_POST
@needs(Ability.BUY)
def plan_lookalike(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Adopt the order that is in the POS already, or keep both apart."""
    order = _order(pk)
    choice, _sep, remote_id = request.POST.get("choice", "").partition(":")
    try:
        answer_lookalike(order, choice=choice, remote_id=remote_id, by=request.user)
    except OrderError as error:
        messages.error(request, str(error))
    return redirect("plan", order.pk)


@require_POST
@needs(Ability.RECEIVE)
def order_retry(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Try again what stopped; each thing is still written once.

    Who only receives goes on with deliveries, not with what a buyer agreed to.
    """
    order = _order(pk)
    buys = Ability.BUY in request.abilities
    mine = [task for task in tasks_of(order) if buys or task.kind == "receive"]
    stopped = [task for task in mine if task.trouble]
    for task in stopped:
        go_on(task, by=request.user)
    if not stopped:
        messages.info(request, _("Nothing of this order is stopped."))
    next_page = "plan" if order.status == Status.SENDING else "order"
    return redirect(next_page, order.pk)


@require_POST
@needs(Ability.BUY)
def order_decide(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Answer "is it the same?" about a write that stopped on something that was there before."""
    order = _order(pk)
    choice, _sep, remote_id = request.POST.get("choice", "").partition(":")
    for task in tasks_of(order):
        step_pk = task.trouble_facts.get("step")
        found = task.trouble_facts.get("found", [])
        if not task.trouble or not step_pk:
            continue
        step = get_object_or_404(RemoteStep, pk=step_pk, order=order)
        if choice == "adopt" and remote_id in found:
            decide(step, adopt=remote_id)
        elif choice == "apart":
            decide(step, apart=tuple(found))
        else:
            messages.error(request, _("Choose: use the one in Lightspeed, or keep them apart."))
            break
        retry(task, by=request.user)
    return redirect("plan" if order.status == Status.SENDING else "order", order.pk)


@require_POST
@needs(Ability.BUY)
def order_undo(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Take back what was written, while nothing was received."""
    order = _order(pk)
    take_back = take_back_stopped if order.status == Status.SENDING else ask_undo
    try:
        take_back(order, by=request.user)
    except OrderError as error:
        messages.error(request, str(error))
    return redirect("order", order.pk)


@require_GET
@needs(Ability.LOOK)
def order_sync(request: ShopRequest, pk: int) -> HttpResponseBase:
    """The panel on the order page: is it in the POS, what waits, what stopped and the ways out."""
    order = _order(pk)
    tasks = tasks_of(order)
    context = {
        "order": order,
        "tasks": tasks,
        "parts": order.pos_orders.order_by("part"),
        "trouble": next((task for task in tasks if task.trouble), None),
        "way_back": way_back(order),
        "can_undo": order.status == Status.ON_ORDER and Ability.BUY in request.abilities,
    }
    page = render(request, "integrations/_order_sync.html", context)
    settled = all(task.trouble for task in tasks)
    return HttpResponseStopPolling(page.content) if settled else page


@require_GET
@needs(Ability.SEE_COSTS)
def order_journal(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Every write of this order, in order: for engineers and the curious."""
    order = _order(pk)
    steps = RemoteStep.objects.filter(order=order).order_by("id")
    return render(request, "integrations/journal.html", {"order": order, "steps": steps})
