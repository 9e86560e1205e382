"""Typing over what was proposed: a new product, and one size of an order."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from purchasing import review as reviewing
from purchasing.errors import OrderError
from purchasing.forms import FamilyForm, SizeForm
from purchasing.models import NewProduct, PurchaseOrder
from purchasing.review.styles import Size, Style, styles_of
from purchasing.review.words import open_problems
from purchasing.views.review import order_of
from purchasing.views.review_acts import ACTS, go_on, refuse
from retailers.access import Ability, ShopRequest, needs


@require_http_methods(["GET", "POST"])
@needs(Ability.BUY)
def family(request: ShopRequest, pk: int, item: int) -> HttpResponseBase:
    """Edit the product this style becomes."""
    order = order_of(pk)
    style, size = _found(order, item)
    made = size.decision.new_product or next(
        (one.decision.new_product for one in style.sizes if one.decision.new_product), None
    )
    if made is None or order.status not in PurchaseOrder.BEFORE_WRITING:
        return redirect("review-style", order.pk, item)
    pictures = _pictures(style, made)
    form = FamilyForm(made, pictures, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            event = reviewing.edit_family(
                order.pk, made.pk, form.as_data(made.image_urls), by=request.user
            )
        except OrderError as error:
            _add_error(form, error)
        else:
            messages.success(request, event.text + ".")
            return redirect("review-style", order.pk, item)
    context = {"order": order, "style": style, "item": item, "form": form, "made": made}
    status = 422 if form.errors else 200
    return render(request, "purchasing/review_family.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(Ability.BUY)
def size(request: ShopRequest, pk: int, item: int) -> HttpResponseBase:
    """One size: what happens to it, and for a new variant its codes and price."""
    order = order_of(pk)
    style, one = _found(order, item)
    if order.status not in PurchaseOrder.BEFORE_WRITING:
        return redirect("order", order.pk)
    if request.method == "POST" and request.POST.get("act") in ("create", "skip"):
        act = ACTS[request.POST["act"]]
        try:
            seen = request.POST.get("seen", "")
            event = act(order.pk, item, by=request.user, seen=seen, items=[item])
        except OrderError as error:
            return refuse(request, order, error, item)
        return go_on(request, order, item, event, stays=True)
    makes_variant = one.decision.action in ("create", "add")
    posted = request.POST if request.method == "POST" else None
    form = SizeForm(one.decision, request.retailer.currency, posted) if makes_variant else None
    if posted is not None and form is not None and form.is_valid():
        try:
            event = reviewing.edit_variant(order.pk, item, form.as_data(), by=request.user)
        except OrderError as error:
            _add_error(form, error)
        else:
            messages.success(request, event.text + ".")
            return redirect("review-style", order.pk, item)
    context: dict[str, Any] = {
        "order": order,
        "style": style,
        "size": one,
        "item": item,
        "form": form,
        "problems": [p for p in open_problems(style, [style]) if item in p.items],
        "token": style.token,
        "can_act": order.status == PurchaseOrder.Status.TO_REVIEW,
        "see_costs": Ability.SEE_COSTS in request.abilities,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "purchasing/review_size.html", context, status=status)


def _found(order: PurchaseOrder, item: int) -> tuple[Style, Size]:
    for style in styles_of(order):
        for one in style.sizes:
            if one.item.pk == item:
                return style, one
    raise Http404(_("This size is not on the order."))


def _pictures(style: Style, made: NewProduct) -> list[str]:
    """The pictures the brand has of this style; those chosen first."""
    urls = [*made.image_urls, *(url for one in style.sizes for url in one.item.image_urls)]
    return list(dict.fromkeys(str(url) for url in urls))[:30]


def _add_error(form: forms.Form, error: OrderError) -> None:
    """A refusal stands beside the field it is about."""
    field = error.field if error.field in form.fields else None
    if error.field == "options":
        field = next((name for name in form.fields if name.startswith("option-")), None)
    form.add_error(field, str(error))
