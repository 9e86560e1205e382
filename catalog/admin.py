"""Staff pages for what a shop sells: mirrors of the POS, to look at and to follow."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.models import (
    Attribute,
    Barcode,
    Brand,
    BrandDefault,
    Category,
    Product,
    ProductImage,
    StockChange,
    StockLevel,
    Tag,
    Tax,
    Variant,
)
from retailers.staff import ReadOnlyAdmin, link_to, list_of


@admin.register(Brand, Attribute, Category, Tag, Tax)
class NamedAdmin(ReadOnlyAdmin):
    list_display = ("name", "retailer", "deleted_at")
    list_filter = ("retailer", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "name_key", "retailer__name")


@admin.register(BrandDefault)
class BrandDefaultAdmin(ReadOnlyAdmin):
    list_display = ("brand", "category", "tax", "retailer")
    list_filter = ("retailer",)
    search_fields = ("brand__name",)


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Families."""

    list_display = ("name", "brand", "retailer", "is_active", "tracks_inventory", "deleted_at")
    list_filter = ("is_active", "tracks_inventory", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "name_key", "retailer__name")
    readonly_fields = ("its_variants",)

    @admin.display(description=_("variants"))
    def its_variants(self, product: Product) -> str:
        return list_of(Variant, str(_("variants")), product__id__exact=product.pk)


@admin.register(Variant)
class VariantAdmin(ReadOnlyAdmin):
    list_display = ("sku", "name", "family", "retailer", "is_active", "deleted_at")
    list_select_related = ("product", "retailer")
    list_filter = ("is_active", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("sku", "sku_key", "name", "barcodes__code", "barcodes__gtin14")
    readonly_fields = ("follow",)

    @admin.display(description=_("family"))
    def family(self, variant: Variant) -> str:
        return link_to(variant.product)

    @admin.display(description=_("see"))
    def follow(self, variant: Variant) -> Any:
        from django.utils.html import format_html

        return format_html(
            "{} · {} · {}",
            list_of(Barcode, str(_("codes")), variant__id__exact=variant.pk),
            list_of(StockLevel, str(_("stock")), variant__id__exact=variant.pk),
            list_of(StockChange, str(_("history")), variant__id__exact=variant.pk),
        )


@admin.register(Barcode)
class BarcodeAdmin(ReadOnlyAdmin):
    list_display = ("code", "gtin14", "kind", "variant", "retailer")
    list_filter = ("kind",)
    search_fields = ("=code", "=gtin14", "variant__sku")


@admin.register(ProductImage)
class ProductImageAdmin(ReadOnlyAdmin):
    list_display = ("id", "product", "position", "retailer", "deleted_at")
    search_fields = ("product__name", "=digest")


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnlyAdmin):
    list_display = ("variant", "outlet", "on_hand", "reorder_point", "read_at", "retailer")
    search_fields = ("=variant__sku", "variant__name", "outlet__name")


@admin.register(StockChange)
class StockChangeAdmin(ReadOnlyAdmin):
    list_display = ("at", "variant", "outlet", "before", "after", "retailer")
    search_fields = ("=variant__sku", "variant__name")
    ordering = ("-id",)
