"""What happens upward: purchasing's news becomes a SyncTask row, in the same transaction."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.dispatch import receiver
from django.utils import timezone

from integrations.engine import ask
from integrations.models import Connection, SyncTask
from purchasing.models import Delivery, PurchaseOrder, Supplier
from purchasing.signals import (
    goods_received,
    order_approved,
    order_wanted,
    supplier_settled,
)

# Reloading a page is no new reason to read the order again.
JUST_READ = timedelta(minutes=1)


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
    """Somebody looks at an order: read it at the brand again soon, unless that was just done."""
    system, _sep, pk = order.source.partition(":")
    if system != Connection.System.NUORDER or not pk.isdigit():
        return
    if order.read_at is not None and order.read_at > timezone.now() - JUST_READ:
        return
    subject = f"read-order:{order.source_key}"
    asked = SyncTask.objects.filter(connection=OuterRef("pk"), subject=subject)
    portal = (
        Connection.objects.filter(pk=int(pk), state=Connection.State.ACTIVE)
        .exclude(Exists(asked))
        .first()
    )
    if portal is not None:
        ask(portal, subject, priority=SyncTask.PRIORITY_READ)


@receiver(supplier_settled, dispatch_uid="portal_follows_its_supplier")
def portal_follows_its_supplier(
    sender: type[Supplier], *, old: Supplier, new: Supplier, **_: Any
) -> None:
    """A supplier turned out to be another: the portals of the one are the portals of the other."""
    Connection.objects.filter(supplier=old).update(supplier=new)
