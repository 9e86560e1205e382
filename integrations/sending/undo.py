"""Take back what an order wrote, as long as nothing was received and nobody else touched it.

The POS order is cancelled (it cannot be deleted without losing its number there). Products this
order created are removed where they are unused: no stock, on no other order. The order goes back
to the review; its decisions are kept.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog.models import Product, StockLevel, Variant
from integrations.engine import Job, ask
from integrations.errors import Missing
from integrations.journal import Found, perform
from integrations.models import PosOrder, RemoteStep, SendPlan, SyncTask
from integrations.sending.wanted import gather
from integrations.sending.writes import BaseWrite, Context, Mirror
from integrations.xseries import payloads
from integrations.xseries.client import client_for
from purchasing.errors import OrderError
from purchasing.models import Decision, NewProduct, OrderLine, PurchaseOrder, SupplierItem
from retailers.models import User

Status = PurchaseOrder.Status


@transaction.atomic
def ask_undo(order: PurchaseOrder, *, by: User) -> None:
    """Want the writing of this order taken back. Raises OrderError when it is too late."""
    if order.deliveries.exclude(state="counting").exists() or order.units_received:
        raise OrderError(_("Units of this order were received; it cannot be taken back any more."))
    order.move(
        Status.ON_ORDER, Status.SENDING, by=by, text=_("Takes back what was written to Lightspeed.")
    )
    plan = SendPlan.objects.get(order=order)
    ask(plan.connection, f"undo-order:{order.pk}", by=by, priority=SyncTask.PRIORITY_PERSON)


@dataclass(slots=True)
class CancelWrite(BaseWrite):
    """The POS order becomes CANCELLED; already so is done.

    One without lines, from a send that stopped early, may not change its status in the POS: it
    is deleted.
    """

    kind = "cancel"
    pos: PosOrder = field(default=None)  # type: ignore[assignment]
    is_empty: bool = False

    @property
    def key(self) -> str:
        return f"{self.context.order.pk}:{self.pos.remote_id}"

    @property
    def title(self) -> str:
        return f"Order {self.pos.reference} cancelled"

    def look(self, probe: dict[str, Any]) -> list[Found]:
        try:
            now = self.context.client.consignment(self.pos.remote_id).status
        except Missing:
            now = "CANCELLED"
        done = now == "CANCELLED"
        if not done:
            self.is_empty = not any(self.context.client.consignment_lines(self.pos.remote_id))
        return [Found(remote_id=self.pos.remote_id, result={"status": now})] if done else []

    def payload(self) -> dict[str, Any]:
        order = self.context.order
        return payloads.consignment_payload(
            outlet_id=self.pos.outlet_remote_id,
            supplier_id=self.pos.supplier_remote_id,
            reference=self.pos.reference,
            note=order.pos_note,
            due=order.ship_end,
            timezone=order.retailer.timezone,
            status="CANCELLED",
        )

    def send(self, payload: Any) -> Found:
        if self.is_empty:
            with suppress(Missing):  # gone is what was wanted
                self.context.client.delete_consignment(self.pos.remote_id)
        else:
            self.context.client.update_consignment(self.pos.remote_id, payload)
        return Found(remote_id=self.pos.remote_id, result={"status": "CANCELLED"})

    def record(self, found: Found) -> None:
        PosOrder.objects.filter(pk=self.pos.pk).update(status="CANCELLED", order=None)


@dataclass(slots=True)
class RemoveWrite(BaseWrite):
    """A family this order made and nobody uses is deleted; gone already is done."""

    kind = "remove"
    product: Product = field(default=None)  # type: ignore[assignment]

    @property
    def key(self) -> str:
        return f"{self.context.order.pk}:{self.product.pk}"

    @property
    def title(self) -> str:
        return f"Product {self.product.name} removed"

    @property
    def remote(self) -> str:
        return self.context.remote_of("family", [self.product.pk]).get(self.product.pk, "")

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.context.mirror.look(probe, "products")
        self.product.refresh_from_db(fields=["deleted_at"])
        if self.product.deleted_at is not None or not self.remote:
            return [Found(remote_id=self.remote, result={})]
        return []

    def payload(self) -> str:
        return self.remote

    def send(self, payload: Any) -> Found:
        with suppress(Missing):  # gone is what was wanted
            self.context.client.delete_family(payload)
        return Found(remote_id=payload, result={})


def undo_order(job: Job) -> None:
    """Handler of `undo-order:<order>`."""
    order = PurchaseOrder.objects.select_related("supplier", "outlet", "retailer").get(
        pk=int(job.key)
    )
    if order.status != Status.SENDING:
        return
    plan = SendPlan.objects.get(order=order)
    mirror = Mirror(job)
    mirror.once("products", "consignments")
    context = Context(
        job, client_for(job), mirror, gather(order, job.connection), generation=plan.generation
    )
    for pos in PosOrder.objects.filter(order=order, deleted_at=None):
        job.keep_going()
        perform(job, CancelWrite(context, pos=pos))
    removed = []
    for product in unused_products(order):
        job.keep_going()
        perform(job, RemoveWrite(context, product=product))
        removed.append(product.pk)
    _back_to_review(job, order, plan, removed)


def unused_products(order: PurchaseOrder) -> list[Product]:
    """What this order created and nothing uses: no stock, on no other order in the POS."""
    made = NewProduct.objects.filter(order=order, product__isnull=False).values("product")
    stocked = StockLevel.objects.filter(variant__product__in=made).exclude(on_hand=0)
    elsewhere = OrderLine.objects.filter(
        item__variant__product__in=made, order__sent_at__isnull=False
    ).exclude(order=order)
    return list(
        Product.objects.filter(pk__in=made, deleted_at=None)
        .exclude(pk__in=stocked.values("variant__product"))
        .exclude(pk__in=elsewhere.values("item__variant__product"))
    )


def _back_to_review(job: Job, order: PurchaseOrder, plan: SendPlan, removed: list[int]) -> None:
    """A new generation: what is written next is looked up apart from what was taken back."""
    with job.writing():
        gone = Variant.objects.filter(product__in=removed)
        SupplierItem.objects.filter(variant__in=gone).update(
            variant=None, linked_by=None, linked_at=None
        )
        Decision.objects.filter(order=order, variant__in=gone).update(variant=None)
        NewProduct.objects.filter(order=order, product__in=removed).update(product=None)
        Decision.objects.filter(order=order, state=Decision.State.WRITTEN).update(
            state=Decision.State.DECIDED
        )
        RemoteStep.objects.filter(
            order=order, state__in=(RemoteStep.State.PREPARED, RemoteStep.State.FAILED)
        ).update(state=RemoteStep.State.DROPPED)
        SendPlan.objects.filter(pk=plan.pk).update(generation=F("generation") + 1, finished_at=None)
        order.move(
            Status.SENDING,
            Status.TO_REVIEW,
            by=None,
            text=_("Taken back: the order in Lightspeed is cancelled, %d products were removed.")
            % len(removed),
            sent_at=None,
            pos_choice="",
            pos_choice_id="",
        )
