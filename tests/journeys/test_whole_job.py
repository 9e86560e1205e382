"""The main job over real sockets: pulled, decided, planned, written, received, once."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from integrations.models import RemoteLink, RemoteStep
from purchasing import receiving
from purchasing.models import Decision, Delivery, PurchaseOrder
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.town import Town, town_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
Status = PurchaseOrder.Status
FIRST, LONG = "kestrel-lane", "marrow-bay"


@pytest.fixture
def town(shop: Retailer, settings: Any) -> Iterator[Town]:
    with town_for(shop, settings) as found:
        found.connect_pos()
        found.work()
        assert found.troubles() == []
        yield found


def test_a_first_order_goes_all_the_way(town: Town, ana: User, ben: User) -> None:
    """Every row of the order and product mappings is asked of the POS's own API."""
    town.connect_portal(FIRST)
    town.work()
    order = town.send(town.order("41940"), by=ana)
    assert town.troubles() == [] and town.waiting() == []
    assert order.status == Status.ON_ORDER
    [head] = town.pos_orders("41940")
    assert head["name"] == "AQ-S-40"
    assert head["due_at"].startswith(order.ship_end.isoformat())
    assert head["status"] == "SENT"
    assert head["type"] == "SUPPLIER"
    supplier = town.pos.ok("GET", f"/suppliers/{head['supplier_id']}")["data"]
    assert supplier["name"] == order.supplier.name
    lines = {line["product_id"]: line for line in town.pos_lines(head["id"])}
    with acting_for(town.shop):
        ours = list(order.lines.select_related("item__variant__product__brand"))
        remotes = dict(
            RemoteLink.objects.filter(connection=town.till, kind="product").values_list(
                "local_id", "remote_id"
            )
        )
    assert len(lines) == len(ours) == 40
    for line in ours:
        there = lines[remotes[line.item.variant_id]]
        assert Decimal(there["count"]) == line.quantity
        assert Decimal(there["cost"]) == line.unit_cost
        product = town.pos.ok("GET", f"/products/{there['product_id']}")["data"]
        assert product["name"] == line.item.variant.product.name
        assert line.item.code in {code["code"] for code in product["product_codes"]}
        assert Decimal(str(product["price_excluding_tax"])) == line.msrp
        [row] = product["product_suppliers"]
        assert Decimal(str(row["price"])) == line.unit_cost
        options = [option["value"] for option in product["variant_options"]]
        assert row["code"] == "-".join([line.item.style_number, *options])
        assert row["supplier_id"] == head["supplier_id"]
    pictures = town.pos.control("GET", "/ledger").json()["effects"]
    uploaded = [effect for effect in pictures if effect["kind"] == "image_uploaded"]
    assert len(uploaded) == 8

    stock_before = _stock(town, lines)
    with acting_for(town.shop):
        delivery = receiving.begin(order, by=ben)
        first = ours[:10]
        receiving.set_counts(
            delivery,
            {line.pk: receiving.Count(kept=line.quantity) for line in first},
            by=ben,
        )
        receiving.book(delivery, remainder=Delivery.Remainder.FOLLOW_UP, by=ben)
    town.work()
    assert town.troubles() == [] and town.waiting() == []
    [head] = town.pos_orders("41940")
    assert head["status"] == "RECEIVED"
    [rest] = town.pos_orders("41940/2")
    assert rest["status"] == "SENT"
    order = town.order("41940")
    assert order.status == Status.PART_RECEIVED

    with acting_for(town.shop):
        delivery = receiving.begin(order, by=ben)
        receiving.all_arrived(delivery, by=ben)
        receiving.book(delivery, remainder=Delivery.Remainder.FOLLOW_UP, by=ben)
    town.work()
    assert town.troubles() == [] and town.waiting() == []
    assert town.order("41940").status == Status.RECEIVED
    [rest] = town.pos_orders("41940/2")
    assert rest["status"] == "RECEIVED"
    assert town.pos_orders("41940/3") == []
    after = _stock(town, lines)
    for line in ours:
        product = remotes[line.item.variant_id]
        assert after[product] - stock_before[product] == line.quantity
    moved = town.pos.effects("stock_moved")
    assert sum(Decimal(str(effect["delta"])) for effect in moved) == sum(
        line.quantity for line in ours
    )


def _stock(town: Town, products: Any) -> dict[str, Decimal]:
    levels: dict[str, Decimal] = {}
    for product in products:
        rows = town.pos.ok("POST", "/inventory", {"product_id": product})
        levels[product] = sum(
            (Decimal(str(row["current_inventory_level"])) for row in rows), Decimal(0)
        )
    return levels


def test_the_next_order_of_that_brand_needs_no_decision(town: Town, ana: User) -> None:
    town.connect_portal(FIRST)
    town.work()
    town.send(town.order("41940"), by=ana)
    town.nuorder.control("release", {"name": "repeat_40"})
    town.pull(FIRST)
    order = town.order("42177")
    with acting_for(town.shop):
        bins = set(order.decisions.values_list("bin", "rule"))
    assert {bin_ for bin_, _rule in bins} == {Decision.Bin.CERTAIN}


def test_240_lines_in_30_families_cost_few_calls(town: Town, ana: User) -> None:
    """At most 1.10 x the reference count of calls, pictures included, and no 429."""
    town.connect_portal(LONG)
    town.work()
    before = len(town.calls())
    order = town.send(town.order("41502"), by=ana)
    calls = town.calls()[before:]
    assert order.status == Status.ON_ORDER
    assert town.waiting() == []
    assert not [call for call in calls if call["status"] == 429]
    with acting_for(town.shop):
        kinds = list(RemoteStep.objects.filter(order=order).values_list("kind", flat=True))
    assert kinds.count("family") == 30 and kinds.count("image") == 30
    extra = sum(kinds.count(kind) for kind in ("supplier", "brand", "attribute"))
    floor = extra + 30 + 30 + 1 + 1
    reference = floor + 4 + 1 + 1
    assert len(calls) <= 1.10 * reference, [f"{c['method']} {c['path']}" for c in calls]
