"""Suppliers, what they list, and what we remember of it."""

from typing import Any

from django.db import models

from catalog.models import Brand, Named, Variant
from catalog.names import code_key, name_key
from retailers.models import Outlet, User
from retailers.scope import TenantModel


class Supplier(Named):
    """Whom we buy from: a POS supplier; a NuORDER brand portal is linked to one."""

    currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217; empty: unknown")
    email = models.EmailField(blank=True)
    # False until somebody created it in the POS: it exists only here, as a plan.
    in_pos = models.BooleanField(default=False)

    class Meta:
        indexes = (models.Index(fields=["retailer", "name_key"], name="supplier_by_name"),)


class SupplierBrand(TenantModel):
    """The remembered answer to "which of your brands is this?" for one supplier's brand name."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="brands")
    label = models.CharField(max_length=255, help_text="As the supplier writes it.")
    label_key = models.CharField(max_length=255)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["supplier", "label_key"], name="one_answer_a_label"),
        )

    def __str__(self) -> str:
        return f"{self.label} is {self.brand}"

    def belong(self) -> None:
        super().belong()
        self.label_key = name_key(self.label)[:255]


class ShipTo(TenantModel):
    """An address as the supplier keeps it, and the outlet it stands for."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="ship_tos")
    key = models.CharField(max_length=255, help_text="Its code, else the address in one line.")
    code = models.CharField(max_length=120, blank=True)
    label = models.CharField(max_length=500)
    outlet = models.ForeignKey(
        Outlet, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["supplier", "key"], name="one_ship_to_a_key"),
        )

    def __str__(self) -> str:
        return self.label


class SupplierItem(TenantModel):
    """One size of one colourway as the supplier lists it.

    Its `variant` *is* the remembered link. `wholesale` and `msrp` are in `currency`; wholesale is
    without tax, whether MSRP holds tax is the shop's rule (`retailers.shop_rules`).
    """

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="items")
    source_key = models.CharField(max_length=255, help_text="product id / size, as known there")
    product_key = models.CharField(max_length=120, help_text="the supplier's product id")
    sku_key = models.CharField(
        max_length=120, blank=True, help_text="the supplier's own id of this size, where it has one"
    )
    brand_item_key = models.CharField(
        max_length=255, blank=True, help_text="the brand's own id / size: constant across seasons"
    )
    style_number = models.CharField(max_length=120, blank=True)
    style_key = models.CharField(max_length=120, blank=True, editable=False)
    supplier_code = models.CharField(
        max_length=255, blank=True, help_text="style number, joined with the options"
    )
    supplier_code_key = models.CharField(max_length=255, blank=True, editable=False)
    season = models.CharField(max_length=120, blank=True)
    colour = models.CharField(max_length=160, blank=True)
    colour_code = models.CharField(max_length=60, blank=True)
    size = models.CharField(max_length=120, blank=True)
    size_position = models.PositiveIntegerField(default=0)
    is_one_size = models.BooleanField(default=False)
    name = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True, help_text="Cleaned HTML.")
    brand_name = models.CharField(max_length=255, blank=True)
    category = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=255, blank=True, help_text="Barcode exactly as it came.")
    gtin14 = models.CharField(max_length=14, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    wholesale = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    msrp = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    units_per_pack = models.PositiveIntegerField(null=True, blank=True)
    image_urls = models.JSONField(default=list, blank=True)
    detail_read_at = models.DateTimeField(null=True, blank=True)

    variant = models.ForeignKey(
        Variant, on_delete=models.SET_NULL, null=True, blank=True, related_name="supplier_items"
    )
    linked_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    linked_at = models.DateTimeField(null=True, blank=True)
    link_trouble = models.CharField(
        max_length=40, blank=True, help_text="deleted: the linked variant is gone in the POS"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["supplier", "source_key"], name="one_item_a_key"),
        )
        indexes = (
            models.Index(fields=["supplier", "brand_item_key"], name="item_by_brand_key"),
            models.Index(fields=["supplier", "style_key"], name="item_by_style"),
            models.Index(fields=["retailer", "gtin14"], name="item_by_gtin"),
        )

    def __str__(self) -> str:
        return " ".join(part for part in (self.style_number, self.colour, self.size) if part)

    def belong(self) -> None:
        super().belong()
        self.style_key = code_key(self.style_number)[:120]
        self.supplier_code_key = code_key(self.supplier_code)[:255]

    def link(self, variant: Variant | None, *, by: User | None, at: Any) -> None:
        """Remember (or forget) which variant this is; the caller saves."""
        self.variant, self.linked_by, self.linked_at = variant, by, at if variant else None
        self.link_trouble = ""


class VariantSupplier(TenantModel):
    """A variant's code and cost at one supplier, as the POS keeps them."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="suppliers")
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="variants")
    code = models.CharField(max_length=255, blank=True)
    code_key = models.CharField(max_length=255, blank=True, editable=False)
    cost = models.DecimalField(max_digits=14, decimal_places=5, null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["variant", "supplier"], name="one_code_a_supplier"),
        )
        indexes = (models.Index(fields=["supplier", "code_key"], name="variant_by_supplier_code"),)

    def __str__(self) -> str:
        return f"{self.code} at {self.supplier_id}"

    def belong(self) -> None:
        super().belong()
        self.code_key = code_key(self.code)[:255]
