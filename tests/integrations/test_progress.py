"""What a person reads while an order is written, and when the one who writes has died."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations import pace
from integrations.models import Connection, Lane, SendPlan, SyncTask
from integrations.sending.progress import progress_of
from purchasing.models import PurchaseOrder
from retailers.models import Retailer
from tests.factories import ConnectionFactory, LaneFactory, PurchaseOrderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(in_shop: Retailer) -> PurchaseOrder:
    """An order of which a worker has just begun to write the first thing."""
    pos = ConnectionFactory(
        retailer=in_shop, system=Connection.System.XSERIES, domain_prefix="alder"
    )
    now = timezone.now()
    LaneFactory(connection=pos, claimed_by="shed:7", claim_until=now + lease())
    order: PurchaseOrder = PurchaseOrderFactory(
        retailer=in_shop, status=PurchaseOrder.Status.SENDING
    )
    SendPlan.objects.create(retailer=in_shop, order=order, connection=pos, summary={"groups": []})
    SyncTask.objects.create(
        retailer=in_shop,
        connection=pos,
        subject=f"send-order:{order.pk}",
        not_before=now,
        claimed_at=now,
        claimed_fence=1,
    )
    return order


def lease() -> timedelta:
    return pace.wait(pace.LEASE_SECONDS)


def silent_for(seconds: float) -> None:
    """The lease as it stands when nobody renewed it for so long."""
    Lane.objects.update(claim_until=timezone.now() + lease() - pace.wait(seconds))


def test_a_worker_at_work_is_no_news(order: PurchaseOrder) -> None:
    silent_for(pace.READ_SECONDS)
    progress = progress_of(order)
    assert progress is not None
    assert (progress.waits_until, progress.wait_text) == (None, "")


@pytest.mark.parametrize("seconds", [pace.DEADLINE_SECONDS + 5, pace.LEASE_SECONDS + 20])
def test_g1_a_worker_that_died_is_said_and_when_it_goes_on(
    order: PurchaseOrder, seconds: float
) -> None:
    silent_for(seconds)
    progress = progress_of(order)
    assert progress is not None
    assert "another takes over by itself" in progress.wait_text
    assert progress.waits_until >= timezone.now() - timedelta(seconds=5)
    assert not progress.is_over
