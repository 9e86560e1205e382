"""The list of orders and one order, as Ana, Ben, Vic and Cleo see them. Numbers: edge cases."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from purchasing.models import OrderChange, PurchaseOrder
from retailers.formatting import money
from retailers.models import Event, tell
from retailers.scope import acting_for
from tests.factories import PurchaseOrderFactory, SupplierFactory
from tests.purchasing.orders import Desk

pytestmark = pytest.mark.django_db
Status = PurchaseOrder.Status


@pytest.fixture
def desk(in_shop: Any) -> Desk:
    return Desk(in_shop)


def listed(browser: Any, **query: Any) -> str:
    return str(browser.get(reverse("orders"), query).content.decode())


def test_tabs_and_filters_live_in_the_address(desk, ana, as_user):
    browser = as_user(ana)
    other = SupplierFactory(retailer=desk.shop, name="Northlight")
    for number, status, supplier in (
        ("A-1", Status.TO_REVIEW, desk.supplier),
        ("A-2", Status.ON_ORDER, other),
        ("A-3", Status.WATCHING, desk.supplier),
        ("A-4", Status.RECEIVED, other),
    ):
        PurchaseOrderFactory(retailer=desk.shop, number=number, status=status, supplier=supplier)
    page = listed(browser)
    assert "A-1" in page
    assert "A-2" in page
    assert "A-4" not in page
    assert "A-3" in listed(browser, tab="brand")
    assert "A-4" in listed(browser, tab="done")
    assert "A-1" not in listed(browser, supplier=other.pk)
    found = listed(browser, tab="all", q="A-4")
    assert "A-4" in found
    assert "A-2" not in found


def test_who_may_not_see_costs_reads_none_in_the_story_either(desk, ana, ben, as_user):
    said = f"40 lines, 72 units, {money(Decimal('2777.75'), 'USD')}."
    order = PurchaseOrderFactory(
        retailer=desk.shop,
        status=Status.ON_ORDER,
        supplier=desk.supplier,
        problems=[{"code": "sum", "text": f"They say {money(1234, 'USD')}.", "blocks": False}],
    )
    OrderChange.objects.create(
        retailer=desk.shop, order=order, text=f"Now {money(Decimal('-0.5'), 'USD')}."
    )
    tell(order, "came", said)
    address = reverse("order", args=[order.pk])
    seen, covered = (as_user(who).get(address).content.decode() for who in (ana, ben))
    for amount in ("2,777.75", "1,234.00", "0.50"):
        assert amount in seen
        assert amount not in covered
    assert "40 lines, 72 units, (amount not shown)." in covered


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "zzz"},
        {"after": "99999999999999999999"},
        {"supplier": "x"},
        {"q": "\0'%_"},
        {"arrives": "never"},
    ],
)
def test_nonsense_in_the_address_is_left_out(desk, ana, as_user, query):
    assert as_user(ana).get(reverse("orders"), query).status_code == 200


def test_pages_are_by_key_and_lose_no_order(desk, ana, as_user):
    browser = as_user(ana)
    orders = [
        PurchaseOrderFactory(retailer=desk.shop, supplier=desk.supplier, number=f"N-{n:03d}")
        for n in range(60)
    ]
    first = listed(browser)
    second = listed(browser, before=orders[60 - 50 + 1].pk)
    seen = [order.number for order in orders if order.number in first or order.number in second]
    assert len(seen) == 60


def test_orders_are_handled_elsewhere_in_bulk_and_brought_back(desk, ana, as_user):
    browser = as_user(ana)
    written = PurchaseOrderFactory(
        retailer=desk.shop, supplier=desk.supplier, status=Status.ON_ORDER
    )
    fresh = desk.order
    path = reverse("orders-elsewhere")
    browser.post(path, {"order": [fresh.pk, written.pk, "nonsense"]})
    fresh.refresh_from_db()
    written.refresh_from_db()
    assert (fresh.status, written.status) == (Status.ELSEWHERE, Status.ON_ORDER)
    assert Event.objects.about(fresh).first().actor == ana
    browser.post(path, {"order": [fresh.pk], "back": "1"})
    fresh.refresh_from_db()
    assert fresh.status == Status.TO_REVIEW


def test_one_order_shows_facts_problems_and_its_story(desk, ana, as_user):
    desk.ordered("TT-1", "Moss", "M", name="Wax Jacket", unit_cost=Decimal("24.00"))
    desk.order.buyer_name = "Ines"
    desk.order.customer_po = "AQ-77"
    desk.order.ship_start = timezone.localdate()
    desk.order.ship_end = timezone.localdate() + timedelta(days=3)
    desk.order.problems = [{"code": "x", "text": "Totals differ by 0.02", "blocks": False}]
    desk.order.save()
    Event.objects.create(subject=f"order:{desk.order.pk}", verb="taken_in", text="It came")
    page = as_user(ana).get(reverse("order", args=[desk.order.pk])).content.decode()
    for words in ("Ines", "AQ-77", "Wax Jacket", "Totals differ by 0.02", "It came", "144.00"):
        assert words in page
    assert reverse("order-sync", args=[desk.order.pk]) in page


def test_receivers_see_no_costs_and_viewers_do_not_act(desk, ben, vic, as_user):
    desk.ordered(unit_cost=Decimal("24.13"))
    PurchaseOrder.objects.update(cost=Decimal("144.78"), units=6)
    for path in (reverse("orders"), reverse("order", args=[desk.order.pk])):
        page = as_user(ben).get(path).content.decode()
        assert "144.78" not in page
        assert "24.13" not in page
        assert "144.78" in as_user(vic).get(path).content.decode()
    for person in (ben, vic):
        assert as_user(person).post(reverse("orders-elsewhere")).status_code == 403


def test_106_another_shops_orders_are_not_there(cleo, desk, as_user):
    desk.order.number = "SECRET-1"
    desk.order.save()
    browser = as_user(cleo)
    assert "SECRET-1" not in listed(browser, tab="all")
    assert "No order here matches" in listed(browser, tab="all", q="SECRET-1")
    assert browser.get(reverse("order", args=[desk.order.pk])).status_code == 404
    browser.post(reverse("orders-elsewhere"), {"order": [desk.order.pk]})
    with acting_for(desk.shop):
        desk.order.refresh_from_db()
    assert desk.order.status == Status.TO_REVIEW
