"""One product, seen from all rooms: variants, stock, suppliers, costs, its id in Lightspeed."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from catalog.models import Product, ProductImage, StockChange, StockLevel, Variant
from catalog.views import variants_of
from integrations.models import RemoteLink
from purchasing.models import OrderLine, PurchaseOrder, SupplierItem, VariantSupplier
from retailers.access import Ability, ShopRequest, needs
from retailers.models import Outlet

HISTORY = 30


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A variant with its stock in the order of the outlets; None where the POS never said."""

    variant: Variant
    levels: list[StockLevel | None]
    on_order: int

    @property
    def on_hand(self) -> Decimal | None:
        known = [level.on_hand for level in self.levels if level]
        return sum(known, Decimal(0)) if known else None


@require_GET
@needs(Ability.LOOK)
def product(request: ShopRequest, pk: int) -> HttpResponse:
    """A family with all its variants (a dozen queries, whatever their number)."""
    found = get_object_or_404(Product.objects.select_related("brand", "category"), pk=pk)
    variants = list(variants_of(found))
    outlets = list(Outlet.objects.filter(deleted_at__isnull=True))
    ids = [variant.pk for variant in variants]
    context = {
        "product": found,
        "rows": _rows(variants, outlets),
        "outlets": outlets,
        "suppliers": _suppliers(ids),
        "items": SupplierItem.objects.filter(variant__in=ids)
        .select_related("supplier", "variant", "linked_by")
        .order_by("supplier__name_key", "-id")[:40],
        "pictures": ProductImage.objects.filter(product=found, deleted_at__isnull=True),
        "remote": RemoteLink.objects.filter(kind="family", local_id=found.pk).first(),
        "history": _history(found),
        "see_costs": Ability.SEE_COSTS in request.abilities,
        "with_tax": request.retailer.prices_include_tax,
        "section": "products",
    }
    return render(request, "integrations/product.html", context)


def _rows(variants: list[Variant], outlets: list[Outlet]) -> list[VariantRow]:
    coming: dict[int, int] = defaultdict(int)
    lines = OrderLine.objects.filter(
        item__variant__in=[variant.pk for variant in variants],
        order__status__in=PurchaseOrder.RECEIVABLE,
        removed=False,
    ).select_related("item")
    for line in lines:
        coming[line.item.variant_id or 0] += line.outstanding
    rows = []
    for variant in variants:
        levels = {level.outlet_id: level for level in variant.stock.all()}
        rows.append(
            VariantRow(variant, [levels.get(outlet.pk) for outlet in outlets], coming[variant.pk])
        )
    return rows


def _suppliers(variant_ids: list[int]) -> list[VariantSupplier]:
    """Codes and costs by supplier, as the POS keeps them."""
    rows = VariantSupplier.objects.filter(variant__in=variant_ids)
    return list(
        rows.select_related("supplier", "variant").order_by(
            "supplier__name_key", "variant__position", "id"
        )[:200]
    )


def _history(found: Product) -> list[StockChange]:
    """The latest stock changes of the family, newest first."""
    rows = StockChange.objects.filter(variant__product=found).select_related("variant", "outlet")
    return list(rows.order_by("-at", "-id")[:HISTORY])
