"""The review desk: the queue of styles in bins, one style with its question, the sums."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from catalog.models import Brand
from purchasing.models import Decision, NewProduct, PurchaseOrder
from purchasing.pricing import margin
from purchasing.review.compare import compare
from purchasing.review.head import blockers, brand_labels, similar_suppliers
from purchasing.review.sheet import grid, product_in_question, read_facts, sums
from purchasing.review.styles import Style, by_bin, styles_of
from purchasing.review.words import (
    TAG_OF_BIN,
    first_answer,
    open_problems,
    question,
    reasons,
    remark,
)
from retailers.access import Ability, ShopRequest, needs
from retailers.models import Outlet

Bin = Decision.Bin
BINS: dict[str, tuple[str | Promise, str | Promise]] = {
    Bin.CONFLICT: (_("Conflict"), _("cannot be written as they are")),
    Bin.LIKELY: (_("Likely"), _("one question each")),
    Bin.NEW: (_("New"), _("will be created")),
    Bin.CERTAIN: (_("Certain"), _("same product, no doubt")),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One style in the queue."""

    style: Style
    remark: str
    address: str
    is_current: bool


@require_GET
@needs(Ability.LOOK)
def review(request: ShopRequest, pk: int) -> HttpResponseBase:
    """The desk, open at the first style that needs a person."""
    order = order_of(pk)
    if order.status not in PurchaseOrder.BEFORE_WRITING:
        return redirect("order", order.pk)
    return show(request, order)


@require_GET
@needs(Ability.LOOK)
def review_style(request: ShopRequest, pk: int, item: int) -> HttpResponseBase:
    """One style of the desk, at its own address; any of its items leads to it."""
    order = order_of(pk)
    if order.status not in PurchaseOrder.BEFORE_WRITING:
        return redirect("order", order.pk)
    return show(request, order, item=item)


def order_of(pk: int) -> PurchaseOrder:
    """The shop's order of this number, or "not found" (edge case 106)."""
    return get_object_or_404(
        PurchaseOrder.objects.select_related("supplier", "outlet", "ship_to", "retailer"), pk=pk
    )


def show(
    request: ShopRequest,
    order: PurchaseOrder,
    *,
    item: int | None = None,
    status: int = 200,
    push: bool = False,
) -> HttpResponse:
    """The whole page, or for htmx the desk alone; `push` puts the style's address in the bar."""
    context = desk_context(request, order, item)
    is_part = bool(request.htmx) and not request.htmx.history_restore_request
    template = "purchasing/review.html#desk" if is_part else "purchasing/review.html"
    answer = render(request, template, {**context, "is_part": is_part}, status=status)
    if is_part and push:
        answer.headers["HX-Push-Url"] = context["address"]
    return answer


def desk_context(request: ShopRequest, order: PurchaseOrder, item: int | None) -> dict[str, Any]:
    """Everything the page shows; a constant number of statements."""
    styles = styles_of(order)
    bins = by_bin(styles)
    queue = [style for rows in bins.values() for style in rows]
    current = _current(queue, item)
    can_buy = Ability.BUY in request.abilities
    under_review = order.status == PurchaseOrder.Status.TO_REVIEW
    context: dict[str, Any] = {
        "order": order,
        "bins": [_bin(order, name, rows, current) for name, rows in bins.items() if rows],
        "current": current,
        "chosen": item is not None,
        "sums": sums(styles, order),
        "blockers": blockers(order, styles) if under_review else [],
        "can_act": can_buy and under_review,
        "see_costs": Ability.SEE_COSTS in request.abilities,
        "certain": [s for s in bins[Bin.CERTAIN] if not s.is_decided],
        "fresh": [s for s in bins[Bin.NEW] if not s.is_decided],
        "address": _address(order, current),
    }
    if current is not None:
        context.update(_style_context(request, order, current, queue))
    if can_buy and under_review:
        context.update(_head_context(order))
    return context


def next_open(styles: list[Style], item: int) -> int | None:
    """The style to go on with after this one: the next that is open, else the first that is."""
    queue = [style for rows in by_bin(styles).values() for style in rows]
    places = [at for at, style in enumerate(queue) if item in style.items]
    start = places[0] + 1 if places else 0
    rest = [*queue[start:], *queue[:start]]
    fresh = [style for style in rest if not style.is_decided and item not in style.items]
    waiting = [style for style in fresh if not style.is_held] or fresh
    return waiting[0].number if waiting else None


def _current(queue: list[Style], item: int | None) -> Style | None:
    if item is not None:
        for style in queue:
            if item in style.items:
                return style
        raise Http404
    opened = [style for style in queue if not style.is_decided and not style.is_held]
    return next(iter(opened or queue), None)


def _address(order: PurchaseOrder, style: Style | None) -> str:
    if style is None:
        return reverse("review", args=[order.pk])
    return reverse("review-style", args=[order.pk, style.number])


def _bin(
    order: PurchaseOrder, name: str, styles: list[Style], current: Style | None
) -> dict[str, Any]:
    label, hint = BINS[name]
    return {
        "name": name,
        "tag": TAG_OF_BIN[Bin(name)],
        "label": label,
        "hint": hint,
        "brief": name == Bin.CERTAIN,
        "units": sum(style.units for style in styles),
        "entries": [
            Entry(style, remark(style), _address(order, style), style is current)
            for style in styles
        ],
    }


def _style_context(
    request: ShopRequest, order: PurchaseOrder, style: Style, queue: list[Style]
) -> dict[str, Any]:
    facts = read_facts(order, style)
    product = product_in_question(style, facts)
    columns, rows = grid(style)
    see_costs = Ability.SEE_COSTS in request.abilities
    family = next((s.decision.new_product for s in style.sizes if s.decision.new_product), None)
    return {
        "tag": TAG_OF_BIN[Bin(style.bin)],
        "bin_label": BINS[style.bin][0],
        "question": question(style, product),
        "first_answer": first_answer(style) if style.open_sizes else "",
        "is_ready": not any(size.blockers for size in style.open_sizes),
        "product": product,
        "stock": facts.stock.get(product.pk) if product is not None else None,
        "rows": compare(order, style, product, facts, with_costs=see_costs) if product else [],
        "made": _made(order, style, family) if family is not None else None,
        "columns": columns,
        "grid": rows,
        "problems": open_problems(style, queue),
        "reasons": reasons(style),
        "place": queue.index(style) + 1,
        "makes_new": family is not None,
        "links": any(s.decision.action == Decision.Action.LINK for s in style.sizes),
    }


def _made(order: PurchaseOrder, style: Style, family: NewProduct) -> dict[str, Any]:
    """The product to be created: pencil, as it would be written."""
    sizes = [s for s in style.sizes if s.decision.new_product_id == family.pk]
    prices = [s.decision.retail_price for s in sizes if s.decision.retail_price is not None]
    costs = [line.unit_cost for s in sizes for line in s.lines if line.unit_cost is not None]
    comparable = order.currency == order.retailer.currency and not order.retailer.prices_include_tax
    ratio = margin(min(prices), max(costs)) if prices and costs and comparable else None
    return {
        "family": family,
        "category": (family.category.path or family.category.name) if family.category else "",
        "tax": family.tax.name if family.tax else "",
        "tags": [tag.name for tag in family.tags.all()],
        "prices": (min(prices), max(prices)) if prices else None,
        "costs": (min(costs), max(costs)) if costs else None,
        "margin": ratio,
        "variants": len(sizes),
        "first": style.sizes[0].item,
    }


def _head_context(order: PurchaseOrder) -> dict[str, Any]:
    """What is settled once for the whole order."""
    labels = brand_labels(order)
    return {
        "outlets": list(Outlet.objects.filter(deleted_at=None)),
        "brand_labels": labels,
        "brands": list(Brand.objects.filter(deleted_at=None).order_by("name_key")[:2000])
        if labels
        else [],
        "suppliers": similar_suppliers(order)[:200],
        "to_know": [row for row in order.problems if not row.get("blocks")],
    }


def say_left_out(request: ShopRequest, names: Iterable[str]) -> None:
    """Name what a bulk act left alone, and why (edge case 110)."""
    for name in names:
        messages.warning(request, _("Left out: %s.") % name)
