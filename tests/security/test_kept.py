"""What is kept of people and of the outside, and for how long."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations import tasks
from purchasing.models import OrderBody
from retailers.models import Retailer
from retailers.scope import acting_for, unscoped
from tests.factories import PurchaseOrderFactory

pytestmark = pytest.mark.django_db


def body(shop: Retailer, key: str, version: str, days: int) -> None:
    """One version of an order as it came, so many days ago."""
    with acting_for(shop):
        row = OrderBody.objects.create(
            order=PurchaseOrderFactory(retailer=shop),
            source="nuorder:1",
            source_key=key,
            digest=f"{key}{version}",
            body="{}",
        )
        OrderBody.objects.filter(pk=row.pk).update(
            received_at=timezone.now() - timedelta(days=days)
        )


def test_old_versions_of_an_order_are_forgotten_and_the_newest_stays(
    shop: Retailer, other_shop: Retailer
) -> None:
    """Buyers' names and letters stand in them: thirty days, and another shop's do not count."""
    for key, version, days in (
        ("a", "1", 90), ("a", "2", 40), ("a", "3", 35), ("b", "1", 400),
        ("c", "1", 20), ("c", "2", 10),
    ):  # fmt: skip
        body(shop, key, version, days)
    body(other_shop, "b", "9", 1)
    tasks.prune()
    with unscoped():
        kept = {row.digest for row in OrderBody.objects.all()}
    assert kept == {"a3", "b1", "c1", "c2", "b9"}
