"""What: brands, product families and their variants, codes, pictures, and stock per outlet.

Everything here mirrors the retailer's POS; what is not known is None and says "unknown".
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.names import name_key
from retailers.scope import TenantModel


class Named(TenantModel):
    """Something known by a name, compared without case, spaces and punctuation."""

    name = models.CharField(max_length=255)
    name_key = models.CharField(max_length=255, db_index=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def belong(self) -> None:
        super().belong()
        self.name_key = name_key(self.name)[:255]


class Brand(Named):
    """The name on the label; not the supplier."""

    class Meta:
        indexes = (models.Index(fields=["retailer", "name_key"], name="brand_by_name"),)


class Attribute(Named):
    """A variant attribute of the POS: Colour, Size, Length …"""

    class Meta:
        indexes = (models.Index(fields=["retailer", "name_key"], name="attribute_by_name"),)


class Category(Named):
    """A product category; products attach to leaves only (X-Series reference 12.4)."""

    path = models.CharField(max_length=500, blank=True, help_text="Clothing / Shirts")
    is_leaf = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "categories"


class Tag(Named):
    """A product tag."""


class Tax(Named):
    """A sales tax; rate is a fraction (0.15 is 15 %)."""

    rate = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "taxes"


class BrandDefault(TenantModel):
    """What a new product of this brand starts with."""

    brand = models.OneToOneField(Brand, on_delete=models.CASCADE, related_name="default")
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="+")
    tax = models.ForeignKey(Tax, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"new products of {self.brand}"


class Product(Named):
    """A family: one name, description and brand, up to 3 attributes and 200 variants."""

    description = models.TextField(blank=True)
    brand = models.ForeignKey(
        Brand, on_delete=models.SET_NULL, null=True, blank=True, related_name="products"
    )
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    attributes = models.JSONField(
        default=list, blank=True, help_text="Names of its variant attributes, in order."
    )
    is_active = models.BooleanField(default=True)
    tracks_inventory = models.BooleanField(default=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (
            # name clashes, and the product list in name order
            models.Index(fields=["retailer", "name_key", "id"], name="product_by_name"),
            models.Index(fields=["retailer", "brand", "name_key"], name="product_by_brand"),
        )


class Variant(TenantModel):
    """The sellable unit: attribute values, SKU, codes, prices, stock per outlet."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    name = models.CharField(max_length=400, blank=True)
    sku = models.CharField(max_length=255, blank=True)
    sku_key = models.CharField(max_length=255, blank=True, editable=False)
    options = models.JSONField(
        default=list, blank=True, help_text='[{"name": "Colour", "value": "Moss"}, …]'
    )
    supply_price = models.DecimalField(
        _("supplier price"), max_digits=14, decimal_places=5, null=True, blank=True
    )
    price_excluding_tax = models.DecimalField(
        max_digits=14, decimal_places=5, null=True, blank=True
    )
    price_including_tax = models.DecimalField(
        max_digits=14, decimal_places=5, null=True, blank=True
    )
    is_active = models.BooleanField(default=True)
    tracks_inventory = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["retailer", "sku_key"], name="variant_by_sku"),
            models.Index(fields=["product", "position"], name="variants_of_product"),
        )

    def __str__(self) -> str:
        return self.name or self.sku or f"variant {self.pk}"

    def belong(self) -> None:
        super().belong()
        self.sku_key = name_key(self.sku)[:255]

    @property
    def option_text(self) -> str:
        """`Moss / M`; empty for a product without variants."""
        return " / ".join(str(option["value"]) for option in self.options)


class Barcode(TenantModel):
    """A product code as it was typed, and its GTIN-14 when it is one."""

    class Kind(models.TextChoices):
        UPC = "UPC"
        EAN = "EAN"
        ISBN = "ISBN"
        ITF = "ITF"
        JAN = "JAN"
        CUSTOM = "CUSTOM"

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="barcodes")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CUSTOM)
    code = models.CharField(max_length=255)
    gtin14 = models.CharField(max_length=14, null=True, blank=True)

    class Meta:
        indexes = (
            # set-based matching: one IN list over the codes of an order
            models.Index(fields=["retailer", "gtin14"], name="barcode_by_gtin"),
            models.Index(fields=["retailer", "code"], name="barcode_by_code"),
        )

    def __str__(self) -> str:
        return self.code


class ProductImage(TenantModel):
    """A picture of a product in the POS."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="images")
    variant = models.ForeignKey(
        Variant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    position = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, help_text="sha256 of the bytes we sent")
    file = models.FileField(upload_to="pictures", blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return f"picture {self.position} of {self.product_id}"


class StockLevel(TenantModel):
    """What is on hand at an outlet, as the POS last said."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="stock")
    outlet = models.ForeignKey("retailers.Outlet", on_delete=models.CASCADE, related_name="stock")
    on_hand = models.DecimalField(max_digits=14, decimal_places=5)
    average_cost = models.DecimalField(max_digits=14, decimal_places=5, null=True, blank=True)
    reorder_point = models.DecimalField(max_digits=14, decimal_places=5, null=True, blank=True)
    restock_level = models.DecimalField(max_digits=14, decimal_places=5, null=True, blank=True)
    version = models.BigIntegerField(default=0)
    read_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["variant", "outlet"], name="one_level_an_outlet"),
        )

    def __str__(self) -> str:
        return f"{self.on_hand.normalize():f} at {self.outlet_id}"


class StockChange(TenantModel):
    """One observed change of stock, dated: sales rates and days in stock are read from these."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    outlet = models.ForeignKey("retailers.Outlet", on_delete=models.CASCADE, related_name="+")
    before = models.DecimalField(max_digits=14, decimal_places=5, null=True, blank=True)
    after = models.DecimalField(max_digits=14, decimal_places=5)
    at = models.DateTimeField()

    class Meta:
        indexes = (
            # the history of one variant, newest first
            models.Index(fields=["retailer", "variant", "-at"], name="stock_history"),
        )

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
