"""A NUL in what somebody sends is left out: PostgreSQL would refuse the text, SQLite cut it off."""

from typing import Any

import pytest
from django.urls import reverse

from purchasing.models import PurchaseOrder
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.bench.orders import order_of

pytestmark = pytest.mark.django_db
PAGES = ["orders", "receiving", "products", "suppliers", "find"]


@pytest.mark.parametrize("name", PAGES)
def test_a_search_goes_on_without_it(shop: Retailer, ana: User, as_user: Any, name: str) -> None:
    order_of(shop, 10, number="41777")
    page = as_user(ana).get(reverse(name), query_params={"q": "41\x00777"})
    assert page.status_code == 200
    if name in ("orders", "receiving", "find"):
        assert b"41777" in page.content


def test_a_scan_goes_on_without_it(shop: Retailer, ben: User, as_user: Any) -> None:
    order = order_of(shop, 10)
    answer = as_user(ben).post(
        reverse("receive-scan", args=[order.pk]), {"code": f"{order.number}\x00-00003"}
    )
    assert answer.status_code == 200
    with acting_for(shop):
        [counted] = PurchaseOrder.objects.get().deliveries.get().lines.all()
        assert counted.kept == 1
        assert counted.line.position == 3


def test_the_name_of_a_field_too(shop: Retailer, ben: User, as_user: Any) -> None:
    order = order_of(shop, 10)
    with acting_for(shop):
        line = order.lines.first()
        assert line is not None
        pk = line.pk
    address = reverse("receive-count", args=[order.pk])
    assert as_user(ben).post(address, {f"kept-\x00{pk}": "4\x00"}).status_code == 302
    with acting_for(shop):
        assert order.deliveries.get().lines.get().kept == 4
