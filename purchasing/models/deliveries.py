"""Deliveries: what arrived against an order. The only thing that moves stock."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from purchasing.models.orders import OrderLine, PurchaseOrder
from retailers.models import User
from retailers.scope import TenantModel


class Delivery(TenantModel):
    """One arrival against an order."""

    class State(models.TextChoices):
        COUNTING = "counting", _("Being counted")
        BOOKED = "booked", _("Booked")
        WRITTEN = "written", _("In the POS")

    class Remainder(models.TextChoices):
        FOLLOW_UP = "follow_up", _("More is coming")
        CLOSE = "close", _("The rest is not coming")

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="deliveries")
    number = models.PositiveIntegerField(help_text="1, 2, 3 … within the order")
    state = models.CharField(max_length=10, choices=State, default=State.COUNTING)
    remainder = models.CharField(max_length=10, choices=Remainder, default=Remainder.FOLLOW_UP)
    note = models.CharField(max_length=500, blank=True)
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    booked_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    booked_at = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)
    stock_read = models.JSONField(
        default=list, blank=True, help_text="read back: variant, before, after"
    )

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["order", "number"], name="one_delivery_a_number"),
        )

    def __str__(self) -> str:
        return f"delivery {self.number}"


class DeliveryLine(TenantModel):
    """Units of one order line in one delivery; `unit_cost` only where it was corrected."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="delivered")
    kept = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["delivery", "line"], name="one_count_a_line"),
        )

    def __str__(self) -> str:
        return f"{self.kept} kept, {self.rejected} rejected"
