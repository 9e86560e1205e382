"""How many statements a whole request takes, at 10, 200 and 1,000 lines: never more for more.

Session, sign-in, shop and navigation are counted too. When a count is over, the statements are
printed: look for the one that comes once a line.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import Barcode
from catalog.search import find_products
from integrations.models import Connection, SyncTask
from purchasing.models import Delivery, OrderLine, PurchaseOrder
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.bench.orders import UNITS_A_LINE, order_of
from tests.factories import ConnectionFactory, LaneFactory, PurchaseOrderFactory, SupplierFactory

pytestmark = pytest.mark.django_db
Status = PurchaseOrder.Status
SIZES = (10, 200, 1000)


@pytest.fixture
def till(shop: Retailer) -> Connection:
    """A connected POS, so that what a booking asks of it is counted too."""
    pos = ConnectionFactory(retailer=shop, system=Connection.System.XSERIES)
    LaneFactory(connection=pos)
    return pos


def statements(act: Callable[[], Any], most: int) -> int:
    """How many statements `act` takes; fails with their text when there are more than `most`."""
    with CaptureQueriesContext(connection) as taken:
        act()
    texts = [query["sql"][:300] for query in taken if not _is_frame(query["sql"])]
    assert len(texts) <= most, "\n".join(texts)
    return len(texts)


def _is_frame(sql: str) -> bool:
    """The frames that the test's own transaction adds to a transaction of the app."""
    return sql.split(" ", maxsplit=1)[0] in ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def got(client: Client, address: str, status: int = 200) -> bytes:
    answer = client.get(address)
    assert answer.status_code == status, answer
    return answer.content


def same_for_all(count: Callable[[int], int]) -> int:
    """The count, which has to be the same at every size."""
    counts = [count(size) for size in SIZES]
    assert len(set(counts)) == 1, dict(zip(SIZES, counts, strict=True))
    return counts[0]


def test_the_order_page_shows_all_lines_in_12(shop: Retailer, ana: User, as_user: Any) -> None:
    client = as_user(ana)

    def count(lines: int) -> int:
        order = order_of(shop, lines)
        address = reverse("order", args=[order.pk])
        page = got(client, address).decode()
        for line in (0, lines // 2, lines - 1):
            assert f"{order.number}-{line // 10}" in page
        return statements(lambda: got(client, address), 12)

    same_for_all(count)


def test_opening_an_order_also_asks_the_brand_once(
    shop: Retailer, ana: User, as_user: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """The order is read again soon: a task is written, once, and the page stays as cheap."""
    client, portal = as_user(ana), ConnectionFactory(retailer=shop)
    LaneFactory(connection=portal)
    order = order_of(shop, 200)
    with acting_for(shop):
        PurchaseOrder.objects.filter(pk=order.pk).update(source=f"nuorder:{portal.pk}")
    address = reverse("order", args=[order.pk])
    statements(lambda: got(client, address), 17)
    with acting_for(shop):
        assert SyncTask.objects.get().subject == f"read-order:{order.source_key}"
    statements(lambda: got(client, address), 12)
    with acting_for(shop):
        SyncTask.objects.all().delete()
        PurchaseOrder.objects.filter(pk=order.pk).update(read_at=timezone.now())
    statements(lambda: got(client, address), 12)
    with acting_for(shop):
        assert not SyncTask.objects.exists()


def test_the_receiver_s_page_costs_the_same(shop: Retailer, ben: User, as_user: Any) -> None:
    """Whether Ben may see costs is a rule of the shop, read with his membership."""
    address = reverse("order", args=[order_of(shop, 200).pk])
    client = as_user(ben)
    assert b"24.00" not in got(client, address)
    statements(lambda: got(client, address), 12)


def test_the_list_shows_50_orders_in_8(shop: Retailer, ana: User, as_user: Any) -> None:
    client = as_user(ana)

    def count(orders: int) -> int:
        for _ in range(orders):
            PurchaseOrderFactory(retailer=shop, supplier=SupplierFactory(retailer=shop))
        return statements(lambda: got(client, reverse("orders")), 8)

    assert len({count(3), count(40), count(60)}) == 1
    assert got(client, reverse("orders")).count(b'class="orders__row') >= 0
    searched = reverse("orders") + "?tab=all&q=41&arrives=late"
    statements(lambda: got(client, searched), 9)


def test_receiving_all_of_it_takes_30(
    shop: Retailer, ben: User, as_user: Any, till: Connection
) -> None:
    """Two presses: everything came, book it; the redirects they answer with are pages apart."""
    client = as_user(ben)

    def count(lines: int) -> int:
        order = order_of(shop, lines)

        def both() -> None:
            for name in ("receive-all", "receive-book"):
                answer = client.post(reverse(name, args=[order.pk]), {"remainder": "follow_up"})
                assert answer.status_code == 302

        taken = statements(both, 30)
        with acting_for(shop):
            order.refresh_from_db()
            assert order.status == Status.RECEIVED
            assert order.units_received == lines * UNITS_A_LINE
            assert not OrderLine.objects.filter(order=order).exclude(received=UNITS_A_LINE).exists()
            assert SyncTask.objects.filter(
                subject=f"receive:{Delivery.objects.get(order=order).pk}"
            ).exists()
        return taken

    same_for_all(count)


def test_the_page_of_counting_is_constant(shop: Retailer, ben: User, as_user: Any) -> None:
    client = as_user(ben)

    def count(lines: int) -> int:
        address = reverse("receive", args=[order_of(shop, lines).pk])
        return statements(lambda: got(client, address), 14)

    same_for_all(count)


def test_a_scan_is_constant(shop: Retailer, ben: User, as_user: Any) -> None:
    client = as_user(ben)

    def count(lines: int) -> int:
        order = order_of(shop, lines)
        with acting_for(shop):
            code = Barcode.objects.filter(variant__sku=f"{order.number}-{lines - 1:05d}").get().code
        address = reverse("receive-scan", args=[order.pk])
        client.post(address, {"code": code})
        return statements(lambda: client.post(address, {"code": code}), 24)

    same_for_all(count)


def test_an_exact_barcode_is_found_in_3(in_shop: Retailer) -> None:
    """In any spelling, whatever the size of the shop."""
    for lines in SIZES:
        order = order_of(in_shop, lines)
        code = Barcode.objects.filter(variant__sku=f"{order.number}-00000").get().code
        for spelling in (code, f"0{code}", f" {code}"):
            assert len(find_products(spelling)) == 1
            statements(lambda: find_products(spelling), 3)  # noqa: B023 - called at once


def test_the_plan_is_constant(shop: Retailer, ana: User, as_user: Any, till: Connection) -> None:
    client = as_user(ana)

    def count(lines: int) -> int:
        order = order_of(shop, lines, status=Status.APPROVED)
        address = reverse("plan", args=[order.pk])
        page = got(client, address).decode()
        assert f"{lines * UNITS_A_LINE:,} units" in page or f"{lines * UNITS_A_LINE} units" in page
        return statements(lambda: got(client, address), 24)

    same_for_all(count)


def test_the_review_is_constant(shop: Retailer, ana: User, as_user: Any) -> None:
    client = as_user(ana)

    def count(lines: int) -> int:
        order = order_of(shop, lines, status=Status.TO_REVIEW)
        address = reverse("review", args=[order.pk])
        return statements(lambda: got(client, address), 24)

    same_for_all(count)


def test_a_typed_count_answers_with_the_sums_alone(shop: Retailer, ben: User, as_user: Any) -> None:
    """Of a thousand lines on the page one was typed into: only the tally is drawn again."""
    order = order_of(shop, 1000)
    with acting_for(shop):
        line = order.lines.first()
        assert line is not None
        pk = line.pk
    answer = as_user(ben).post(
        reverse("receive-count", args=[order.pk]),
        {f"kept-{pk}": "4"},
        headers={"HX-Request": "true", "HX-Target": "tally"},
    )
    page = answer.content.decode()
    assert 'id="tally"' in page and 'name="kept-' not in page
    assert "of 6,000 units" in " ".join(page.split()).replace("\xa0", " ")
