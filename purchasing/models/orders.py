"""The purchase order, its lines, the bodies it was read from, and what the brand changed since."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from purchasing.errors import OrderError
from purchasing.models.suppliers import ShipTo, Supplier, SupplierItem
from retailers.models import Outlet, User, tell
from retailers.scope import TenantManager, TenantModel, TenantQuerySet


class OrderQuerySet(TenantQuerySet["PurchaseOrder"]):
    def open(self) -> "OrderQuerySet":
        """Orders somebody still has to do something with."""
        return self.exclude(status__in=PurchaseOrder.CLOSED)


class PurchaseOrder(TenantModel):
    """One order from one supplier, delivered to one outlet.

    Three separate stories: `status` is ours, `brand_status` is the brand's (mirrored, never set),
    and whether it is in the POS and in step is answered by `integrations.SyncTask`.
    Amounts are in `currency`, without tax.
    """

    class Status(models.TextChoices):
        WATCHING = "watching", _("Not final")
        TO_REVIEW = "to_review", _("To review")
        APPROVED = "approved", _("Approved")
        SENDING = "sending", _("Sending")
        ON_ORDER = "on_order", _("On order")
        PART_RECEIVED = "part_received", _("Part received")
        RECEIVED = "received", _("Received")
        CLOSED_SHORT = "closed_short", _("Closed short")
        CANCELLED = "cancelled", _("Cancelled")
        ELSEWHERE = "elsewhere", _("Handled elsewhere")
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        WITH_BRAND = "with_brand", _("With the brand")

    class BrandStatus(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        PENDING = "pending", _("Pending")
        APPROVED = "approved", _("Approved")
        PROCESSED = "processed", _("Processed")
        SHIPPED = "shipped", _("Shipped")
        CANCELLED = "cancelled", _("Cancelled")
        UNKNOWN = "unknown", _("Unknown")

    class Origin(models.TextChoices):
        NUORDER = "nuorder", _("NuORDER")
        HERE = "here", _("Started here")

    CLOSED = (Status.RECEIVED, Status.CLOSED_SHORT, Status.CANCELLED, Status.ELSEWHERE)
    BEFORE_WRITING = (Status.WATCHING, Status.TO_REVIEW)
    RECEIVABLE = (Status.ON_ORDER, Status.PART_RECEIVED)
    FINAL_AT_BRAND = (BrandStatus.APPROVED, BrandStatus.PROCESSED, BrandStatus.SHIPPED)

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="orders")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.NUORDER)
    source = models.CharField(
        max_length=60, blank=True, help_text="which connection it came through, e.g. nuorder:3"
    )
    source_key = models.CharField(max_length=120, blank=True, help_text="the order's id there")
    status = models.CharField(max_length=20, choices=Status, default=Status.WATCHING)
    brand_status = models.CharField(
        max_length=12, choices=BrandStatus, default=BrandStatus.UNKNOWN, blank=True
    )
    brand_status_text = models.CharField(max_length=60, blank=True, help_text="as it came")
    number = models.CharField(max_length=120, help_text="The NuORDER order number, verbatim.")
    group_key = models.CharField(max_length=120, blank=True, help_text="joins split orders")
    customer_po = models.CharField(max_length=255, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    exchange_rate = models.DecimalField(
        max_digits=14,
        decimal_places=8,
        null=True,
        blank=True,
        help_text="the shop's currency for one unit of the order's; None: not answered yet",
    )
    ordered_at = models.DateTimeField(null=True, blank=True, help_text="UTC")
    ship_start = models.DateField(null=True, blank=True)
    ship_end = models.DateField(null=True, blank=True)
    buyer_name = models.CharField(max_length=255, blank=True)
    rep_name = models.CharField(max_length=255, blank=True)
    notes = models.TextField(blank=True)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    surcharge_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    surcharge_label = models.CharField(max_length=120, blank=True)
    header_total = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    header_units = models.IntegerField(null=True, blank=True)
    units = models.IntegerField(default=0, help_text="Sum of the lines.")
    cost = models.DecimalField(
        max_digits=16, decimal_places=4, default=Decimal(0), help_text="Sum of the lines."
    )
    units_received = models.IntegerField(default=0)
    outlet = models.ForeignKey(
        Outlet, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ship_to = models.ForeignKey(
        ShipTo, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    problems = models.JSONField(
        default=list,
        blank=True,
        help_text='[{"code", "text", "blocks", "field", "fix"}]: order-level, in plain words',
    )
    brand_choices = models.JSONField(
        default=dict,
        blank=True,
        help_text='answers of this review by label key: {"brand": id} or {"name": "new brand"}',
    )
    body_digest = models.CharField(max_length=64, blank=True, help_text="sha256 of the raw body")
    revision = models.PositiveIntegerField(default=1, help_text="Rises with each accepted change.")
    lock = models.PositiveIntegerField(default=1, help_text="Rises with each decision saved.")
    read_at = models.DateTimeField(null=True, blank=True)
    modified_at_brand = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="In the POS since.")
    status_before_elsewhere = models.CharField(max_length=20, blank=True)
    pos_choice = models.CharField(
        max_length=10,
        blank=True,
        help_text="adopt or apart: the answer about an order found in the POS",
    )
    pos_choice_id = models.CharField(max_length=64, blank=True, help_text="which one to adopt")
    created = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(OrderQuerySet)()  # type: ignore[assignment,misc]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["retailer", "source", "source_key"],
                condition=~models.Q(source_key=""),
                name="one_order_a_source_key",
            ),
        )
        indexes = (
            # the list: one retailer, one status, newest first, keyset pages
            models.Index(fields=["retailer", "status", "-id"], name="orders_by_status"),
            models.Index(fields=["retailer", "-ordered_at", "-id"], name="orders_newest"),
            models.Index(fields=["retailer", "supplier", "-id"], name="orders_by_supplier"),
            models.Index(fields=["retailer", "number"], name="orders_by_number"),
        )

    def __str__(self) -> str:
        return self.number

    def move(
        self, old: "str | tuple[str, ...]", new: str, *, by: User | None, text: str, **changes: Any
    ) -> None:
        """Go from one state to the next, once, whoever else is pressing the same button.

        Raises OrderError with a sentence for the person when the order has moved meanwhile.
        """
        expected = (old,) if isinstance(old, str) else old
        mine = PurchaseOrder.objects.filter(pk=self.pk, status__in=expected)
        if mine.update(status=new, lock=models.F("lock") + 1, **changes) != 1:
            self.refresh_from_db()
            raise OrderError(
                _("Order %(number)s is %(status)s now. Reload the page to see what happened.")
                % {"number": self.number, "status": self.get_status_display().lower()}
            )
        self.refresh_from_db()
        tell(self, new, text, actor=by)

    @property
    def is_final_at_brand(self) -> bool:
        return self.brand_status in self.FINAL_AT_BRAND

    @property
    def pos_note(self) -> str:
        """What the POS shows as note: the customer PO, else the order number (edge case 61)."""
        return self.customer_po or self.number


class OrderBody(TenantModel):
    """The raw body of an order as it came, one row a version; kept 30 days beyond the newest."""

    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.CASCADE, null=True, blank=True, related_name="bodies"
    )
    source = models.CharField(max_length=60)
    source_key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    body = models.TextField()
    trouble = models.TextField(blank=True, help_text="Why it could not be read, in plain words.")
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["retailer", "source", "source_key", "digest"], name="one_body_a_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source_key} {self.digest[:8]}"


class OrderLine(TenantModel):
    """One supplier item on an order, for one ship window; costs without tax, per unit."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey(SupplierItem, on_delete=models.PROTECT, related_name="lines")
    key = models.CharField(max_length=255, help_text="line id, or product/warehouse/window/size")
    position = models.PositiveIntegerField(default=0)
    quantity = models.PositiveIntegerField()
    unit_cost = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="net; None: unknown"
    )
    list_cost = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="before discounts"
    )
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    msrp = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    ship_start = models.DateField(null=True, blank=True)
    ship_end = models.DateField(null=True, blank=True)
    warehouse = models.CharField(max_length=120, blank=True)
    is_prebook = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True)
    received = models.PositiveIntegerField(default=0, help_text="Kept units, all deliveries.")
    rejected = models.PositiveIntegerField(default=0)
    closed_short = models.BooleanField(default=False, help_text="The rest is not expected.")
    removed = models.BooleanField(default=False, help_text="The brand took it off the order.")
    problems = models.JSONField(default=list, blank=True, help_text="as on the order")

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=["order", "key"], name="one_line_a_key"),)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.item_id}"

    @property
    def outstanding(self) -> int:
        """Units still expected; never negative when more arrived than was ordered."""
        return 0 if self.closed_short else max(self.quantity - self.received, 0)

    @property
    def cost(self) -> Decimal | None:
        return None if self.unit_cost is None else self.unit_cost * self.quantity


class OrderChange(TenantModel):
    """A difference between the order as we took it and as NuORDER has it now."""

    class State(models.TextChoices):
        OPEN = "open", _("Waits for you")
        ACCEPTED = "accepted", _("Accepted")
        DISMISSED = "dismissed", _("Kept as it was")

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="changes")
    line = models.ForeignKey(
        OrderLine, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    field = models.CharField(max_length=40, help_text="quantity, unit_cost, ship_end, added …")
    old = models.CharField(max_length=255, blank=True)
    new = models.CharField(max_length=255, blank=True)
    text = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    found_at = models.DateTimeField(auto_now_add=True)
    settled_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.text
