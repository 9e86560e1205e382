"""The world: the same seed gives the same world, and it is the shop the tour needs."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from integrations.sandbox.world import World, build
from integrations.sandbox.world.codes import check_digit, ean_13, gtin_14, is_valid, upc_a
from integrations.sandbox.world.orders import line_count

ANCHOR = date(2026, 11, 23)


@pytest.fixture(scope="module")
def demo() -> World:
    return build(7, "demo", anchor=ANCHOR)


@pytest.fixture(scope="module")
def tiny() -> World:
    return build(7, "tiny", anchor=ANCHOR)


def _text(world: World) -> str:
    shops = [vars(shop) for shop in world.shops]
    portals = [vars(portal) for portal in world.portals]
    return json.dumps([shops, portals, world.named, world.held], sort_keys=False)


def test_the_same_seed_gives_the_same_bytes(tiny):
    assert _text(build(7, "tiny", anchor=ANCHOR)) == _text(tiny)
    assert _text(build(8, "tiny", anchor=ANCHOR)) != _text(tiny)


def test_ids_and_counts_do_not_depend_on_the_day(tiny):
    later = build(7, "tiny", anchor=date(2028, 2, 29))
    assert later.named == tiny.named
    for shop, other in zip(tiny.shops, later.shops, strict=True):
        for kind in ("products", "inventory", "sales"):
            assert [r["id"] for r in getattr(shop, kind)] == [r["id"] for r in getattr(other, kind)]
    for portal, other in zip(tiny.portals, later.portals, strict=True):
        assert [p["_id"] for p in portal.products] == [p["_id"] for p in other.products]
        assert [o["_id"] for o in portal.orders] == [o["_id"] for o in other.orders]
        assert [o["total"] for o in portal.orders] == [o["total"] for o in other.orders]


def test_the_demo_is_built_quickly():
    began = time.perf_counter()
    build(7, "demo", anchor=ANCHOR)
    assert time.perf_counter() - began < 8  # 0.5 s alone; other tests share the machine


def test_the_demo_has_the_promised_size(demo, tiny):
    main, second = demo.shops
    assert (main.prefix, second.prefix) == ("alder-quay", "harbour-row")
    assert (len(main.products), len(main.brands)) == (1500, 25)
    assert len(second.products) == 40
    assert (len(main.outlets), len(main.registers)) == (2, 3)
    assert len(demo.portals) == 12
    assert 75 <= sum(len(p.orders) for p in demo.portals) <= 90
    assert (len(tiny.shops[0].products), len(tiny.portals)) == (60, 3)
    assert 10 <= sum(len(p.orders) for p in tiny.portals) <= 14


def test_ids_and_skus_are_unique(demo):
    for shop in demo.shops:
        for kind in ("products", "sales", "inventory", "suppliers", "brands", "categories"):
            ids = [row["id"] for row in getattr(shop, kind)]
            assert len(ids) == len(set(ids)), kind
        skus = [row["sku"] for row in shop.products]
        assert len(skus) == len(set(skus))
    for portal in demo.portals:
        for rows in (portal.products, portal.orders):
            assert len({row["_id"] for row in rows}) == len(rows)
        skus = [size["_id"] for p in portal.products for size in p["sizes"]]
        assert len(skus) == len(set(skus))


def test_families_are_whole(demo):
    rows = demo.shops[0].products
    by_id = {row["id"]: row for row in rows}
    names: dict[str, set[str]] = {}
    for row in rows:
        names.setdefault(row["family_id"], set()).add(row["name"])
        parent = row["variant_parent_id"]
        if parent is not None:
            assert by_id[parent]["has_variants"]
            assert by_id[parent]["family_id"] == row["family_id"]
            assert len(row["variant_options"]) == len(by_id[parent]["variant_options"])
    assert all(len(group) == 1 for group in names.values())
    families = Counter(name for group in names.values() for name in group)
    assert [name for name, count in families.items() if count > 1] == []
    assert any(row["has_variants"] for row in rows)
    assert any(not row["variant_options"] for row in rows)


def test_the_shop_is_as_untidy_as_shops_are(demo):
    rows = demo.shops[0].products
    codes = Counter(c["code"] for row in rows for c in row["product_codes"])
    assert [code for code, count in codes.items() if count > 1] == ["012345678905"]
    assert any(not row["is_active"] for row in rows)
    assert any(not row["has_inventory"] for row in rows)
    without = [r for r in rows if {c["type"] for c in r["product_codes"]} == {"CUSTOM"}]
    assert 50 < len(without) < 800
    assert all(is_valid(c["code"]) for r in rows for c in r["product_codes"] if c["type"] == "UPC")


def test_a_year_of_sales_adds_up(demo):
    for shop in demo.shops:
        known = {row["id"] for row in shop.products}
        for sale in shop.sales:
            total = sum(Decimal(str(line["price_total"])) for line in sale["line_items"])
            assert total == Decimal(str(sale["total_price"]))
            assert {line["product_id"] for line in sale["line_items"]} <= known
        days = [sale["sale_date"][:10] for sale in shop.sales]
        assert days == sorted(days)
        assert (days[0], days[-1]) == ("2025-11-23", "2026-11-22")


def test_every_status_is_there_and_orders_are_short_and_long(demo):
    orders = [order for portal in demo.portals for order in portal.orders]
    assert {o["status"] for o in orders} == {
        "draft",
        "review",
        "pending",
        "approved",
        "processed",
        "shipped",
        "cancelled",
    }
    lengths = [line_count(order) for order in orders]
    assert min(lengths) == 4
    assert max(lengths) == 240
    assert {o["currency_code"] for o in orders} == {"USD", "EUR", "GBP", "CAD"}
    numbers = [o["order_number"] for o in orders]
    assert any(n.endswith("-2") for n in numbers)
    assert any(n.endswith("-1-A") for n in numbers)
    assert len(numbers) > len(set(numbers))  # two brands count alike


def test_order_money_adds_up(demo):
    spoiled = {order_id for _, order_id in demo.named.values()}
    for portal in demo.portals:
        for order in portal.orders:
            if order["_id"] in spoiled:
                continue
            rows = [row for line in order["line_items"] for row in line["sizes"]]
            total = sum(Decimal(str(row["price"])) * row["quantity"] for row in rows)
            assert total == Decimal(str(order["total"]))
            assert str(total.normalize()) == str(
                Decimal(order["order_discounts"]["discounted_total"]).normalize()
            )
            assert order["total_quantity"] == sum(row["quantity"] for row in rows)


def test_orders_show_samples_discounts_surcharges_windows_and_packs(demo):
    orders = [order for portal in demo.portals for order in portal.orders]
    lines = [line for order in orders for line in order["line_items"]]
    assert any(line["discount"] == 100 and line["sizes"][0]["price"] == 0 for line in lines)
    assert any(order["discount"] == 20 for order in orders)
    assert any(order["additional_percentage"] for order in orders)
    assert any(len({x["ship_end"] for x in order["line_items"]}) > 1 for order in orders)
    assert any(row.get("units_per_pack") == 6 for line in lines for row in line["sizes"])
    assert any(len({x["product"]["season"] for x in o["line_items"]}) > 1 for o in orders)
    assert {"OS", "onesize", "default"} <= {r["size"] for line in lines for r in line["sizes"]}
    assert any("id" not in line for line in lines)


def test_the_named_first_order_is_new_but_for_two_names(demo):
    portal_id, order_id = demo.named["first_40"]
    order = next(o for o in demo.portal(portal_id).orders if o["_id"] == order_id)
    products = {p["_id"]: p for p in demo.portal(portal_id).products}
    ordered = [products[line["product"]["_id"]] for line in order["line_items"]]
    assert line_count(order) == 40
    assert len({p["style_number"] for p in ordered}) == 8
    assert all(p["images"] for p in ordered)
    assert all(is_valid(row["upc"]) for line in order["line_items"] for row in line["sizes"])
    shop = demo.shop("alder-quay")
    names = {row["name"] for row in shop.products}
    brands = {row["name"] for row in shop.brands}
    assert "Kestrel Lane" not in brands
    turned = {" ".join([*p["name"].split()[1:], p["name"].split()[0]]) for p in ordered}
    assert len(turned & names) == 2
    assert not {p["name"] for p in ordered} & names
    known = [row for row in shop.products if row["name"] in turned]
    assert {c["type"] for row in known for c in row["product_codes"]} == {"CUSTOM"}
    assert _codes(order).isdisjoint(_shop_codes(demo))


def test_the_repeat_order_has_the_same_items_and_is_kept_back(demo):
    portal_id, order_id = demo.named["repeat_40"]
    repeat = demo.held["repeat_40"]
    assert repeat["_id"] == order_id
    assert order_id not in {o["_id"] for o in demo.portal(portal_id).orders}
    first = next(o for o in demo.portal(portal_id).orders if o["_id"] == demo.named["first_40"][1])
    assert _codes(first) == _codes(repeat)
    assert first["total_quantity"] != repeat["total_quantity"]


def test_the_long_order_has_thirty_families_and_thirty_pictures(demo):
    portal_id, order_id = demo.named["first_240"]
    portal = demo.portal(portal_id)
    order = next(o for o in portal.orders if o["_id"] == order_id)
    products = {p["_id"]: p for p in portal.products}
    ordered = [products[line["product"]["_id"]] for line in order["line_items"]]
    assert line_count(order) == 240
    assert len({p["style_number"] for p in ordered}) == 30
    pictures = [url for p in ordered for url in p["images"]]
    assert len(set(pictures)) == len(pictures) == 30
    assert _codes(order).isdisjoint(_shop_codes(demo))


def test_portals_and_shop_really_overlap(demo):
    shop = demo.shop("alder-quay")
    codes = _shop_codes(demo)
    by_upc = [p.id for p in demo.portals if _portal_codes(p) & codes]
    assert {"tarn-thistle", "northlight", "saltmarsh", "lumen-loom"} <= set(by_upc)
    assert {"kestrel-lane", "marrow-bay", "pomme-grise"}.isdisjoint(by_upc)
    tarn = {p["style_number"] for p in demo.portal("tarn-thistle").products}
    no_code = {
        row["supplier_code"]
        for row in shop.products
        if row["supplier_code"] and len(row["product_codes"]) == 1
    }
    assert any(code.startswith(tuple(tarn)) for code in no_code)


def test_the_distributor_sells_five_brands(demo):
    names = {p["brand_name"] for p in demo.portal("saltmarsh").products}
    assert len(names) == 5
    supplier = [s for s in demo.shop("alder-quay").suppliers if s["name"] == "Saltmarsh Supply"]
    assert len(supplier) == 1


def test_listed_barcodes_are_mostly_right_and_sometimes_not(demo):
    listed = [
        size.get("upc") for portal in demo.portals for p in portal.products for size in p["sizes"]
    ]
    kinds = Counter(
        "none" if code is None else "filler" if code == "N/A" else f"{len(code)} digits"
        for code in listed
    )
    assert {"none", "filler", "12 digits", "13 digits", "14 digits", "11 digits"} <= set(kinds)
    assert kinds["12 digits"] > len(listed) / 2


def test_the_second_shop_is_in_pounds_with_tax(demo):
    shop = demo.shop("harbour-row")
    assert (shop.currency, shop.tax_exclusive) == ("GBP", False)
    assert all(row["price_including_tax"] is not None for row in shop.products)
    assert all(row["price_including_tax"] is None for row in demo.shops[0].products)
    assert {p.shop for p in demo.portals} == {"alder-quay", "harbour-row"}


def test_barcodes_follow_the_gs1_rule():
    assert check_digit("03600029145") == "2"
    assert check_digit("400638133393") == "1"
    assert (len(upc_a("482912", 7)), len(ean_13("7310045", 7))) == (12, 13)
    assert gtin_14("036000291452") == "00036000291452"
    assert gtin_14("036000291452", 1) != "10036000291452"
    assert is_valid(gtin_14("036000291452", 1))


def _codes(order: dict) -> set[str]:
    return {row["upc"] for line in order["line_items"] for row in line["sizes"] if "upc" in row}


def _shop_codes(world: World) -> set[str]:
    rows = world.shop("alder-quay").products
    return {c["code"] for r in rows for c in r["product_codes"] if c["type"] != "CUSTOM"}


def _portal_codes(portal) -> set[str]:
    return {size["upc"] for p in portal.products for size in p["sizes"] if "upc" in size}
