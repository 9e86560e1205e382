"""What tasks are called on pages: "Send order 41660 to Lightspeed" instead of send-order:12."""

from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.models import SyncTask
from purchasing.models import Delivery, PurchaseOrder

# Kinds that only read or shake hands: dropping one loses nothing, the next round asks again.
READING = frozenset(
    {"connect-start", "connect-finish", "test", "pull-orders", "read-order", "items", "mirror"}
    | {"refresh-token", "stock"}
)
_OF_AN_ORDER = frozenset({"send-order", "undo-order", "images"})


class Titles:
    """Titles of some tasks, with the numbers of their orders read at once (at most two queries)."""

    def __init__(self, tasks: Sequence[SyncTask]) -> None:
        deliveries = _numbers(task.key for task in tasks if task.kind == "receive")
        orders = _numbers(
            task.key for task in tasks if task.kind in _OF_AN_ORDER or task.kind == "read-order"
        )
        self._deliveries = {
            pk: (number, order)
            for pk, number, order in Delivery.objects.filter(pk__in=deliveries).values_list(
                "pk", "number", "order_id"
            )
        }
        orders |= {order for _number, order in self._deliveries.values()}
        read = {task.key for task in tasks if task.kind == "read-order"}
        ours = PurchaseOrder.objects.filter(Q(pk__in=orders) | Q(source_key__in=read))
        rows = list(ours.values_list("pk", "number", "source_key")) if orders or read else []
        self._orders = {pk: number for pk, number, _key in rows}
        self._read = {key: pk for pk, _number, key in rows if key}

    def of(self, task: SyncTask) -> str:
        """One task in the words of the trade."""
        portal = task.connection.name
        order = self._orders.get(self.order_of(task) or 0, "")
        words = {
            "connect-start": _("Begin to connect %(portal)s"),
            "connect-finish": _("Finish connecting %(portal)s"),
            "test": _("Test the connection of %(portal)s"),
            "pull-orders": _("Read orders of %(portal)s"),
            "read-order": _("Read order %(order)s of %(portal)s again")
            if order
            else _("Read a new order of %(portal)s"),
            "items": _("Read products of %(portal)s"),
            "stock": _("Read stock of %(portal)s"),
            "mirror": _("Read products, stock and orders from Lightspeed"),
            "refresh-token": _("Renew the key of %(portal)s"),
            "send-order": _("Send order %(order)s to Lightspeed"),
            "undo-order": _("Take order %(order)s out of Lightspeed"),
            "images": _("Send pictures of order %(order)s"),
            "receive": _("Book delivery %(delivery)s of order %(order)s"),
        }.get(task.kind, task.kind)
        delivery = self._deliveries.get(_number(task.key) or 0, ("", 0))[0]
        return words % {"portal": portal, "order": order or task.key, "delivery": delivery}

    def order_of(self, task: SyncTask) -> int | None:
        """The order a task is about, if it is about one of ours."""
        number = _number(task.key)
        if task.kind == "receive":
            return self._deliveries.get(number or 0, (0, None))[1]
        if task.kind in _OF_AN_ORDER:
            return number
        if task.kind != "read-order":
            return None
        return number if number in self._orders else self._read.get(task.key)

    def address_of(self, task: SyncTask) -> str:
        """The page where the thing itself stands: the order, else the connection."""
        order = self.order_of(task)
        if order in self._orders:
            return reverse("order", args=[order])
        return reverse("connection", args=[task.connection_id])


def _numbers(keys: Iterable[str]) -> set[int]:
    return {number for key in keys if (number := _number(key)) is not None}


def _number(key: str) -> int | None:
    return int(key) if key.isdecimal() and len(key) < 19 else None
