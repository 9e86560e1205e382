"""What purchasing does when the shop changes."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.dispatch import receiver

from purchasing.aside import MAY_GO, mark_elsewhere
from purchasing.models import PurchaseOrder
from retailers.models import Retailer, User
from retailers.signals import start_date_set


@receiver(start_date_set, dispatch_uid="earlier_orders_elsewhere")
def set_earlier_orders_aside(sender: type[Retailer], *, shop: Retailer, by: User, **_: Any) -> None:
    """Orders placed before the start date, by the shop's own calendar, are handled elsewhere.

    Each can be brought back; what is written already is left alone.
    """
    if shop.start_date is None:
        return
    begins = datetime.combine(shop.start_date, time.min, ZoneInfo(shop.timezone))
    earlier = PurchaseOrder.objects.filter(status__in=MAY_GO, ordered_at__lt=begins)
    mark_elsewhere(list(earlier.values_list("pk", flat=True)), by=by)
