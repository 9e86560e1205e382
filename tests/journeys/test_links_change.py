"""Products and links change after an order was written; what was bought stays what was bought."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Variant
from integrations.models import RemoteLink
from purchasing import receiving
from purchasing.models import Decision, Delivery, PurchaseOrder, SupplierItem
from retailers.models import User
from retailers.scope import acting_for
from tests.town import Town

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def written(small_town: Town, ana: User) -> PurchaseOrder:
    """An order of four sizes in the POS."""
    order = small_town.send(small_town.write_order(lines=4, families=1), by=ana)
    small_town.settle()
    assert order.status == PurchaseOrder.Status.ON_ORDER
    return order


def relink(town: Town, order: PurchaseOrder, by: User) -> tuple[SupplierItem, int, Variant]:
    """Olga links the first size to another product of the shop, by hand, after the order."""
    with acting_for(town.shop):
        line = order.lines.select_related("item").first()
        assert line is not None
        item = line.item
        before = item.variant_id
        assert before is not None
        ordered = order.lines.values("item__variant")
        other = Variant.objects.filter(deleted_at=None).exclude(pk__in=ordered).first()
        assert other is not None
        item.link(other, by=by, at=timezone.now())
        item.save()
        return item, before, other


def remote_of(town: Town, variant: int) -> str:
    with acting_for(town.shop):
        link = RemoteLink.objects.get(connection=town.till, kind="product", local_id=variant)
        return str(link.remote_id)


def moved(town: Town) -> dict[str, Decimal]:
    """Stock that rose, by POS product."""
    found: dict[str, Decimal] = {}
    for effect in town.pos.effects("stock_moved"):
        product = effect.get("product") or effect["subject"]
        found[product] = found.get(product, Decimal(0)) + Decimal(str(effect["delta"]))
    return found


def test_edge_111_goods_of_an_old_order_are_booked_on_what_was_bought(
    small_town: Town, written: PurchaseOrder, owner: User, ben: User
) -> None:
    """The size is linked to another product today; the order in the POS holds the old one."""
    item, before, other = relink(small_town, written, owner)
    with acting_for(small_town.shop):
        delivery = receiving.begin(written, by=ben)
        receiving.all_arrived(delivery, by=ben)
        receiving.book(delivery, remainder=Delivery.Remainder.FOLLOW_UP, by=ben)
        ordered = sum(line.quantity for line in written.lines.filter(item=item))
    small_town.work()
    small_town.settle()
    assert small_town.troubles() == []
    stock = moved(small_town)
    assert stock[remote_of(small_town, before)] == ordered
    assert remote_of(small_town, other.pk) not in stock


def test_edge_111_a_scan_counts_the_product_that_was_bought(
    small_town: Town, written: PurchaseOrder, owner: User, ben: User
) -> None:
    item, before, other = relink(small_town, written, owner)
    with acting_for(small_town.shop):
        delivery = receiving.begin(written, by=ben)
        old = Variant.objects.get(pk=before)
        assert receiving.scan(delivery, old.sku, by=ben).kind == "counted"
        assert receiving.scan(delivery, other.sku, by=ben).kind == "in_shop"
        assert delivery.lines.get().line.item == item


def test_edge_111_received_at_the_till_follows_what_was_bought(
    small_town: Town, written: PurchaseOrder, owner: User
) -> None:
    relink(small_town, written, owner)
    [head] = small_town.pos_orders(written.number)
    entries = [
        {"product_id": line["product_id"], "received": line["count"]}
        for line in small_town.pos_lines(head["id"])
    ]
    small_town.pos.ok("POST", f"/consignments/{head['id']}/bulk", entries)
    small_town.pos.ok("PUT", f"/consignments/{head['id']}", head | {"status": "RECEIVED"})
    small_town.mirror()
    order = small_town.order(written.number)
    assert order.status == PurchaseOrder.Status.RECEIVED
    with acting_for(small_town.shop):
        assert [line.received for line in order.lines.all()] == [
            line.quantity for line in order.lines.all()
        ]


def test_edge_111_the_pages_of_an_old_order_show_what_was_bought(
    small_town: Town, written: PurchaseOrder, owner: User, as_user: Any
) -> None:
    item, before, other = relink(small_town, written, owner)
    with acting_for(small_town.shop):
        decision = Decision.objects.get(order=written, item=item)
        assert decision.variant_id == before
    for name in ("order", "receive"):
        page = as_user(owner).get(reverse(name, args=[written.pk])).content.decode()
        assert item.name in page
        assert other.product.name not in page
