"""Our orders follow what somebody did with them at the till (edge cases 91, 92)."""

from collections.abc import Iterator

import pytest

from catalog.models import Variant
from integrations.models import PosOrder, RemoteLink
from integrations.xseries import sync
from purchasing.models import Delivery, OrderLine, PurchaseOrder
from retailers.models import Event, Retailer, subject_of
from tests.factories import OrderLineFactory, PurchaseOrderFactory, SupplierItemFactory
from tests.integrations.xseries_kit import Till, open_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(in_shop: Retailer, settings) -> Iterator[Till]:
    with open_till(in_shop, settings) as till:
        with till.job() as job:
            sync.mirror(job)
        yield till


@pytest.fixture
def order(till: Till, in_shop: Retailer) -> PurchaseOrder:
    """12 mugs in two ship windows (6 and 6) and 3 bowls; written to the POS, on order."""
    order = PurchaseOrderFactory(retailer=in_shop, status=PurchaseOrder.Status.ON_ORDER)
    mug, bowl = _variant(till, 1), _variant(till, 2)
    item = SupplierItemFactory(retailer=in_shop, supplier=order.supplier, variant=mug)
    other = SupplierItemFactory(retailer=in_shop, supplier=order.supplier, variant=bowl)
    OrderLineFactory(retailer=in_shop, order=order, item=item, key="a", position=1, quantity=6)
    OrderLineFactory(retailer=in_shop, order=order, item=item, key="b", position=2, quantity=6)
    OrderLineFactory(retailer=in_shop, order=order, item=other, key="c", position=3, quantity=3)
    _written(till, order)
    return order


def _variant(till: Till, number: int) -> Variant:
    link = RemoteLink.objects.get(kind="product", remote_id=till.id("product", number))
    return Variant.objects.get(pk=link.local_id)


def _written(till: Till, order: PurchaseOrder, part: int = 1) -> PosOrder:
    head = {
        "name": order.number,
        "type": "SUPPLIER",
        "status": "OPEN",
        "outlet_id": till.id("outlet"),
        "supplier_id": till.id("supplier"),
        "reference": order.number,
    }
    made = till.ok("POST", "/consignments", head)["data"]
    till.ok(
        "POST",
        f"/consignments/{made['id']}/bulk",
        [
            {"product_id": till.id("product", 1), "count": "12"},
            {"product_id": till.id("product", 2), "count": "3"},
        ],
    )
    till.ok("PUT", f"/consignments/{made['id']}", {"status": "SENT"})
    return PosOrder.objects.create(
        connection=till.connection,
        remote_id=made["id"],
        order=order,
        part=part,
        reference=order.number,
        status="SENT",
    )


def _received_there(till: Till, order: PurchaseOrder, **units: int) -> None:
    pos = PosOrder.objects.get(order=order)
    for name, count in units.items():
        product = till.id("product", {"mugs": 1, "bowls": 2}[name])
        path = f"/consignments/{pos.remote_id}/products/{product}"
        till.ok("PUT", path, {"received": str(count)})
    till.ok("PUT", f"/consignments/{pos.remote_id}", {"status": "RECEIVED"})


def mirrored(till: Till) -> None:
    with till.job() as job:
        sync.mirror(job)


def received(order: PurchaseOrder) -> dict[str, int]:
    return dict(OrderLine.objects.filter(order=order).values_list("key", "received"))


def test_what_the_till_received_is_received_here_and_never_again(till, order):
    """Edge case 91."""
    _received_there(till, order, mugs=12, bowls=3)
    mirrored(till)
    order.refresh_from_db()
    assert order.status == PurchaseOrder.Status.RECEIVED
    assert order.units_received == 15
    assert received(order) == {"a": 6, "b": 6, "c": 3}
    delivery = Delivery.objects.get(order=order)
    assert (delivery.state, delivery.number) == (Delivery.State.WRITTEN, 1)
    mirrored(till)
    assert received(order) == {"a": 6, "b": 6, "c": 3}
    assert Delivery.objects.filter(order=order).count() == 1


def test_a_short_receipt_there_leaves_ours_part_received(till, order):
    _received_there(till, order, mugs=8)
    mirrored(till)
    order.refresh_from_db()
    assert order.status == PurchaseOrder.Status.PART_RECEIVED
    assert received(order) == {"a": 6, "b": 2, "c": 0}
    story = Event.objects.filter(subject=subject_of(order)).latest("pk")
    assert "8 units" in story.text
    assert "close the order short" in story.text


def test_more_than_ordered_is_kept_on_the_last_line(till, order):
    _received_there(till, order, mugs=14, bowls=3)
    mirrored(till)
    assert received(order) == {"a": 6, "b": 8, "c": 3}


def test_what_our_own_delivery_wrote_is_not_followed(till, order):
    """Delivery n closes part n: while it is booked, its own task writes and tells."""
    Delivery.objects.create(order=order, number=1, state=Delivery.State.BOOKED)
    _received_there(till, order, mugs=12)
    mirrored(till)
    assert received(order) == {"a": 0, "b": 0, "c": 0}


def test_a_count_under_way_steps_behind_what_the_till_received(till, order, ben):
    counting = Delivery.objects.create(order=order, number=1, started_by=ben)
    _received_there(till, order, mugs=12, bowls=3)
    mirrored(till)
    counting.refresh_from_db()
    assert (counting.state, counting.number) == (Delivery.State.COUNTING, 2)
    assert received(order) == {"a": 6, "b": 6, "c": 3}


def test_a_run_that_died_before_following_is_made_good(till, order):
    """Nothing is remembered between runs but the two states themselves."""
    _received_there(till, order, mugs=12, bowls=3)
    with till.job() as job:
        sync.bring_up_to_date(job, ("consignments",))
    assert PosOrder.objects.get(order=order).status == "RECEIVED"
    assert received(order) == {"a": 0, "b": 0, "c": 0}
    mirrored(till)
    assert received(order) == {"a": 6, "b": 6, "c": 3}


@pytest.mark.parametrize("how", ["cancelled", "deleted"])
def test_an_order_that_is_gone_there_says_so_once(till, order, how):
    """Edge case 92: recreate or close is for a person; our order stays as it is."""
    pos = PosOrder.objects.get(order=order)
    if how == "cancelled":
        till.ok("PUT", f"/consignments/{pos.remote_id}", {"status": "CANCELLED"})
    else:
        till.ok("DELETE", f"/consignments/{pos.remote_id}")
    mirrored(till)
    mirrored(till)
    pos.refresh_from_db()
    order.refresh_from_db()
    assert pos.status == "CANCELLED" or pos.deleted_at is not None
    assert pos.order == order
    assert order.status == PurchaseOrder.Status.ON_ORDER
    (story,) = Event.objects.filter(subject=subject_of(order), verb="gone_in_pos")
    assert f"was {how} in Lightspeed" in story.text


def test_a_product_that_is_not_on_our_order_is_told(till, order):
    pos = PosOrder.objects.get(order=order)
    extra = till.ok("POST", "/products", {"name": "Gift Box", "sku": "GIFT1"})["data"][0]
    till.ok("POST", f"/consignments/{pos.remote_id}/products", {"product_id": extra, "count": "1"})
    till.ok("PUT", f"/consignments/{pos.remote_id}/products/{extra}", {"received": "1"})
    _received_there(till, order, mugs=12, bowls=3)
    mirrored(till)
    assert received(order) == {"a": 6, "b": 6, "c": 3}
    story = Event.objects.filter(subject=subject_of(order)).latest("pk")
    assert "1 products that are not on this order" in story.text
