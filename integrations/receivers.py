"""What happens upward: purchasing's news becomes a SyncTask row, in the same transaction."""

from typing import Any

from django.dispatch import receiver

from integrations.engine import ask
from integrations.models import Connection, SyncTask
from purchasing.models import Delivery, PurchaseOrder
from purchasing.signals import goods_received, order_approved, order_wanted


def _pos() -> Connection | None:
    return Connection.objects.filter(
        system=Connection.System.XSERIES, state=Connection.State.ACTIVE
    ).first()


@receiver(order_approved, dispatch_uid="mirror_before_the_plan")
def look_at_the_pos(sender: type[PurchaseOrder], *, order: PurchaseOrder, **_: Any) -> None:
    """An order is decided: look whether somebody has entered it in the POS meanwhile."""
    if pos := _pos():
        ask(pos, "look:", by=order.approved_by, priority=SyncTask.PRIORITY_PERSON)


@receiver(goods_received, dispatch_uid="receive_in_the_pos")
def receive_in_the_pos(sender: type[Delivery], *, delivery: Delivery, **_: Any) -> None:
    """A delivery is booked: it goes to the POS, now or when it is connected again."""
    pos = Connection.objects.filter(system=Connection.System.XSERIES).first()
    if pos is not None:
        ask(
            pos,
            f"receive:{delivery.pk}",
            by=delivery.booked_by,
            priority=SyncTask.PRIORITY_PERSON,
        )


@receiver(order_wanted, dispatch_uid="read_order_again")
def read_order_again(sender: type[PurchaseOrder], *, order: PurchaseOrder, **_: Any) -> None:
    """Somebody looks at an order: read it at the brand again soon."""
    system, _sep, pk = order.source.partition(":")
    if system != Connection.System.NUORDER or not pk.isdigit():
        return
    portal = Connection.objects.filter(pk=int(pk), state=Connection.State.ACTIVE).first()
    if portal is not None:
        ask(portal, f"read-order:{order.source_key}", priority=SyncTask.PRIORITY_READ)
