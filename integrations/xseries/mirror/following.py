"""Our orders that moved at the till: received, cancelled or deleted there (edge cases 91, 92).

The POS owns what was received, so we follow and never receive again. Nothing is remembered between
runs: an order needs following while the POS says one thing and ours still another. What our own
tasks are writing is left to them; their journal says how it ended.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.engine import Job
from integrations.models import PosOrder, RemoteLink
from integrations.xseries.client import XSeriesClient
from integrations.xseries.payloads import RemoteConsignmentLine
from purchasing.models import Delivery, DeliveryLine, OrderLine, PurchaseOrder
from purchasing.receiving import expected_lines
from retailers.models import Event, subject_of, tell

Status = PurchaseOrder.Status
EXPECTING = (Status.ON_ORDER, Status.PART_RECEIVED)
GONE_VERB = "gone_in_pos"


def follow_pos_orders(job: Job, client: XSeriesClient) -> None:
    """Let our orders follow what happened to them in the POS; safe to run at any time."""
    ours = PosOrder.objects.filter(
        connection=job.connection, order__status__in=EXPECTING
    ).select_related("order")
    for pos in ours.filter(Q(status="CANCELLED") | Q(deleted_at__isnull=False)):
        _gone(job, pos)
    for pos in _received_there(ours):
        job.keep_going()
        _received(job, pos, client.consignment_lines(pos.remote_id))


def _received_there(ours: "QuerySet[PosOrder]") -> list[PosOrder]:
    """Received in the POS, and by no delivery of ours: delivery n closes part n."""
    by_us = Delivery.objects.filter(order=OuterRef("order"), number=OuterRef("part")).exclude(
        state=Delivery.State.COUNTING
    )
    return list(ours.filter(~Exists(by_us), status="RECEIVED", deleted_at=None))


def _gone(job: Job, pos: PosOrder) -> None:
    """Say once that it is gone there; recreating or closing it is for a person to choose."""
    order = pos.order
    assert order is not None  # noqa: S101 - the query joins it
    told = Event.objects.filter(
        subject=subject_of(order), verb=GONE_VERB, facts__pos_order=pos.remote_id
    )
    if told.exists():
        return
    words = (
        _("Order %(reference)s was deleted in Lightspeed. Recreate it there, or close it here.")
        if pos.deleted_at is not None
        else _("Order %(reference)s was cancelled in Lightspeed. Recreate it, or close it here.")
    )
    with job.writing():
        tell(order, GONE_VERB, words % {"reference": pos.reference}, pos_order=pos.remote_id)


def _received(job: Job, pos: PosOrder, remote: Iterable[RemoteConsignmentLine]) -> None:
    """Book what was received there as a delivery of ours, already in the POS."""
    order = pos.order
    assert order is not None  # noqa: S101 - the query joins it
    units = {line.product_id: int(line.received) for line in remote if line.received > 0}
    variants = _variants_of(job, units)
    with job.writing():
        lines = list(expected_lines(order))
        known = {variants[remote_id]: n for remote_id, n in units.items() if remote_id in variants}
        kept = _shared_out(lines, known)
        delivery = _delivery_of(order, pos)
        DeliveryLine.objects.bulk_create(
            [DeliveryLine(delivery=delivery, line_id=pk, kept=n) for pk, n in kept.items()]
        )
        for line in lines:
            line.received += kept.get(line.pk, 0)
        OrderLine.objects.bulk_update(lines, ["received"])
        ours = {line.bought for line in lines}  # type: ignore[attr-defined]
        strangers = len(units) - len(ours & known.keys())
        _move(order, lines, total=sum(kept.values()), strangers=strangers)


def _variants_of(job: Job, product_ids: Iterable[str]) -> dict[str, int]:
    links = RemoteLink.objects.filter(
        connection=job.connection, kind="product", remote_id__in=list(product_ids)
    )
    return dict(links.values_list("remote_id", "local_id"))


def _shared_out(lines: list[OrderLine], units: Mapping[int, int]) -> dict[int, int]:
    """Units by our line: each line of a variant up to what it expects, the rest on the last one."""
    by_variant: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        by_variant[line.bought].append(line)  # type: ignore[attr-defined]
    kept: dict[int, int] = {}
    for variant, came in units.items():
        left = came
        for line in by_variant.get(variant, ()):
            kept[line.pk] = min(left, line.outstanding)
            left -= kept[line.pk]
        if left and variant in by_variant:
            kept[by_variant[variant][-1].pk] += left
    return {pk: count for pk, count in kept.items() if count}


def _delivery_of(order: PurchaseOrder, pos: PosOrder) -> Delivery:
    """The delivery that closes this part; one that is being counted steps behind it."""
    counting = Delivery.objects.filter(order=order, number__gte=pos.part)
    if counting.filter(number=pos.part).exists():
        last = counting.aggregate(last=Max("number"))["last"]
        counting.filter(number=pos.part).update(number=last + 1)
    now = timezone.now()
    return Delivery.objects.create(
        order=order,
        number=pos.part,
        state=Delivery.State.WRITTEN,
        note=_("Received in Lightspeed."),
        booked_at=pos.received_at or now,
        written_at=now,
    )


def _move(order: PurchaseOrder, lines: list[OrderLine], *, total: int, strangers: int) -> None:
    """The order's state follows its lines; the rest of a part has no order in the POS any more."""
    whole = not any(line.outstanding for line in lines)
    text = _("Received in Lightspeed: %(units)d units.") % {"units": total}
    if not whole:
        text += " " + _("The rest is on no order there: recreate it, or close the order short.")
    if strangers:
        text += " " + _("%d products that are not on this order came too.") % strangers
    order.move(
        EXPECTING,
        Status.RECEIVED if whole else Status.PART_RECEIVED,
        by=None,
        text=text,
        units_received=F("units_received") + total,
    )
