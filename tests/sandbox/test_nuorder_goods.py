"""Products, supplier stock, the retailer's card, schemas and pictures over the wire."""

from __future__ import annotations

import io

import pytest
import requests
from PIL import Image

from tests.sandbox.brand import Buyer, NuOrderSandbox


def _all(ana: Buyer) -> list[dict]:
    products: list[dict] = ana.get("/api/products/modified/after/1/1/2000").json()
    return products


def test_a_product_by_id_and_by_the_brands_id(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    product = _all(ana)[0]
    assert ana.get(f"/api/product/{product['_id']}").json() == product
    lowered = ana.get(f"/api/product/external_id/{product['brand_id'].lower()}").json()
    assert lowered["style_number"] == product["style_number"]
    missing = ana.get("/api/product/000000000000000000000000")
    assert missing.json() == {"code": 404, "message": "product not found"}


def test_products_by_day_and_season(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    products = _all(ana)
    assert ana.get("/api/products/modified/after/12/31/2098").json() == []
    assert ana.get("/api/products/modified/after/2/30/2026").status_code == 400
    season = products[0]["season"]
    ids = ana.get(f"/api/products/season/{season}/list").json()
    assert set(ids) == {p["_id"] for p in products if p["season"] == season}


def test_pictures_are_on_this_host_and_bad_ones_can_be_had(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    url = _all(ana)[0]["images"][0]
    assert url.startswith(f"{nuorder_sandbox.url}/images/")
    answer = requests.get(url, timeout=5)
    assert answer.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (600, 600)
    page = requests.get(f"{nuorder_sandbox.url}/images/bad-html.png", timeout=5)
    assert page.headers["Content-Type"] == "text/html"
    assert requests.get(f"{nuorder_sandbox.url}/images/none.png", timeout=5).status_code == 404


@pytest.mark.parametrize(("shape", "kind"), [("bare", list), ("wrapped", dict)])
def test_stock_in_three_shapes(nuorder_sandbox: NuOrderSandbox, shape, kind):
    ana = nuorder_sandbox.connect("tarn-thistle")
    nuorder_sandbox.control("portals/tarn-thistle/settings", {"inventory_shape": shape})
    answers = {p["_id"]: ana.get(f"/api/inventory/{p['_id']}") for p in _all(ana)}
    shown = [a.json() for a in answers.values() if a.status_code == 200]
    assert shown
    assert all(isinstance(body, kind) for body in shown)
    untracked = [p["_id"] for p in _all(ana) if not p["__tracks_inventory"]]
    assert untracked
    assert {answers[one].status_code for one in untracked} == {404}
    assert 403 in {a.status_code for a in answers.values()}


def test_stock_says_now_later_and_prebook(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    rows = [
        row
        for p in _all(ana)
        if (answer := ana.get(f"/api/inventory/{p['_id']}")).status_code == 200
        for row in answer.json()
    ]
    names = {bucket["name"] for row in rows for bucket in row["wip"]}
    assert {"immediate", "prebook"} < names
    assert any(name[:2] == "20" for name in names)
    for row in rows:
        if row["prebook"]:
            assert {s["quantity"] for bucket in row["wip"] for s in bucket["sizes"]} == {None}


def test_the_brand_sets_and_hides_stock(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    product = next(p for p in _all(ana) if ana.get(f"/api/inventory/{p['_id']}").status_code == 200)
    size = product["sizes"][0]["size"]
    answer = nuorder_sandbox.play(
        "portals/tarn-thistle/stock", product=product["_id"], size=size, quantity=-2
    )
    assert answer.ok
    now = ana.get(f"/api/inventory/external_id/{product['brand_id']}").json()[0]["wip"][0]
    assert {"size": size, "quantity": -2} in now["sizes"]
    cached = ana.get(f"/api/product/{product['_id']}").json()["__inventory_cache"]
    assert -2 in {row["quantity"] for row in cached}
    nuorder_sandbox.play("portals/tarn-thistle/hide", product=product["_id"], hidden="yes")
    assert ana.get(f"/api/inventory/{product['_id']}").status_code == 403
    assert ana.get(f"/api/product/{product['_id']}").json()["__inventory_cache"] == []


def test_replenishments_of_one_sku(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    product = next(p for p in _all(ana) if p["__inventory_cache"])
    bucket = product["__inventory_cache"][0]
    path = f"/api/v3.0/warehouse/{bucket['warehouse']}/sku/{bucket['sku_id']}/replenishments"
    rows = ana.get(path).json()["replenishments"]
    assert bucket["quantity"] in [row["quantity"] for row in rows]


def test_company_and_schemas(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    code = ana.get("/api/companies/codes/list").json()[0]
    company = ana.get(f"/api/company/code/{code}").json()
    assert ana.get(f"/api/company/{company['_id']}").json() == company
    assert company["buyers"][0]["name"] == "Ana Ruiz"
    assert len(company["addresses"]) == 2
    keys = {field["key"] for field in ana.get("/api/schemas/order").json()["fields"]}
    assert "retailer.retailer_code" in keys
    assert len(ana.get("/api/schemas").json()) == 3
    assert ana.get("/api/schemas/till").status_code == 404
