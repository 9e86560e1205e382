"""What is pressed at the desk: each is one act of the review, answered with the desk."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.models import Brand
from purchasing import review as reviewing
from purchasing.errors import OrderError
from purchasing.models import PurchaseOrder, Supplier
from purchasing.pricing import read_rate
from purchasing.review.styles import styles_of
from purchasing.views.review import next_open, order_of, say_left_out, show
from retailers.access import Ability, ShopRequest, needs
from retailers.models import Event, Outlet

ACTS: dict[str, Callable[..., Event]] = {
    "accept": reviewing.accept,
    "create": reviewing.create_new,
    "skip": reviewing.skip,
    "hold": reviewing.hold,
    "undo": reviewing.undo,
}


@require_POST
@needs(Ability.BUY)
def decide(request: ShopRequest, pk: int, item: int) -> HttpResponseBase:
    """Accept, create, skip, hold or reopen one style."""
    order = order_of(pk)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        return refuse(request, order, OrderError(_("Choose what happens to it.")), item)
    try:
        event = act(pk, item, by=request.user, seen=request.POST.get("seen", ""))
    except OrderError as error:
        return refuse(request, order, error, item)
    stays = request.POST["act"] == "undo"
    return go_on(request, order, item, event, stays=stays)


@require_POST
@needs(Ability.BUY)
def accept_bin(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Accept every style of a bin as the page showed it."""
    order = order_of(pk)
    tokens: dict[int, str] = {}
    for text in request.POST.getlist("style"):
        number, _sep, token = text.partition(":")
        if number.isdecimal() and len(number) < 19:
            tokens[int(number)] = token
    try:
        done = reviewing.accept_bin(pk, request.POST.get("bin", ""), tokens, by=request.user)
    except OrderError as error:
        return refuse(request, order, error, None)
    say_left_out(request, done.left_out)
    if done.event is not None:
        _say(request, order, done.event)
    return _back(request, order, None)


@require_POST
@needs(Ability.BUY)
def settle(request: ShopRequest, pk: int, item: int) -> HttpResponseBase:
    """Answer what stands in the way of some sizes."""
    order = order_of(pk)
    code, _sep, answer = request.POST.get("answer", "").partition(":")
    named = request.POST.getlist("item")
    items = [int(text) for text in named if text.isdecimal() and len(text) < 19]
    try:
        event = reviewing.settle(
            pk,
            items or [item],
            code,
            answer.removesuffix(":all"),
            by=request.user,
            everywhere=answer.endswith(":all"),
        )
    except OrderError as error:
        return refuse(request, order, error, item)
    return go_on(request, order, item, event, stays=True)


@require_POST
@needs(Ability.BUY)
def undo(request: ShopRequest, pk: int, event: int) -> HttpResponseBase:
    """Take one act back as a whole."""
    order = order_of(pk)
    try:
        done, others = reviewing.undo_act(pk, event, by=request.user)
    except OrderError as error:
        return refuse(request, order, error, None)
    say_left_out(request, [_("%s, decided again since") % name for name in others])
    if done is not None:
        messages.success(request, done.text + ".")
    items = done.facts.get("items", []) if done is not None else []
    return _back(request, order, items[0] if items else None)


@require_POST
@needs(Ability.BUY)
def brand(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Say which brand a label means."""
    order = order_of(pk)
    chosen = request.POST.get("brand", "")
    known = (
        get_object_or_404(Brand, pk=chosen, deleted_at=None)
        if chosen.isdecimal() and len(chosen) < 19
        else None
    )
    label, name = request.POST.get("label", "")[:255], request.POST.get("new_name", "")
    try:
        event = reviewing.choose_brand(pk, label, by=request.user, brand=known, new_name=name)
    except OrderError as error:
        return refuse(request, order, error, None)
    messages.success(request, event.text + ".")
    return _back(request, order, None)


@require_POST
@needs(Ability.BUY)
def supplier(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Say which supplier of the POS this order's supplier is."""
    order = order_of(pk)
    chosen = request.POST.get("supplier", "")
    if not chosen.isdecimal() or len(chosen) > 18:
        return refuse(request, order, OrderError(_("Choose a supplier of the list.")), None)
    known = get_object_or_404(Supplier, pk=chosen, in_pos=True, deleted_at=None)
    try:
        event = reviewing.supplier_is(pk, known, by=request.user)
    except OrderError as error:
        return refuse(request, order, error, None)
    messages.success(request, event.text + ".")
    return _back(request, order_of(pk), None)


@require_POST
@needs(Ability.BUY)
def outlet(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Say where the order is delivered."""
    order = order_of(pk)
    chosen = request.POST.get("outlet", "")
    if not chosen.isdecimal() or len(chosen) > 18:
        return refuse(request, order, OrderError(_("Choose a shop of the list.")), None)
    known = get_object_or_404(Outlet, pk=chosen, deleted_at=None)
    try:
        event = reviewing.choose_outlet(pk, known, by=request.user)
    except OrderError as error:
        return refuse(request, order, error, None)
    messages.success(request, event.text + ".")
    return _back(request, order_of(pk), None)


@require_POST
@needs(Ability.BUY)
def rate(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Say what the order's currency is worth in the shop's."""
    order = order_of(pk)
    try:
        found = read_rate(request.POST.get("rate", ""))
        event = reviewing.choose_rate(pk, found, by=request.user)
    except OrderError as error:
        return refuse(request, order, error, None)
    messages.success(request, event.text + ".")
    return _back(request, order_of(pk), None)


@require_POST
@needs(Ability.BUY)
def problem(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Take the order, or a line without units, as it is although something is wrong with it."""
    order = order_of(pk)
    line = request.POST.get("line", "")
    try:
        if line.isdecimal() and len(line) < 19:
            reviewing.settle_line(pk, int(line), by=request.user)
        else:
            reviewing.settle_order(pk, request.POST.get("code", ""), by=request.user)
    except OrderError as error:
        return refuse(request, order, error, None)
    return _back(request, order_of(pk), None)


@require_POST
@needs(Ability.BUY)
def approve(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Say yes to the whole order; the plan follows."""
    order = order_of(pk)
    try:
        reviewing.approve(order, by=request.user)
    except OrderError as error:
        return refuse(request, order, error, None)
    return redirect("plan", order.pk)


def go_on(
    request: ShopRequest, order: PurchaseOrder, item: int, event: Event, *, stays: bool = False
) -> HttpResponseBase:
    """Say what was done, with its undo, and show the next style that is open."""
    _say(request, order, event)
    if stays:
        return _back(request, order, item)
    following = next_open(styles_of(order), item)
    return _back(request, order, following if following is not None else item)


def refuse(
    request: ShopRequest, order: PurchaseOrder, error: OrderError, item: int | None
) -> HttpResponseBase:
    """Say why not, and show how things stand; nothing was saved."""
    messages.error(request, str(error))
    if not request.htmx:
        return _address(order, item)
    was_first = isinstance(error, reviewing.AlreadyDecided)
    known = item if item is not None and order.decisions.filter(item=item).exists() else None
    return show(request, order_of(order.pk), item=known, status=409 if was_first else 422)


def _say(request: ShopRequest, order: PurchaseOrder, event: Event) -> None:
    address = reverse("review-undo", args=[order.pk, event.pk])
    undoable = event.verb in ("accepted", "linked", "created", "added", "skipped", "held")
    extra = f"undo:{address}" if undoable else ""
    messages.success(request, f"{event.text}.", extra_tags=extra)


def _back(request: ShopRequest, order: PurchaseOrder, item: int | None) -> HttpResponseBase:
    if request.htmx:
        return show(request, order, item=item, push=True)
    return _address(order, item)


def _address(order: PurchaseOrder, item: int | None) -> HttpResponseBase:
    if item is None:
        return redirect("review", order.pk)
    return redirect("review-style", order.pk, item)
