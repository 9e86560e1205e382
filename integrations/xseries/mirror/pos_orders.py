"""Purchase orders as they stand in the POS: ours, and those that somebody entered there.

What happened to ours is acted upon in `following`, which asks these rows.
"""

from collections.abc import Sequence

from django.utils import timezone

from integrations.engine import Job
from integrations.models import PosOrder
from integrations.xseries.client import XSeriesClient
from integrations.xseries.mirror.feeds import Feed, upsert
from integrations.xseries.payloads import RemoteConsignment, reference_key

COLUMNS = [
    "reference",
    "reference_key",
    "name",
    "status",
    "supplier_remote_id",
    "outlet_remote_id",
    "due_at",
    "created_there",
    "received_at",
    "deleted_at",
    "version",
]


def consignment_feed(job: Job, client: XSeriesClient) -> Feed[RemoteConsignment]:
    """The feed of this module."""
    return Feed(
        "consignments",
        client.consignments_after,
        lambda rows: take_orders(job, rows),
        sweep=lambda: _bury_unseen(job),
    )


def _bury_unseen(job: Job) -> None:
    rows = PosOrder.objects.filter(connection=job.connection, version=0, deleted_at=None)
    rows.update(deleted_at=timezone.now())


def take_orders(job: Job, rows: Sequence[RemoteConsignment]) -> None:
    """Upsert a page of consignments; those of other types than SUPPLIER are left out.

    Which of our orders a row belongs to, and as which part, is never touched here.
    """
    wanted = [row for row in rows if row.is_purchase_order]
    held = {
        order.remote_id: order
        for order in PosOrder.objects.filter(
            connection=job.connection, remote_id__in=[row.remote_id for row in wanted]
        )
    }
    fresh, kept = [], []
    for row in wanted:
        order = held.get(row.remote_id)
        if order is None and row.deleted_at is None:
            fresh.append(_filled(PosOrder(connection=job.connection), row))
        elif order is not None and row.version > order.version:
            kept.append(_filled(order, row))
    PosOrder.objects.bulk_create(fresh, batch_size=500)
    upsert(PosOrder, kept, COLUMNS)


def _filled(order: PosOrder, row: RemoteConsignment) -> PosOrder:
    order.remote_id = row.remote_id
    order.reference, order.reference_key = row.reference, reference_key(row.reference)
    order.name, order.status = row.name, row.status
    order.supplier_remote_id, order.outlet_remote_id = row.supplier_id, row.outlet_id
    order.due_at, order.created_there = row.due_at, row.created_at
    order.received_at, order.deleted_at = row.received_at, row.deleted_at
    order.version = row.version
    return order
