"""Playing the brand on its pages: every page opens, every button does what it says."""

from __future__ import annotations

import requests

from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import running
from integrations.sandbox.nuorder.app import create_app
from integrations.sandbox.world.dirty import DIRTY
from tests.sandbox.brand import NuOrderSandbox


def _page(sandbox: NuOrderSandbox, path: str) -> str:
    answer = requests.get(f"{sandbox.url}/_sandbox/{path}", timeout=10)
    assert answer.status_code == 200, path
    return answer.text


def test_every_page_opens(nuorder_sandbox: NuOrderSandbox):
    order = nuorder_sandbox.order("tarn-thistle", lines=6)
    assert "Tarn &amp; Thistle" in _page(nuorder_sandbox, "")
    assert order["order_number"] in _page(nuorder_sandbox, "portals/tarn-thistle")
    assert "approved" in _page(nuorder_sandbox, "portals/tarn-thistle?status=approved")
    assert "Ship window" in _page(nuorder_sandbox, f"orders/{order['_id']}")
    assert "Set what is there now" in _page(nuorder_sandbox, "portals/tarn-thistle/stock?q=cap")
    assert "Generate" in _page(nuorder_sandbox, "portals/tarn-thistle/api")


def test_pages_show_every_dirty_order(nuorder_sandbox: NuOrderSandbox):
    for key in DIRTY:
        if key == "D16_ten_thousand_lines":
            continue  # a page of 10,000 forms is nobody's test
        order = nuorder_sandbox.order("tarn-thistle", lines=6, dirty=key)
        if key != "D20_order_deleted":
            _page(nuorder_sandbox, f"orders/{order['_id']}")
    _page(nuorder_sandbox, "portals/tarn-thistle")


def test_script_in_brand_texts_is_shown_as_text(nuorder_sandbox: NuOrderSandbox):
    nuorder_sandbox.order("tarn-thistle", lines=6, dirty="D24_html_in_texts")
    page = _page(nuorder_sandbox, "portals/tarn-thistle/stock")
    assert "<script" not in page


def test_the_brand_changes_an_order(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle", lines=8)
    path = f"orders/{order['_id']}"
    first = order["line_items"][0]
    size = first["sizes"][0]["size"]

    def now() -> dict:
        read: dict = ana.get(f"/api/order/{order['_id']}").json()
        return read

    nuorder_sandbox.play(f"{path}/size", line=0, size=size, quantity=11, price="20.5")
    row = now()["line_items"][0]["sizes"][0]
    assert (row["quantity"], row["price"]) == (11, 20.5)
    nuorder_sandbox.play(f"{path}/window", start="2027-02-01", end="2027-02-20")
    assert now()["line_items"][0]["ship_end"] == "2027-02-20T00:00:00.000Z"
    lines = len(now()["line_items"])
    other = ana.get("/api/products/modified/after/1/1/2000").json()[-1]
    nuorder_sandbox.play(f"{path}/add", product=other["_id"], quantity=3)
    assert now()["line_items"][-1]["product"]["color"] == other["color"]
    nuorder_sandbox.play(f"{path}/drop", line=lines)
    assert len(now()["line_items"]) == lines
    after = now()
    assert after["edited"] is True
    assert after["modified_on"] >= order["modified_on"]
    assert len(nuorder_sandbox.effects("order_updated")) == 4


def test_a_colour_is_swapped(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("marrow-bay")
    order = nuorder_sandbox.order("marrow-bay", lines=4)
    product = order["line_items"][0]["product"]
    other = next(
        p
        for p in ana.get("/api/products/modified/after/1/1/2000").json()
        if p["style_number"] == product["style_number"] and p["color"] != product["color"]
    )
    nuorder_sandbox.play(f"orders/{order['_id']}/swap", line=0, product=other["_id"])
    swapped = ana.get(f"/api/order/{order['_id']}").json()["line_items"][0]
    assert swapped["product"]["color"] == other["color"]
    assert [r["quantity"] for r in swapped["sizes"]] == [
        r["quantity"] for r in order["line_items"][0]["sizes"]
    ]


def test_what_cannot_be_done_is_said_in_words(nuorder_sandbox: NuOrderSandbox):
    order = nuorder_sandbox.order("tarn-thistle", status="cancelled")
    answer = nuorder_sandbox.play(
        f"orders/{order['_id']}/window", start="2027-02-01", end="2027-03-01"
    )
    assert (answer.status_code, answer.json()["message"]) == (422, "A cancelled order is locked.")
    assert nuorder_sandbox.play("orders", portal="nobody", lines=3).status_code == 422
    assert nuorder_sandbox.play("orders/none/status", status="approved").status_code == 422


def test_all_that_waits_is_approved_at_once(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    waiting = ana.get("/api/orders/review/list").json() + ana.get("/api/orders/pending/list").json()
    assert nuorder_sandbox.play("portals/tarn-thistle/approve-all").json()["approved"] == len(
        waiting
    )
    assert set(waiting) <= set(ana.get("/api/orders/approved/list").json())


def test_forms_work_without_script(nuorder_sandbox: NuOrderSandbox):
    answer = requests.post(
        f"{nuorder_sandbox.url}/_sandbox/play/orders",
        data={"portal": "tarn-thistle", "lines": "5"},
        timeout=5,
    )
    assert answer.history[0].status_code == 303
    assert "is written" in answer.text


def test_what_was_stored_is_there_after_a_restart(tmp_path):
    path = tmp_path / "nuorder.sqlite3"
    with running(create_app(Store(path), size="tiny")) as url:
        sandbox = NuOrderSandbox(url)
        ana = sandbox.connect("tarn-thistle")
        order = sandbox.order("tarn-thistle", lines=4)
    with running(create_app(Store(path), size="tiny")) as url:
        ana.url = url
        assert ana.get(f"/api/order/{order['_id']}").json() == order


def test_reset_brings_the_first_day_back(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    order = nuorder_sandbox.order("tarn-thistle")
    nuorder_sandbox.control("reset", {"size": "tiny"})
    assert ana.get("/api/orders/approved/list").status_code == 401
    again = nuorder_sandbox.connect("tarn-thistle")
    assert again.get(f"/api/order/{order['_id']}").status_code == 404
