"""The product list: what the shop sells, as the POS keeps it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.gtin import gtin14_of
from catalog.models import Barcode, Brand, Product, StockLevel, Variant
from catalog.names import name_key
from retailers.access import Ability, ShopRequest, needs
from retailers.paging import page_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product with the figures of its variants; prices as the shop keeps them."""

    product: Product
    variants: int
    sku: str
    low: Decimal | None
    high: Decimal | None
    on_hand: Decimal | None


@require_GET
@needs(Ability.LOOK)
def products(request: ShopRequest) -> HttpResponse:
    """Products by name; search and filters live in the address (five queries)."""
    text = request.GET.get("q", "").strip()[:120]
    brand = _id(request.GET.get("brand", ""))
    show = request.GET.get("show", "")
    rows = Product.objects.filter(deleted_at__isnull=True).select_related("brand")
    if text:
        rows = rows.filter(_matching(text))
    if brand:
        rows = rows.filter(brand_id=brand)
    if show == "inactive":
        rows = rows.filter(is_active=False)
    elif show != "all":
        show = ""
        rows = rows.filter(is_active=True)
    page = page_of(rows, order=["name_key"], query=request.GET, size=PAGE)
    context = {
        "page": page,
        "rows": with_figures(page.rows, with_tax=request.retailer.prices_include_tax),
        "q": text,
        "brand": brand,
        "show": show,
        "brands": Brand.objects.filter(deleted_at__isnull=True).order_by("name_key"),
        "filtered": bool(text or brand or show),
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "catalog/products.html#list", context)
    return render(request, "catalog/products.html", context)


def _matching(text: str) -> Q:
    """By barcode in any spelling, by the start of an SKU, or by the words of the name."""
    key = name_key(text)
    mine = Variant.objects.filter(product=OuterRef("pk"), deleted_at__isnull=True)
    found = Q(Exists(mine.filter(sku_key__startswith=key)))
    codes = Q(code=text)
    if gtin := gtin14_of(text):
        codes |= Q(gtin14=gtin)
    found |= Q(Exists(Barcode.objects.filter(codes, variant__product=OuterRef("pk"))))
    words = Q()
    for word in key.split()[:10]:
        words &= Q(name_key__contains=word[:64])
    return found | words if words else found


def with_figures(products: list[Product], *, with_tax: bool) -> list[ProductRow]:
    """The figures of these products' variants (two queries)."""
    price = "price_including_tax" if with_tax else "price_excluding_tax"
    ids = [product.pk for product in products]
    figures: dict[int, dict[str, Any]] = {
        row["product_id"]: dict(row)
        for row in Variant.objects.filter(product__in=ids, deleted_at__isnull=True)
        .values("product_id")
        .annotate(n=Count("id"), low=Min(price), high=Max(price), sku=Min("sku"))
    }
    stock = dict(
        StockLevel.objects.filter(variant__product__in=ids, variant__deleted_at__isnull=True)
        .values_list("variant__product_id")
        .annotate(Sum("on_hand"))
    )
    return [
        ProductRow(
            product,
            variants=figures.get(product.pk, {}).get("n", 0),
            sku=figures.get(product.pk, {}).get("sku") or "",
            low=figures.get(product.pk, {}).get("low"),
            high=figures.get(product.pk, {}).get("high"),
            on_hand=stock.get(product.pk) if product.tracks_inventory else None,
        )
        for product in products
    ]


def variants_of(product: Product) -> QuerySet[Variant]:
    """A product's variants in the brand's order, with codes and stock at hand (three queries)."""
    return (
        product.variants.filter(deleted_at__isnull=True)
        .order_by("position", "id")
        .prefetch_related("barcodes", "stock")
    )


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
