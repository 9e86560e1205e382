"""Staff pages for suppliers and orders: money is read-only, and everything leads on."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from purchasing.models import (
    Decision,
    Delivery,
    DeliveryLine,
    NewProduct,
    OrderBody,
    OrderChange,
    OrderLine,
    PurchaseOrder,
    ShipTo,
    Supplier,
    SupplierBrand,
    SupplierItem,
    VariantSupplier,
)
from retailers.models import Event, subject_of
from retailers.staff import ReadOnlyAdmin, list_of


@admin.register(Supplier)
class SupplierAdmin(ReadOnlyAdmin):
    list_display = ("name", "retailer", "currency", "in_pos", "deleted_at")
    list_filter = ("in_pos", "retailer", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "name_key", "retailer__name")


@admin.register(SupplierBrand)
class SupplierBrandAdmin(ReadOnlyAdmin):
    list_display = ("label", "supplier", "brand", "decided_by", "retailer")
    list_filter = ("retailer",)
    search_fields = ("label", "supplier__name", "brand__name")


@admin.register(ShipTo)
class ShipToAdmin(ReadOnlyAdmin):
    list_display = ("label", "code", "supplier", "outlet", "retailer")
    list_filter = ("retailer", ("outlet", admin.EmptyFieldListFilter))
    search_fields = ("label", "code", "supplier__name")


@admin.register(SupplierItem)
class SupplierItemAdmin(ReadOnlyAdmin):
    """What suppliers list; the link to a variant is the remembered answer."""

    list_display = (
        "style_number", "name", "colour", "size", "season", "supplier", "variant", "link_trouble",
    )  # fmt: skip
    list_filter = (("variant", admin.EmptyFieldListFilter), "link_trouble")
    search_fields = ("style_number", "=gtin14", "=code", "=source_key", "name", "supplier__name")


@admin.register(VariantSupplier)
class VariantSupplierAdmin(ReadOnlyAdmin):
    list_display = ("code", "variant", "supplier", "cost", "retailer")
    search_fields = ("=code", "=variant__sku", "supplier__name")


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(ReadOnlyAdmin):
    """Orders: search by number, customer PO or id at the brand."""

    list_display = (
        "number", "retailer", "supplier", "status", "brand_status", "currency", "cost", "units",
        "ship_end", "read_at",
    )  # fmt: skip
    list_filter = ("status", "brand_status", "origin", "retailer")
    search_fields = ("number", "customer_po", "=source_key", "supplier__name")
    ordering = ("-id",)
    readonly_fields = ("follow",)

    @admin.display(description=_("see"))
    def follow(self, order: PurchaseOrder) -> Any:
        mine = {"order__id__exact": order.pk}
        return format_html(
            "{} · {} · {} · {} · {} · {}",
            list_of(OrderLine, str(_("lines")), **mine),
            list_of(Decision, str(_("decisions")), **mine),
            list_of(OrderChange, str(_("changes")), **mine),
            list_of(Delivery, str(_("deliveries")), **mine),
            list_of(OrderBody, str(_("bodies")), **mine),
            list_of(Event, str(_("story")), subject=subject_of(order)),
        )


@admin.register(OrderBody)
class OrderBodyAdmin(ReadOnlyAdmin):
    """Bodies as they came; those that could not be read say why."""

    list_display = ("source_key", "order", "source", "trouble", "received_at", "retailer")
    list_filter = (("trouble", admin.EmptyFieldListFilter), ("order", admin.EmptyFieldListFilter))
    search_fields = ("=source_key", "=digest", "order__number")
    ordering = ("-id",)


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    list_display = ("order", "item", "quantity", "unit_cost", "received", "rejected", "removed")
    list_filter = ("removed", "closed_short")
    search_fields = ("=order__number", "=item__style_number", "=item__gtin14")


@admin.register(OrderChange)
class OrderChangeAdmin(ReadOnlyAdmin):
    list_display = ("order", "text", "state", "found_at", "settled_by", "settled_at")
    list_filter = ("state", "field")
    search_fields = ("=order__number", "text")
    ordering = ("-id",)


@admin.register(NewProduct)
class NewProductAdmin(ReadOnlyAdmin):
    list_display = ("name", "style_number", "order", "brand", "product", "retailer")
    search_fields = ("name", "style_number", "=order__number")


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("order", "item", "bin", "rule", "action", "state", "variant", "decided_by")
    list_filter = ("state", "bin", "action", "rule")
    search_fields = ("=order__number", "=item__style_number", "sku", "barcode")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("order", "number", "state", "remainder", "booked_by", "booked_at", "written_at")
    list_filter = ("state", "remainder")
    search_fields = ("=order__number",)
    ordering = ("-id",)


@admin.register(DeliveryLine)
class DeliveryLineAdmin(ReadOnlyAdmin):
    list_display = ("delivery", "line", "kept", "rejected", "unit_cost")
    search_fields = ("=delivery__order__number",)
