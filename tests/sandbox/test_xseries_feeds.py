"""Feeds, reference data, webhooks, and the server as a process of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import running
from integrations.sandbox.xseries.app import create_app
from tests.sandbox.till import XSeriesSandbox
from tests.sandbox.tiny import tiny_world


def walk(box: XSeriesSandbox, path: str, size: int, **params: Any) -> list[dict[str, Any]]:
    """All pages of a version feed, ended by the empty one."""
    rows: list[dict[str, Any]] = []
    after = 0
    while True:
        page = box.ok("GET", path, params={"after": after, "page_size": size, **params})
        if not page["data"]:
            assert page["version"] == {"min": None, "max": None}
            return rows
        assert len(page["data"]) <= size
        versions = [row["version"] for row in page["data"]]
        assert versions == sorted(versions)
        assert page["version"] == {"min": versions[0], "max": versions[-1]}
        after = page["version"]["max"]
        rows.extend(page["data"])


def brand(box: XSeriesSandbox, name: str) -> str:
    made: str = box.ok("POST", "/brands", {"name": name})["data"]
    return made


def test_a_feed_ends_with_an_empty_page(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    for name in ("North Peak", "Halden Boot"):
        brand(box, name)
    rows = walk(box, "/brands", 2)
    assert [row["name"] for row in rows] == ["Tarn & Thistle", "North Peak", "Halden Boot"]
    assert rows[0]["version"] > 2**32


def test_a_change_is_news_and_a_tombstone_only_for_those_who_ask(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    own = brand(box, "North Peak")
    cursor = box.ok("GET", "/brands")["version"]["max"]
    assert box.ok("PUT", f"/brands/{own}", {"name": "North Peak Ltd"}) == {"data": {"id": own}}
    news = box.ok("GET", "/brands", params={"after": cursor})
    assert [row["name"] for row in news["data"]] == ["North Peak Ltd"]
    gone = box.ok("DELETE", f"/brands/{own}")
    assert gone["payload"]["data"]["id"] == own
    assert box.ok("GET", "/brands", params={"after": cursor})["data"] == []
    dead = box.ok("GET", "/brands", params={"after": cursor, "deleted": "true"})["data"]
    assert [(row["id"], bool(row["deleted_at"])) for row in dead] == [(own, True)]
    assert box.call("GET", f"/brands/{own}").status_code == 404


def test_page_sizes_are_clamped_and_nonsense_is_refused(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    assert len(box.ok("GET", "/products", params={"page_size": 50_000})["data"]) == 3
    assert len(box.ok("GET", "/products", params={"page_size": -4})["data"]) == 1
    for params in ({"after": "soon"}, {"page_size": "all"}, {"after": "9" * 30}):
        answer = box.call("GET", "/products", params=params)
        assert answer.status_code == 400
        assert answer.json()["errors"]


def test_twins_are_allowed_among_suppliers_and_brands(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    body = {"name": "North Peak", "contact": {}}
    first, second = (box.call("POST", "/suppliers", body) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert isinstance(first.json()["data"], str)
    assert first.json() != second.json()
    assert len(box.effects("supplier_created")) == 2
    seen = box.ok("GET", f"/suppliers/{first.json()['data']}")["data"]
    assert seen["contact"]["company_name"] == "North Peak"
    assert box.ok("PUT", f"/suppliers/{seen['id']}", body) == {"id": seen["id"]}
    assert box.call("POST", "/suppliers", {"name": "No contact"}).status_code == 422


def test_attribute_names_are_unique_and_used_ones_stay(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    made = box.call("POST", "/variant_attributes", {"name": "Inseam"})
    assert made.status_code == 201
    assert box.call("POST", "/variant_attributes", {"name": " inseam"}).status_code == 422
    own = made.json()["data"]["id"]
    definitions = [{"attribute_id": own, "value": "32"}]
    trousers = {"name": "Trousers", "variants": [{"variant_definitions": definitions}]}
    box.ok("POST", "/products", trousers)
    assert box.call("DELETE", f"/variant_attributes/{own}").status_code == 422
    assert box.ok("DELETE", f"/variant_attributes/{box.id('attribute')}")
    names = [row["name"] for row in box.ok("GET", "/variant_attributes")["data"]]
    assert names == ["Size", "Inseam"]


def test_a_category_tree_is_made_in_one_call(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    tree = {
        "categories": [
            {"name": "Outerwear", "payload_id": "a"},
            {"name": "Jackets", "payload_parent_category_id": "a"},
        ]
    }
    root, leaf = box.ok("POST", "/product_categories/bulk", tree)["data"]
    page = box.ok("GET", "/product_categories", params={"page_size": 2})
    assert page["page_info"]["has_next"]
    rest = box.ok("GET", "/product_categories", params={"after": page["page_info"]["last_seen"]})
    found = {c["id"]: c for c in page["data"]["categories"] + rest["data"]["categories"]}
    assert [step["name"] for step in found[leaf["id"]]["category_path"]] == ["Outerwear", "Jackets"]
    assert not found[root["id"]]["leaf_category"]
    on_root = {"name": "Coat", "product_category_id": root["id"]}
    assert box.call("POST", "/products", on_root).status_code == 422
    box.ok("POST", "/products", on_root | {"product_category_id": leaf["id"]})
    delete = {"category_ids": [leaf["id"]]}
    assert box.call("DELETE", "/product_categories/bulk", delete).status_code == 422


def test_the_shop_describes_itself(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    retailer = box.ok("GET", "/retailer")["data"]
    assert (retailer["domain_prefix"], retailer["currency"]["code"]) == (box.prefix, "USD")
    assert isinstance(retailer["version"], str)
    for path, count in (("/outlets", 2), ("/registers", 2), ("/taxes", 1), ("/users", 1)):
        assert len(box.ok("GET", path)["data"]) == count
    assert [user["username"] for user in box.ok("GET", "/user")["data"]] == ["ana"]
    assert box.call("POST", "/taxes", {"name": "sales TAX", "rate": 0.1}).status_code == 409
    assert box.ok("POST", "/taxes", {"name": "Half", "rate": 0.05})["data"]["rates"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/consignments", []),
        ("POST", "/consignments", {"type": {}, "outlet_id": [], "name": 4}),
        ("PUT", "/consignments/none", {}),
        ("POST", "/consignments/none/bulk", {}),
        ("POST", "/products", {"name": {}, "variants": "two"}),
        ("POST", "/products", {"name": "x", "variants": [{"variant_definitions": [{}]}]}),
        ("POST", "/products", {"name": "x", "product_suppliers": [{"price": "much"}]}),
        ("PUT", "/products/none", {"details": {}}),
        ("POST", "/suppliers", {"name": "x", "contact": "phone"}),
        ("POST", "/brands", {"name": ["x"]}),
        ("POST", "/tags", None),
        ("POST", "/inventory", {"after": "x"}),
        ("POST", "/inventory_levels", {"product_ids": "all"}),
        ("POST", "/stock_adjustments", {"stock_adjustments": [{"quantity": 3}]}),
        ("POST", "/product_categories/bulk", {"categories": [{"parent_category_id": "x"}]}),
        ("POST", "/webhooks", {"type": "sale.delete", "url": "x", "active": 1}),
        ("GET", "/products/none", None),
        ("GET", "/purchase_orders/none/line_items", None),
        ("DELETE", "/product_images/none", None),
    ],
)
def test_nonsense_is_refused_and_never_breaks_the_server(
    xseries_sandbox: XSeriesSandbox, method: str, path: str, body: Any
) -> None:
    answer = xseries_sandbox.call(method, path, body)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json().keys() & {"errors", "error"}


def test_broken_json_is_a_bad_request(xseries_sandbox: XSeriesSandbox) -> None:
    answer = xseries_sandbox.call("POST", "/brands", data=b'{"name": ')
    assert answer.status_code == 400


def test_new_objects_stay_out_of_a_lagging_list_and_no_cursor_passes_them() -> None:
    app = create_app(Store(None), build=tiny_world, size="tiny", list_lag=60)
    with running(app) as url:
        box = XSeriesSandbox(url)
        own = brand(box, "North Peak")
        box.ok("PUT", f"/brands/{box.id('brand')}", {"name": "Tarn and Thistle"})
        assert box.ok("GET", "/brands")["data"] == []
        assert box.ok("GET", f"/brands/{own}")["data"]["name"] == "North Peak"


def test_one_list_can_lag_by_a_fault(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.fault("GET /api/2026-07/brands", "stale_list", params={"seconds": 60})
    brand(box, "North Peak")
    assert len(box.ok("GET", "/brands")["data"]) == 1
    assert len(box.ok("GET", "/brands")["data"]) == 2


def test_faults_speak_of_paths_without_the_shop(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.fault("POST /api/2026-07/brands", "error_after", params={"code": 502})
    box.fault("GET /api/2026-07/brands/{brand_id}", "status", params={"code": 503})
    assert box.call("POST", "/brands", {"name": "North Peak"}).status_code == 502
    assert len(box.effects("brand_created")) == 1
    assert box.call("GET", f"/brands/{box.id('brand')}").status_code == 503
    counts = box.control("GET", "/ledger").json()["counts"]
    assert counts["POST /api/2026-07/brands"] == {"502": 1}
    assert counts["GET /api/2026-07/brands/{brand_id}"] == {"503": 1}


def test_the_ledger_names_the_application_and_no_secret(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.call("GET", "/brands")
    told = box.control("GET", "/ledger").text
    assert '"who":"sandbox-client"' in told
    assert box.tokens["access_token"] not in told


def test_the_pages_of_the_till_can_be_used_without_script(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    page = requests.get(box.url, timeout=5)
    assert "Alder &amp; Quay: 3 products" in page.text
    assert "<script" not in page.text
    form = {"shop": box.prefix, "name": "Mug <b>"}
    product = box.id("product")
    renamed = requests.post(f"{box.url}/_sandbox/play/products/{product}/rename", form, timeout=5)
    assert "Renamed to Mug &lt;b&gt;." in renamed.text
    assert box.play(f"/products/{product}/active", active="0")["ok"]
    assert box.ok("GET", f"/products/{product}")["data"]["is_active"] is False
    assert box.play(f"/products/{product}/delete")["ok"]
    assert not box.play(f"/products/{product}/delete")["ok"]
    orders = requests.get(f"{box.url}/_sandbox/orders?shop={box.prefix}", timeout=5)
    assert "No purchase orders yet" in orders.text


def test_world_pictures_are_served(xseries_sandbox: XSeriesSandbox) -> None:
    answer = requests.get(f"{xseries_sandbox.url}/pictures/jacket.png", timeout=5)
    assert answer.content == b"picture jacket.png"


# Webhooks


class Listener:
    """Where webhooks arrive: answers with the statuses it is given, 204 after that."""

    def __init__(self) -> None:
        self.arrived: queue.Queue[tuple[bytes, str]] = queue.Queue()
        self.statuses: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.arrived.put((body, self.headers["X-Signature"]))
                self.send_response(listener.statuses.pop(0) if listener.statuses else 204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (inherited name)
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/ana"

    def next(self) -> dict[str, Any]:
        """The next post's form, its signature checked over the raw body."""
        body, header = self.arrived.get(timeout=10)
        digest = hmac.new(b"sandbox-secret", body, hashlib.sha256).hexdigest()
        assert header == f"signature={digest},algorithm=HMAC-SHA256"
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        return form | {"payload": json.loads(form["payload"])}


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()
    thread = threading.Thread(target=heard.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield heard
    heard.server.shutdown()
    heard.server.server_close()


def subscribe(box: XSeriesSandbox, event: str, url: str) -> requests.Response:
    return box.call("POST", "/webhooks", {"type": event, "url": url, "active": True})


def test_a_sale_is_posted_signed_and_in_the_older_shape(
    xseries_sandbox: XSeriesSandbox, listener: Listener
) -> None:
    box = xseries_sandbox
    assert subscribe(box, "inventory.update", listener.url).status_code == 201
    box.play(f"/products/{box.id('product')}/sell", quantity="1", outlet_id=box.id("outlet"))
    form = listener.next()
    assert (form["type"], form["domain_prefix"]) == ("inventory.update", box.prefix)
    assert form["payload"]["count"] == "3"
    assert form["payload"]["product_id"] == box.id("product")


def test_a_refused_request_is_no_news(xseries_sandbox: XSeriesSandbox, listener: Listener) -> None:
    box = xseries_sandbox
    subscribe(box, "product.update", listener.url)
    bad = {"name": "Scarf", "sku": "10001"}
    assert box.call("POST", "/products", bad).status_code == 422
    box.ok("POST", "/products", {"name": "Scarf", "sku": "SCARF"})
    assert listener.next()["payload"]["sku"] == "SCARF"


def test_server_errors_are_tried_again_and_refusals_are_not(
    xseries_sandbox: XSeriesSandbox, listener: Listener
) -> None:
    box = xseries_sandbox
    subscribe(box, "product.update", listener.url)
    listener.statuses = [503, 204, 404]
    box.ok("POST", "/products", {"name": "Scarf", "sku": "SCARF"})
    assert listener.next() == listener.next()
    box.ok("POST", "/products", {"name": "Glove", "sku": "GLOVE"})
    assert listener.next()["payload"]["sku"] == "GLOVE"
    box.ok("POST", "/products", {"name": "Hat", "sku": "HAT"})
    assert listener.next()["payload"]["sku"] == "HAT"


def test_one_type_and_address_is_one_subscription(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    address = "http://127.0.0.1:9/hooks"
    own = subscribe(box, "sale.update", address).json()["data"]["id"]
    again = subscribe(box, "sale.update", address)
    assert again.status_code == 409
    assert isinstance(again.json()["error"], str)
    changed = {"type": "sale.update", "url": address, "active": False}
    assert box.ok("PUT", f"/webhooks/{own}", changed)["data"]["active"] is False
    assert [row["id"] for row in box.ok("GET", "/webhooks")["data"]] == [own]
    assert box.call("DELETE", f"/webhooks/{own}").status_code == 200
    assert box.call("GET", f"/webhooks/{own}").json() == {"error": "Webhook not found"}


# The server as a process


@pytest.mark.processes
def test_the_process_says_where_it_is_keeps_its_data_and_ends_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "integrations.sandbox", "xseries", "--size", "tiny"]
    command += ["--data", str(tmp_path), "--port", "0"]
    root = Path(__file__).parents[2]
    made = ""
    for _ in range(2):
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
        assert server.stdout is not None
        try:
            line = server.stdout.readline()
            assert line.startswith("sandbox xseries on http://127.0.0.1:")
            box = XSeriesSandbox(line.split()[-1])
            known = [
                row["id"] for row in box.ok("GET", "/brands", params={"page_size": 999})["data"]
            ]
            if made:
                assert made in known
            made = brand(box, "North Peak")
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=10) == 0
            server.stdout.close()
