"""Find anything: pages by name, orders by number, products by SKU, barcode or name."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog.gtin import gtin14_of
from catalog.models import Barcode, Product, Variant
from catalog.names import name_key
from purchasing.models import PurchaseOrder, Supplier
from retailers.access import Ability, ShopRequest, needs

EACH = 6


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the palette."""

    title: str
    note: str
    end: str
    address: str


@require_GET
@needs(Ability.LOOK)
def find(request: ShopRequest) -> HttpResponse:
    """The palette's fragment, and the same as a page for those without script."""
    text = request.GET.get("q", "").strip()[:120]
    groups = [(name, rows) for name, rows in _groups(request, text) if rows]
    context = {"q": text, "groups": groups}
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "integrations/find.html#found", context)
    return render(request, "integrations/find.html", context)


def _groups(request: ShopRequest, text: str) -> list[tuple[str, list[Found]]]:
    if not text:
        return [(_("Pages"), _pages(request, ""))]
    return [
        (_("Orders"), _orders(text)),
        (_("Products"), _products(text)),
        (_("Suppliers"), _suppliers(text)),
        (_("Pages"), _pages(request, text)),
    ]


def _orders(text: str) -> list[Found]:
    """By the beginning of the number, or by the customer PO."""
    rows = (
        PurchaseOrder.objects.filter(Q(number__istartswith=text) | Q(customer_po__istartswith=text))
        .select_related("supplier")
        .order_by("-id")[:EACH]
    )
    return [
        Found(
            order.number,
            order.supplier.name,
            order.get_status_display(),
            reverse("order", args=[order.pk]),
        )
        for order in rows
    ]


def _products(text: str) -> list[Found]:
    """An exact barcode first, then SKUs that begin so, then names that hold every word."""
    key = name_key(text)
    codes = Q(code=text)
    if gtin := gtin14_of(text):
        codes |= Q(gtin14=gtin)
    by_code = [
        row.variant
        for row in Barcode.objects.filter(codes, variant__deleted_at__isnull=True).select_related(
            "variant__product"
        )[:EACH]
    ]
    if by_code:
        return [_variant(one, text) for one in by_code]
    by_sku = list(
        Variant.objects.filter(sku_key__startswith=key, deleted_at__isnull=True)
        .select_related("product")
        .order_by("sku_key")[:EACH]
    )
    names = Product.objects.filter(deleted_at__isnull=True).select_related("brand")
    for word in key.split()[:10]:
        names = names.filter(name_key__contains=word[:64])
    found = [_variant(one, one.sku) for one in by_sku]
    found += [
        Found(one.name, one.brand.name if one.brand else "", "", reverse("product", args=[one.pk]))
        for one in names.order_by("name_key", "id")[: EACH - len(found)]
    ]
    return found


def _variant(variant: Variant, code: str) -> Found:
    return Found(
        variant.product.name,
        variant.option_text,
        code,
        reverse("product", args=[variant.product_id]),
    )


def _suppliers(text: str) -> list[Found]:
    rows = Supplier.objects.filter(deleted_at__isnull=True)
    for word in name_key(text).split()[:10]:
        rows = rows.filter(name_key__contains=word[:64])
    return [
        Found(one.name, "", "", reverse("supplier", args=[one.pk]))
        for one in rows.order_by("name_key")[:EACH]
    ]


def _pages(request: ShopRequest, text: str) -> list[Found]:
    """Pages whose name begins with what was typed, of those this role may open."""
    pages = [
        (_("Today"), "home", Ability.LOOK),
        (_("Orders"), "orders", Ability.LOOK),
        (_("Receive"), "receiving", Ability.LOOK),
        (_("Products"), "products", Ability.LOOK),
        (_("Suppliers"), "suppliers", Ability.LOOK),
        (_("Sync"), "sync", Ability.LOOK),
        (_("Connections"), "connections", Ability.LOOK),
        (_("People"), "people", Ability.MANAGE),
        (_("Shop settings"), "shop-settings", Ability.MANAGE),
    ]
    wanted = text.casefold()
    found = []
    for name, url_name, ability in pages:
        if ability in request.abilities and name.casefold().startswith(wanted):
            try:
                found.append(Found(name, "", "", reverse(url_name)))
            except NoReverseMatch:
                continue
    return found
