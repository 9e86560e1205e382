"""Two people at once: whatever the interleaving, the counts and the booking agree.

On SQLite a transaction waits for the one before it; on PostgreSQL both run, and only locked rows
keep them apart. Run with DATABASE_URL to prove the latter.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from purchasing import receiving
from purchasing.errors import OrderError
from purchasing.models import Delivery, OrderLine, PurchaseOrder
from purchasing.receiving import Count
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.bench.orders import UNITS_A_LINE, order_of

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8
FOLLOW_UP = Delivery.Remainder.FOLLOW_UP


def at_once(shop: Retailer, *acts: Callable[[], Any]) -> list[str]:
    """Do these things in threads that start together; each one's complaint, or ""."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            with acting_for(shop):
                start.wait(timeout=30)
                act()
        except OrderError as error:
            return str(error)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def counted(shop: Retailer, number: int, by: User) -> tuple[PurchaseOrder, Delivery]:
    """An order of ten lines of which everything is counted."""
    order = order_of(shop, 10, number=f"race-{number}")
    with acting_for(shop):
        delivery = receiving.begin(order, by=by)
        receiving.all_arrived(delivery, by=by)
    return order, delivery


def received(shop: Retailer, order: PurchaseOrder) -> int:
    with acting_for(shop):
        return sum(OrderLine.objects.filter(order=order).values_list("received", flat=True))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_bookings_are_one(shop: Retailer, ana: User, ben: User, number: int) -> None:
    order, delivery = counted(shop, number, ben)

    def book(by: User) -> Callable[[], None]:
        mine = Delivery(**{f.attname: getattr(delivery, f.attname) for f in Delivery._meta.fields})
        return lambda: receiving.book(mine, remainder=FOLLOW_UP, by=by)

    complaints = at_once(shop, book(ana), book(ben))
    assert sorted(bool(one) for one in complaints) == [False, True]
    assert received(shop, order) == 10 * UNITS_A_LINE


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_count_is_in_the_booking_or_refused(
    shop: Retailer, ana: User, ben: User, number: int
) -> None:
    """Ana lowers a count while Ben books: what was booked is what the delivery says."""
    order, delivery = counted(shop, number, ben)
    with acting_for(shop):
        line = order.lines.order_by("position").values_list("pk", flat=True)[0]
        hers, his = (Delivery.objects.select_related("order").get(pk=delivery.pk) for _ in "12")
    complaint, none = at_once(
        shop,
        lambda: receiving.set_counts(hers, {line: Count(kept=1)}, by=ana),
        lambda: receiving.book(his, remainder=FOLLOW_UP, by=ben),
    )
    assert none == ""
    with acting_for(shop):
        says = sum(delivery.lines.values_list("kept", flat=True))
    whole = 10 * UNITS_A_LINE
    assert says == (whole if complaint else whole - UNITS_A_LINE + 1)
    assert received(shop, order) == says


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_who_begin_count_the_same_delivery(
    shop: Retailer, ana: User, ben: User, number: int
) -> None:
    order = order_of(shop, 10, number=f"race-{number}")
    complaints = at_once(
        shop, *(lambda by=by: receiving.begin(order, by=by) for by in (ana, ben, ana))
    )
    assert complaints == ["", "", ""]
    with acting_for(shop):
        assert order.deliveries.count() == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_scans_of_two_people_all_count(shop: Retailer, ana: User, ben: User, number: int) -> None:
    order = order_of(shop, 10, number=f"race-{number}")
    with acting_for(shop):
        delivery = receiving.begin(order, by=ben)
    sku = f"{order.number}-00004"

    def scan(by: User) -> Callable[[], None]:
        def three() -> None:
            mine = Delivery.objects.select_related("order").get(pk=delivery.pk)
            for _ in range(3):
                receiving.scan(mine, sku, by=by)

        return three

    assert at_once(shop, scan(ana), scan(ben)) == ["", ""]
    with acting_for(shop):
        assert delivery.lines.get().kept == 6
