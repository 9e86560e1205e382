"""Linking to another product: what matching thought of, and a search of the shop."""

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.models import Product, StockLevel, Variant
from catalog.search import LONGEST, Hit, find_products, products_of
from purchasing import review as reviewing
from purchasing.errors import OrderError
from purchasing.models import PurchaseOrder
from purchasing.review.desk import require_reviewable
from purchasing.review.styles import Style, styles_of
from purchasing.views.review import order_of
from purchasing.views.review_acts import go_on, refuse
from retailers.access import Ability, ShopRequest, needs


@require_http_methods(["GET", "POST"])
@needs(Ability.BUY)
def link(request: ShopRequest, pk: int, item: int) -> HttpResponseBase:
    """Choose the product a style, or one size of it (`?size=1`), is in the shop."""
    order = order_of(pk)
    if request.method == "POST":
        return _linked(request, order, item)
    try:
        require_reviewable(order)
    except OrderError as error:
        return refuse(request, order, error, item)
    style = _style(order, item)
    if style is None:
        return refuse(request, order, OrderError(_("This style is not on the order.")), None)
    text = request.GET.get("q", "").replace("\0", "")[:LONGEST]
    one_size = request.GET.get("size") == "1"
    hits = find_products(text) if text.strip() else _thought_of(style, item if one_size else None)
    context: dict[str, Any] = {
        "order": order,
        "style": style,
        "size": next(s for s in style.sizes if s.item.pk == item) if one_size else None,
        "item": item,
        "q": text,
        "rows": _rows(hits, with_tax=order.retailer.prices_include_tax),
        "token": style.token,
    }
    template = "purchasing/review_link.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#hits"
    return render(request, template, context)


def _linked(request: ShopRequest, order: PurchaseOrder, item: int) -> HttpResponseBase:
    seen = request.POST.get("seen", "")
    choice, _sep, number = request.POST.get("choice", "").partition(":")
    if not number.isdecimal() or len(number) > 18:
        return refuse(request, order, OrderError(_("Choose a product of the list.")), item)
    try:
        if choice == "variant":
            variant = get_object_or_404(Variant, pk=number, deleted_at=None)
            same = request.POST.get("same_item") == "1"
            event = reviewing.link_item(
                order.pk, item, variant, by=request.user, seen=seen, same_item=same
            )
        elif choice == "add":
            product = get_object_or_404(Product, pk=number, deleted_at=None)
            event = reviewing.add_to_product(order.pk, item, product, by=request.user, seen=seen)
        else:
            product = get_object_or_404(Product, pk=number, deleted_at=None)
            event, missing = reviewing.link_style(
                order.pk, item, product, by=request.user, seen=seen
            )
            if missing:
                names = ", ".join(missing[:6])
                messages.info(
                    request,
                    _("Not on %(product)s: %(sizes)s.")
                    % {
                        "product": product,
                        "sizes": names,
                    },
                )
    except OrderError as error:
        return refuse(request, order, error, item)
    return go_on(request, order, item, event, stays=choice == "variant")


def _style(order: PurchaseOrder, item: int) -> Style | None:
    return next((style for style in styles_of(order) if item in style.items), None)


def _thought_of(style: Style, item: int | None) -> list[Hit]:
    """The candidates of matching, for the style or for one size."""
    variants: list[int] = []
    products: list[int] = []
    for size in style.sizes:
        if item is not None and size.item.pk != item:
            continue
        for candidate in size.decision.candidates:
            if "variant" in candidate:
                variants.append(candidate["variant"])
            elif "product" in candidate:
                products.append(candidate["product"])
    if products:
        rows = Variant.objects.filter(product__in=products, deleted_at=None)
        variants += list(rows.values_list("id", flat=True)[:200])
    return products_of(variants)


def _rows(hits: list[Hit], *, with_tax: bool) -> list[dict[str, Any]]:
    """Hits with stock (all outlets; without a row it is unknown) and price as the shop keeps it."""
    variants = [variant.pk for hit in hits for variant in hit.variants]
    levels = StockLevel.objects.filter(variant__in=variants).values("variant")
    stock = dict(levels.annotate(n=Sum("on_hand")).values_list("variant", "n"))
    return [
        {
            "product": hit.product,
            "how": hit.how,
            "variants": [
                {
                    "variant": one,
                    "price": one.price_including_tax if with_tax else one.price_excluding_tax,
                    "stock": stock.get(one.pk),
                }
                for one in hit.variants
            ],
        }
        for hit in hits
    ]
