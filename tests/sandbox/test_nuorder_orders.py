"""Orders over the wire: lists, reads, the ladder of statuses, creation, and its refusals."""

from __future__ import annotations

import json
import threading
from decimal import Decimal

import pytest
import requests

from tests.sandbox.brand import Buyer, NuOrderSandbox


def _body(ana: Buyer, **changes: object) -> dict:
    company = _company(ana)
    product = ana.get("/api/products/modified/after/1/1/2000").json()[0]
    line = {
        "product": {"brand_id": product["brand_id"]},
        "ship_start": "2027/08/01",
        "ship_end": "2027/08/31",
        "sizes": [{"size": product["sizes"][0]["size"], "quantity": 6, "price": 30}],
    }
    return {
        "order_number": "POS-000123",
        "external_id": "lsx-po-9f1c",
        "currency_code": company["currency_code"],
        "start_ship": "2027/08/01",
        "end_ship": "2027/08/31",
        "retailer": {
            "retailer_code": company["code"],
            "buyer_email": company["buyers"][0]["email"],
        },
        "line_items": [line],
        **changes,
    }


def _company(ana: Buyer) -> dict:
    code = ana.get("/api/companies/codes/list").json()[0]
    company: dict = ana.get(f"/api/company/code/{code}").json()
    return company


def test_lists_are_bare_arrays_and_agree(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    for status in ("draft", "review", "pending", "approved", "processed", "shipped", "cancelled"):
        ids = ana.get(f"/api/orders/{status}/list").json()
        orders = ana.get(f"/api/orders/{status}/detail").json()
        assert ids == [order["_id"] for order in orders]
        assert ids
        assert {order["status"] for order in orders} == {status}
    assert ana.get("/api/orders/edited/list").json() == []
    assert ana.get("/api/orders/unheard/list").status_code == 400


def test_an_order_is_found_by_id_number_and_date(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle", lines=4)
    day = order["created_on"][:10]
    assert ana.get(f"/api/order/{order['_id']}").json() == order
    assert ana.get(f"/api/order/number/{order['order_number']}").json() == order
    dated = ana.get(f"/api/orders/list?start_date={day}&end_date={day}").json()
    assert order["_id"] in dated
    assert ana.get("/api/orders/list?start_date=2020-01-01").status_code == 400
    assert ana.get("/api/order/nothing").json() == {"code": 404, "message": "order not found"}


def test_money_comes_in_three_shapes(nuorder_sandbox: NuOrderSandbox):
    order = nuorder_sandbox.order("tarn-thistle", lines=4, discount=10)
    line = order["line_items"][0]
    assert isinstance(order["total"], int | float)
    assert isinstance(line["original_total"], str)
    assert line["item_price_after_discount"].startswith("$")
    units = [row for line in order["line_items"] for row in line["sizes"]]
    total = sum(Decimal(str(row["price"])) * row["quantity"] for row in units)
    assert total == Decimal(str(order["total"]))
    assert all(row["price"] < row["original_price"] for row in units)


def test_status_moves_leave_modified_on_alone(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle", status="review")
    for status in ("approved", "processed", "shipped"):
        assert nuorder_sandbox.play(f"orders/{order['_id']}/status", status=status).ok
        now = ana.get(f"/api/order/{order['_id']}").json()
        assert (now["status"], now["modified_on"]) == (status, order["modified_on"])
        assert order["_id"] in ana.get(f"/api/orders/{status}/list").json()
    assert now["shipments"][0]["line_items"]
    refused = nuorder_sandbox.play(f"orders/{order['_id']}/status", status="review")
    assert refused.status_code == 422
    moves = nuorder_sandbox.effects("order_status")
    assert [(m["old"], m["new"], m["by"]) for m in moves] == [
        ("review", "approved", "brand"),
        ("approved", "processed", "brand"),
        ("processed", "shipped", "brand"),
    ]


def test_a_move_by_api_is_possible_and_shows_in_the_ledger(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle", status="approved")
    assert ana.post(f"/api/order/{order['_id']}/approved").status_code == 304
    assert ana.post(f"/api/order/{order['_id']}/process").json()["status"] == "processed"
    assert ana.post(f"/api/order/{order['_id']}/draft").status_code == 400
    assert [e["by"] for e in nuorder_sandbox.effects("order_status")] == ["api"]


def test_a_reorder_is_created_once(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    body = _body(ana)
    made = ana.put("/api/order/new", body)
    assert made.status_code == 201
    order = made.json()
    assert (order["status"], order["external_id"]) == ("review", "lsx-po-9f1c")
    assert (order["total"], order["total_quantity"]) == (180, 6)
    assert ana.get(f"/api/order/{order['_id']}").json() == order
    for twin in (body, body | {"external_id": "other"}, body | {"order_number": "other"}):
        clash = ana.put("/api/order/new", twin)
        assert (clash.status_code, clash.json()["code"]) == (409, 409)
    created = nuorder_sandbox.effects("order_created")
    assert [(e["by"], e["number"], e["units"]) for e in created] == [("api", "POS-000123", 6)]


def test_products_may_be_named_in_three_ways(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    product = ana.get("/api/products/modified/after/1/1/2000").json()[0]
    names = {name: product[name] for name in ("style_number", "season", "color")}
    forms = [{"product": {"_id": product["_id"]}}, {"product": names}, names]
    for at, form in enumerate(forms):
        body = _body(ana, order_number=f"N{at}", external_id=f"E{at}")
        line = {k: v for k, v in body["line_items"][0].items() if k != "product"} | form
        made = ana.put("/api/order/new", body | {"line_items": [line]})
        assert made.json()["line_items"][0]["product"]["_id"] == product["_id"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"order_number": ""}, "order_number is required"),
        ({"external_id": None}, "external_id is required"),
        ({"order_number": 7}, "order_number must be a string"),
        ({"currency_code": "JPY"}, "currency_code is not allowed"),
        ({"retailer": {"retailer_code": "??", "buyer_email": "x"}}, "retailer not found"),
        ({"status": "approved"}, "cannot be created as approved"),
        ({"start_ship": "soon"}, "start_ship must be a date"),
        ({"discount": 140}, "discount must be a percent"),
        ({"line_items": []}, "line_items is required"),
        ({"shipping_address": {"code": "NOWHERE"}}, "code is not known"),
    ],
)
def test_a_bad_order_is_refused_in_words(nuorder_sandbox: NuOrderSandbox, changes, message):
    ana = nuorder_sandbox.connect("tarn-thistle")
    answer = ana.put("/api/order/new", _body(ana, **changes))
    assert answer.status_code == 400
    assert message in answer.json()["message"]
    assert nuorder_sandbox.effects("order_created") == []


@pytest.mark.parametrize(
    "size",
    [
        {"size": "M", "quantity": 0, "price": 3},
        {"size": "M", "quantity": 1.5, "price": 3},
        {"size": "M", "quantity": True, "price": 3},
        {"size": "M", "quantity": 2, "price": 0},
        {"size": "M", "quantity": 2, "price": "free"},
        {"size": "nothing", "quantity": 2, "price": 3},
        {"quantity": 2, "price": 3},
    ],
)
def test_a_bad_line_is_refused(nuorder_sandbox: NuOrderSandbox, size):
    ana = nuorder_sandbox.connect("tarn-thistle")
    body = _body(ana)
    body["line_items"][0]["sizes"] = [size]
    assert ana.put("/api/order/new", body).status_code == 400


def test_some_portals_do_not_let_buyers_create(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    nuorder_sandbox.control("portals/tarn-thistle/settings", {"can_create": False})
    assert ana.put("/api/order/new", _body(ana)).status_code == 403


def test_buyers_edit_only_what_the_brand_has_not_taken(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = ana.put("/api/order/new", _body(ana)).json()
    line = _body(ana)["line_items"][0]
    line["sizes"][0]["quantity"] = 9
    changed = ana.post(f"/api/order/{order['_id']}", {"line_items": [line], "notes": "more"})
    assert (changed.json()["total_quantity"], changed.json()["notes"]) == (9, "more")
    assert changed.json()["edited"] is True
    nuorder_sandbox.play(f"orders/{order['_id']}/status", status="approved")
    assert ana.post(f"/api/order/{order['_id']}", {"notes": "late"}).status_code == 403


def test_one_field_can_be_set(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle")
    path = f"/api/order/{order['_id']}/set"
    assert ana.post(f"{path}/external_id/ours-7").json()["external_id"] == "ours-7"
    assert ana.post(f"{path}/total/0").status_code == 400


def test_a_wrong_verb_is_a_plain_500(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    answer = ana.post("/api/order/new", {})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_the_sixth_call_at_once_is_asked_to_wait(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    nuorder_sandbox.control(
        "faults",
        {"route": "GET /api/schemas", "kind": "late", "count": 0, "params": {"seconds": 1.0}},
    )
    answers: list[requests.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ana.get("/api/schemas"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [a for a in answers if a.status_code == 429]
    assert len(refused) == 3
    assert {a.headers["Retry-After"] for a in refused} == {"2"}
    assert ana.get("/api/orders/approved/list").status_code == 200


def test_a_held_back_order_arrives_when_released(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("kestrel-lane")
    before = ana.get("/api/orders/approved/list").json()
    repeat = nuorder_sandbox.control("release", {"name": "repeat_40"})
    assert ana.get("/api/orders/approved/list").json() == [*before, repeat["_id"]]
    first = ana.get(f"/api/order/{before[0]}").json()
    items = [
        {(line["product"]["_id"], row["size"]) for line in o["line_items"] for row in line["sizes"]}
        for o in (first, repeat)
    ]
    assert items[0] == items[1]
    assert len(items[0]) == 40


def test_lists_may_lag_behind(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle")
    nuorder_sandbox.control(
        "faults",
        {"route": "GET /api/orders/*", "kind": "stale_list", "params": {"seconds": 60}},
    )
    assert order["_id"] not in ana.get("/api/orders/approved/list").json()
    assert order["_id"] in ana.get("/api/orders/approved/list").json()


def test_a_raw_body_is_sent_as_it_is(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle", dirty="D5_nan_quantity")
    body = ana.get(f"/api/order/{order['_id']}").text
    assert '"quantity": NaN' in body
    assert json.loads(body)["_id"] == order["_id"]  # Python's own parser lets NaN pass
    wanted = nuorder_sandbox.order("tarn-thistle", raw="bm90IGpzb24=")
    assert ana.get(f"/api/order/{wanted['_id']}").text == "not json"


def test_an_order_deleted_at_the_source_is_gone(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle")
    nuorder_sandbox.play(f"orders/{order['_id']}/remove")
    assert ana.get(f"/api/order/{order['_id']}").status_code == 404
    assert order["_id"] not in ana.get("/api/orders/approved/list").json()


def test_exact_lines_can_be_asked_for(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    product = ana.get("/api/products/modified/after/1/1/2000").json()[0]
    size = product["sizes"][0]["size"]
    order = nuorder_sandbox.order(
        "tarn-thistle", styles=[{"product": product["_id"], "sizes": {size: 7}}]
    )
    assert order["total_quantity"] == 7
    families = nuorder_sandbox.order("tarn-thistle", lines=200, families=2)
    assert len({line["product"]["style_number"] for line in families["line_items"]}) == 2


def test_an_order_can_be_spoiled_after_it_was_read(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle", lines=6)
    nuorder_sandbox.control(f"orders/{order['_id']}/dirty", {"recipe": "quantity_reduced_later"})
    later = ana.get(f"/api/order/{order['_id']}").json()
    assert later["line_items"][0]["sizes"][0]["quantity"] == 8
    assert later["modified_on"] > order["modified_on"]
    nuorder_sandbox.control(f"orders/{order['_id']}/dirty", {"recipe": "cancelled_before_import"})
    assert order["_id"] in ana.get("/api/orders/cancelled/list").json()
    nuorder_sandbox.control(f"orders/{order['_id']}/dirty", {"recipe": "D20_order_deleted"})
    assert ana.get(f"/api/order/{order['_id']}").status_code == 404
