"""Suppliers: whom the shop buys from, the portal each one is in NuORDER, what is open with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from catalog.names import name_key
from integrations.models import Connection
from purchasing.models import PurchaseOrder, ShipTo, Supplier, SupplierBrand, SupplierItem
from retailers.access import Ability, ShopRequest, needs
from retailers.models import Outlet
from retailers.paging import page_of

PAGE = 50
CLOSED = PurchaseOrder.CLOSED


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A supplier with its portal and what is open."""

    supplier: Supplier
    portal: Connection | None
    brands: list[str]
    open_orders: int
    last_order: Any


@require_GET
@needs(Ability.LOOK)
def suppliers(request: ShopRequest) -> HttpResponse:
    """Suppliers by name; search and filter live in the address (five queries)."""
    text = request.GET.get("q", "").strip()[:120]
    show = request.GET.get("show", "")
    rows = Supplier.objects.filter(deleted_at__isnull=True)
    for word in name_key(text).split()[:10] if text else ():
        rows = rows.filter(name_key__contains=word[:64])
    linked = Connection.objects.filter(
        system=Connection.System.NUORDER, supplier__isnull=False
    ).values("supplier_id")
    if show == "nuorder":
        rows = rows.filter(pk__in=linked)
    elif show == "open":
        open_ones = PurchaseOrder.objects.exclude(status__in=CLOSED).values("supplier_id")
        rows = rows.filter(pk__in=open_ones)
    else:
        show = ""
    page = page_of(rows, order=["name_key"], query=request.GET, size=PAGE)
    context = {
        "page": page,
        "rows": _with_figures(page.rows),
        "q": text,
        "show": show,
        "filtered": bool(text or show),
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "integrations/suppliers.html#list", context)
    return render(request, "integrations/suppliers.html", context)


def _with_figures(rows: Iterable[Supplier]) -> list[SupplierRow]:
    """Portal, brand names and orders of these suppliers (three queries)."""
    found = list(rows)
    ids = [one.pk for one in found]
    portals = {
        one.supplier_id: one
        for one in Connection.objects.filter(system=Connection.System.NUORDER, supplier__in=ids)
    }
    brands: dict[int, list[str]] = {}
    for supplier_id, name in (
        SupplierBrand.objects.filter(supplier__in=ids)
        .order_by("brand__name_key")
        .values_list("supplier_id", "brand__name")
    ):
        names = brands.setdefault(supplier_id, [])
        if name not in names:
            names.append(name)
    orders: dict[int, dict[str, Any]] = {
        row["supplier_id"]: dict(row)
        for row in PurchaseOrder.objects.filter(supplier__in=ids)
        .values("supplier_id")
        .annotate(n=Count("id", filter=~Q(status__in=CLOSED)), last=Max("ordered_at"))
    }
    return [
        SupplierRow(
            one,
            portals.get(one.pk),
            brands.get(one.pk, []),
            orders.get(one.pk, {}).get("n", 0),
            orders.get(one.pk, {}).get("last"),
        )
        for one in found
    ]


@require_GET
@needs(Ability.LOOK)
def supplier(request: ShopRequest, pk: int) -> HttpResponse:
    """One supplier: its portal, brands, addresses, orders, and the items linked to products."""
    found = get_object_or_404(Supplier, pk=pk)
    items = SupplierItem.objects.filter(supplier=found)
    show = request.GET.get("show", "")
    listed = items.select_related("variant__product")
    if show == "unlinked":
        listed = listed.filter(variant__isnull=True)
    elif show == "broken":
        listed = listed.exclude(link_trouble="")
    else:
        show = ""
    context = {
        "supplier": found,
        "portals": Connection.objects.filter(supplier=found).select_related("connected_by"),
        "brands": SupplierBrand.objects.filter(supplier=found)
        .select_related("brand", "decided_by")
        .order_by("label_key"),
        "places": ShipTo.objects.filter(supplier=found).select_related("outlet").order_by("label"),
        "outlets": Outlet.objects.filter(deleted_at__isnull=True),
        "orders": PurchaseOrder.objects.filter(supplier=found).order_by("-id")[:12],
        "counts": items.aggregate(
            all=Count("id"),
            linked=Count("id", filter=Q(variant__isnull=False)),
            broken=Count("id", filter=~Q(link_trouble="")),
        ),
        "page": page_of(
            listed, order=["style_key", "colour", "size_position"], query=request.GET, size=PAGE
        ),
        "show": show,
        "see_costs": Ability.SEE_COSTS in request.abilities,
        "may_act": Ability.BUY in request.abilities,
        "section": "suppliers",
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "integrations/supplier.html#items", context)
    return render(request, "integrations/supplier.html", context)
