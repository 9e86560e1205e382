"""The review: what is decided about each item of an order, and the products to be created."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand, Category, Product, Tag, Tax, Variant
from purchasing.models.orders import PurchaseOrder
from purchasing.models.suppliers import SupplierItem
from retailers.models import User
from retailers.scope import TenantModel


class NewProduct(TenantModel):
    """A family this order will create: pencil, until it is written."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="new_products")
    key = models.CharField(max_length=255, help_text="brand key + style key")
    style_number = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    brand_label = models.CharField(
        max_length=255, blank=True, help_text="as the supplier writes it"
    )
    brand = models.ForeignKey(
        Brand, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    new_brand_name = models.CharField(max_length=255, blank=True, help_text="created when sent")
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="+")
    tax = models.ForeignKey(Tax, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    attributes = models.JSONField(
        default=list, help_text='only those that vary: ["Colour", "Size"]'
    )
    image_urls = models.JSONField(default=list, blank=True, help_text="one by default")
    edited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    product = models.ForeignKey(
        Product,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="What it became, once written.",
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["order", "key"], name="one_family_a_style"),)

    def __str__(self) -> str:
        return self.name


class Decision(TenantModel):
    """What happens to one supplier item of an order; suggested by matching, decided by people."""

    class Action(models.TextChoices):
        LINK = "link", _("Link to existing")
        CREATE = "create", _("Create new")
        ADD = "add", _("Add as a variant")
        SKIP = "skip", _("Skip")

    class Bin(models.TextChoices):
        CERTAIN = "certain", _("Certain")
        LIKELY = "likely", _("Likely")
        NEW = "new", _("New")
        CONFLICT = "conflict", _("Conflict")

    class State(models.TextChoices):
        OPEN = "open", _("Waits for you")
        DECIDED = "decided", _("Decided")
        HELD = "held", _("Held")
        WRITTEN = "written", _("Written")

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="decisions")
    item = models.ForeignKey(SupplierItem, on_delete=models.CASCADE, related_name="decisions")
    bin = models.CharField(max_length=10, choices=Bin)
    rule = models.CharField(max_length=30, blank=True, help_text="which matching rule spoke")
    reasons = models.JSONField(default=list, blank=True, help_text="in plain words")
    candidates = models.JSONField(
        default=list, blank=True, help_text='[{"variant": id, "reasons": […]}], best first'
    )
    problems = models.JSONField(default=list, blank=True, help_text="what must be settled first")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    action = models.CharField(max_length=10, choices=Action)
    variant = models.ForeignKey(
        Variant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    product = models.ForeignKey(
        Product,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="the family to add a variant to",
    )
    new_product = models.ForeignKey(
        NewProduct, on_delete=models.SET_NULL, null=True, blank=True, related_name="decisions"
    )
    same_item = models.BooleanField(
        default=False, help_text="Two items are one variant on purpose: add the quantities."
    )
    sku = models.CharField(max_length=255, blank=True, help_text="of a variant to be created")
    barcode = models.CharField(max_length=255, blank=True, help_text="empty: made without one")
    barcode_kind = models.CharField(max_length=10, blank=True)
    options = models.JSONField(default=list, blank=True, help_text="values, by attribute name")
    retail_price = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="as the shop keeps prices"
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "item"], name="one_decision_an_item"),
        )

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.item_id}"
