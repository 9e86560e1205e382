"""The start date sets earlier orders aside, reversibly (what was entered by hand before us)."""

from datetime import UTC, datetime
from typing import Any

from purchasing.aside import bring_back
from purchasing.models import PurchaseOrder
from retailers.models import Retailer, User
from tests.factories import PurchaseOrderFactory

Status = PurchaseOrder.Status


def test_a_start_date_sets_earlier_orders_aside_and_they_can_come_back(
    in_shop: Retailer, owner: User, as_user: Any
) -> None:
    early: Any = PurchaseOrderFactory(
        retailer=in_shop, ordered_at=datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
    )
    late: Any = PurchaseOrderFactory(
        retailer=in_shop, ordered_at=datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
    )
    written: Any = PurchaseOrderFactory(
        retailer=in_shop,
        status=Status.ON_ORDER,
        ordered_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    page = as_user(owner).post(
        "/settings/shop/",
        {
            "name": in_shop.name,
            "timezone": in_shop.timezone,
            "language": in_shop.language,
            "start_date": "2026-03-01",
        },
    )
    assert page.status_code == 302
    for order in (early, late, written):
        order.refresh_from_db()
    # 4:00 UTC on 1 March is still 28 February in New York
    assert (early.status, late.status, written.status) == (
        Status.ELSEWHERE,
        Status.TO_REVIEW,
        Status.ON_ORDER,
    )
    assert bring_back([early.pk], by=owner) == 1
    early.refresh_from_db()
    assert early.status == Status.TO_REVIEW
