"""Purchase orders: the states, the adding bulk call, receiving and stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.till import XSeriesSandbox


def header(box: XSeriesSandbox, **members: Any) -> dict[str, Any]:
    return {
        "name": "FALL26-01",
        "type": "SUPPLIER",
        "outlet_id": box.id("outlet"),
        "supplier_id": box.id("supplier"),
        "reference": "NU-1001",
        "due_at": "2026-12-01T00:00:00+00:00",
        **members,
    }


def new_order(box: XSeriesSandbox, **members: Any) -> str:
    created: str = box.ok("POST", "/consignments", header(box, **members))["data"]["id"]
    return created


def bulk(box: XSeriesSandbox, order: str, *lines: dict[str, Any]) -> Any:
    return box.ok("POST", f"/consignments/{order}/bulk", list(lines))


def line(box: XSeriesSandbox, order: str, number: int = 1) -> dict[str, Any]:
    rows = box.ok("GET", f"/consignments/{order}/products")["data"]
    return next(row for row in rows if row["product_id"] == box.id("product", number))


def status(box: XSeriesSandbox, order: str) -> str:
    known: str = box.ok("GET", f"/consignments/{order}")["data"]["status"]
    return known


def move(box: XSeriesSandbox, order: str, to: str) -> int:
    return box.call("PUT", f"/consignments/{order}", {"status": to}).status_code


def test_the_order_keeps_what_ana_wrote_and_ignores_what_it_does_not_know(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    answer = box.call("POST", "/consignments", header(box, colour_of_the_van="green"))
    assert answer.status_code == 201
    order = answer.json()["data"]
    assert (order["status"], order["reference"], order["name"]) == ("OPEN", "NU-1001", "FALL26-01")
    assert "colour_of_the_van" not in order
    wrapped = box.ok("POST", "/consignments", {"data": header(box, reference="NU-1002")})
    assert wrapped["data"]["reference"] == "NU-1002"


def test_sending_the_same_order_twice_makes_two(xseries_sandbox: XSeriesSandbox) -> None:
    new_order(xseries_sandbox)
    new_order(xseries_sandbox)
    assert len(xseries_sandbox.effects("consignment_created")) == 2


def test_bulk_adds_and_a_single_put_sets(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order, product = new_order(box), box.id("product")
    bulk(box, order, {"product_id": product, "count": "6", "cost": "90.00"})
    answer = bulk(box, order, {"product_id": product, "count": 6})
    assert answer["data"][product]["count"] == "12.00000"
    assert line(box, order)["cost"] == "90.00000"
    for _ in range(2):
        box.ok("PUT", f"/consignments/{order}/products/{product}", {"count": "6"})
    assert line(box, order)["count"] == "6.00000"
    deltas = [Decimal(e["delta"]) for e in box.effects("consignment_line")]
    assert deltas == [6, 6, -6, 0]


def test_received_in_bulk_sends_an_open_order_on_its_way(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order, product = new_order(box), box.id("product")
    bulk(box, order, {"product_id": product, "count": "6", "received": 0})
    assert status(box, order) == "DISPATCHED"
    bulk(box, order, {"product_id": product, "count": "6", "received": "2"})
    bulk(box, order, {"product_id": product, "received": "2"})
    assert (line(box, order)["count"], line(box, order)["received"]) == ("6.00000", "4.00000")


def test_received_on_a_single_line_moves_only_a_sent_order(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order, product = new_order(box), box.id("product")
    bulk(box, order, {"product_id": product, "count": "6"})
    assert move(box, order, "SENT") == 200
    box.ok("PUT", f"/consignments/{order}/products/{product}", {"received": "6"})
    assert status(box, order) == "DISPATCHED"


def test_receiving_raises_stock_once_and_freezes_the_order(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order, product, outlet = new_order(box), box.id("product"), box.id("outlet")
    bulk(box, order, {"product_id": product, "count": "6", "cost": "5.25"})
    assert move(box, order, "SENT") == 200
    bulk(box, order, {"product_id": product, "received": "5"})
    assert box.stock(product, outlet) == 4
    assert move(box, order, "RECEIVED") == 200
    assert box.stock(product, outlet) == 9
    assert box.ok("GET", f"/consignments/{order}")["data"]["received_at"]
    assert move(box, order, "RECEIVED") == 422
    assert box.call("PUT", f"/consignments/{order}", {"name": "late"}).status_code == 422
    assert box.call("POST", f"/consignments/{order}/bulk", []).status_code == 422
    assert box.call("DELETE", f"/consignments/{order}").status_code == 422
    assert box.stock(product, outlet) == 9
    assert [e["delta"] for e in box.effects("stock_moved")] == [5]


def test_average_cost_follows_what_arrives(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    product = box.id("product", 2)
    for cost in ("10.00", "20.00"):
        order = new_order(box)
        bulk(box, order, {"product_id": product, "received": "2", "cost": cost})
        assert move(box, order, "RECEIVED") == 200
    row = box.ok("GET", f"/inventory/{product}")[0]
    assert (row["current_inventory_level"], row["average_cost"]) == (4, 15)


@pytest.mark.parametrize(
    ("first", "then"),
    [("OPEN", "DISPATCHED"), ("OPEN", "RECEIVED"), ("SENT", "OPEN"), ("SENT", "RECEIVED")],
)
def test_only_the_next_step_is_taken(
    xseries_sandbox: XSeriesSandbox, first: str, then: str
) -> None:
    box = xseries_sandbox
    order = new_order(box, status=first)
    bulk(box, order, {"product_id": box.id("product"), "count": "1"})
    assert move(box, order, then) == 422
    assert status(box, order) == first


def test_an_order_without_lines_stays_open(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order = new_order(box)
    assert move(box, order, "SENT") == 422
    assert box.call("DELETE", f"/consignments/{order}").status_code == 204
    assert box.call("GET", f"/consignments/{order}").status_code == 404


def test_received_needs_something_that_arrived(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order = new_order(box)
    bulk(box, order, {"product_id": box.id("product"), "count": "1", "received": "0"})
    assert move(box, order, "RECEIVED") == 422
    assert move(box, order, "CANCELLED") == 200
    assert move(box, order, "OPEN") == 422


@pytest.mark.parametrize("state", ["DISPATCHED", "RECEIVED"])
def test_no_order_begins_late(xseries_sandbox: XSeriesSandbox, state: str) -> None:
    answer = xseries_sandbox.call("POST", "/consignments", header(xseries_sandbox, status=state))
    assert answer.status_code == 422
    assert "status" in answer.json()["errors"]


def test_a_line_goes_while_the_goods_have_not_come(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order, product = new_order(box), box.id("product")
    bulk(box, order, {"product_id": product, "count": "1"})
    assert box.call("DELETE", f"/consignments/{order}/products/{product}").status_code == 204
    assert box.ok("GET", f"/consignments/{order}/products")["data"] == []
    bulk(box, order, {"product_id": product, "count": "2", "received": "1"})
    assert line(box, order)["count"] == "2.00000"
    assert box.call("DELETE", f"/consignments/{order}/products/{product}").status_code == 422


def test_one_bad_line_refuses_the_whole_bulk_call(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order = new_order(box)
    good = {"product_id": box.id("product"), "count": "1"}
    for bad in (
        {"product_id": "nobody", "count": "1"},
        {"product_id": box.id("product", 3), "count": "1"},
        {"product_id": box.id("product", 2), "count": "-1"},
        {"product_id": box.id("product", 2), "count": "many"},
        {"product_id": box.id("product", 2)},
    ):
        answer = box.call("POST", f"/consignments/{order}/bulk", [good, bad])
        assert answer.status_code == 422, bad
        assert answer.json()["errors"]
    assert box.effects("consignment_line") == []


def test_too_many_lines_time_out_half_done(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order = new_order(box)
    lines = [{"product_id": box.id("product"), "count": "1"}] * 501
    assert box.call("POST", f"/consignments/{order}/bulk", lines).status_code == 504
    assert line(box, order)["count"] == "500.00000"


def test_totals_and_the_purchase_order_view_agree(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order = new_order(box)
    bulk(
        box,
        order,
        {"product_id": box.id("product"), "count": "6", "cost": "10.50"},
        {"product_id": box.id("product", 2), "count": "2", "received": "1", "cost": "4"},
    )
    totals = box.ok("GET", f"/consignments/{order}/totals")["data"][0]
    assert totals["total_sent_count"] == "8.00000"
    assert totals["total_sent_cost"] == "71.00000"
    assert totals["total_received_cost"] == "4.00000"
    seen = box.ok("GET", f"/purchase_orders/{order}")["data"]
    assert (seen["order_number"], seen["notes"]) == ("NU-1001", "FALL26-01")
    assert seen["cost_price_total"] == "71.00000"
    delivery = box.ok("GET", f"/purchase_orders/{order}/deliveries")["data"][0]
    path = f"/purchase_orders/{order}/deliveries/{delivery['id']}/line_items"
    came = [row["received_quantity"] for row in box.ok("GET", path)["data"]]
    assert came == ["0.00000", "1.00000"]


def test_costs_hide_from_a_token_that_may_not_see_them(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order = new_order(box)
    change = {"shop": box.prefix, "action": "scopes", "scopes": ["consignments:read"]}
    box.control("POST", "/tokens/change", change)
    assert box.ok("GET", f"/purchase_orders/{order}")["data"]["cost_price_total"] is None


def test_a_transfer_leaves_one_shop_and_reaches_the_other(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    here, there, product = box.id("outlet", 1), box.id("outlet", 2), box.id("product")
    order = new_order(box, type="OUTLET", source_outlet_id=here, outlet_id=there)
    bulk(box, order, {"product_id": product, "count": "3"})
    assert move(box, order, "SENT") == 200
    bulk(box, order, {"product_id": product, "received": "3"})
    assert move(box, order, "RECEIVED") == 200
    assert (box.stock(product, here), box.stock(product, there)) == (1, 7)


def test_ben_receives_at_the_till(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    order, product = new_order(box), box.id("product")
    bulk(box, order, {"product_id": product, "count": "6"})
    assert box.play(f"/orders/{order}/receive", share="50")["ok"]
    assert box.stock(product, box.id("outlet")) == 7
    assert not box.play(f"/orders/{order}/cancel")["ok"]
