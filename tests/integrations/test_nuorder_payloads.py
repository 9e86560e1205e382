"""The border: NuORDER's orders and products in our words, with everything that is wrong named.

Dirty orders come from the sandbox's recipes; each test carries the numbers of the cases it shows.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from integrations.errors import Unreadable
from integrations.nuorder.body import digest_of, order_number_in
from integrations.nuorder.payloads import read_order
from integrations.nuorder.products import read_product
from integrations.nuorder.stock import read_stock
from integrations.sandbox.world import build
from integrations.sandbox.world.dirty import DIRTY, dirty
from integrations.sandbox.world.recipe import Scene
from purchasing.records import IncomingOrder, Problem

# What a recipe must be answered with: the field or code of a problem, and whether it blocks.
# Recipes about barcodes, families and the shop's own data are settled by matching.
ANSWERED: dict[str, tuple[str, bool]] = {
    "D14_codes_equal_but_for_case": ("style_twins", False),
    "partly_cancelled": ("partly_cancelled", False),
    "sample_at_100_percent": ("sample", False),
    "price_zero_without_discount": ("price_zero", True),
    "price_missing": ("price_missing", True),
    "quantity_zero": ("quantity_zero", False),
    "several_delivery_windows": ("several_windows", False),
    "window_ends_before_it_starts": ("window_backwards", False),
    "no_lines": ("empty", True),
    "all_quantities_zero": ("empty", True),
    "pack_not_a_multiple": ("pack_unclear", True),
    "address_missing": ("address_missing", False),
    "D15_long_style_number": ("style_number_long", True),
    "D1_missing_order_number": ("order_number_missing", True),
    "D1_missing_currency": ("currency_code_missing", True),
    "D1_missing_product_id": ("_id_missing", True),
    "D1_missing_quantity": ("quantity_missing", True),
    "D1_missing_lines": ("line_items_wrong", True),
    "D2_null_where_needed": ("sizes_wrong", True),
    "D3_texts_for_numbers": ("quantity_wrong", True),
    "D3_wrong_types": ("product_wrong", True),
    "D4_unknown_status": ("status_unknown", True),
    "D5_negative_quantity": ("quantity_wrong", True),
    "D5_fractional_quantity": ("quantity_wrong", True),
    "D5_billion_quantity": ("quantity_wrong", True),
    "D5_arabic_digit_quantity": ("quantity_wrong", True),
    "D5_1e400_quantity": ("quantity_wrong", True),
    "D6_negative_price": ("price_wrong", True),
    "D6_tenth_of_a_cent": ("price_wrong", True),
    "D6_enormous_price": ("price_wrong", True),
    "D9_duplicate_keys": ("quantity_twice", False),
    "D10_lone_surrogate": ("notes_characters", False),
    "D11_nul_in_text": ("color_characters", False),
    "D12_unicode_oddities": ("notes_characters", False),
    "D29_date_february_29": ("start_ship_wrong", True),
    "D29_date_april_31": ("ship_start_wrong", True),
    "D29_date_all_zero": ("start_ship_wrong", True),
    "D29_date_year_9999": ("start_ship_wrong", True),
    "D29_date_plus_thirteen": ("start_ship_wrong", True),
    "D29_date_two_digit_year": ("start_ship_wrong", True),
    "D29_date_epoch_ms": ("start_ship_wrong", True),
    "D29_date_words": ("start_ship_wrong", True),
}
FATAL = {
    "D5_nan_quantity": "NaN",
    "D5_infinity_quantity": "Infinity",
    "D7_integer_of_5000_digits": "5,000 digits",
    "D8_nested_100000_deep": "nested too deeply",
    "D8_not_json": "web page",
    "D8_cut_in_the_middle": "breaks off",
    "D10_not_utf8": "UTF-8",
}


@cache
def portal() -> Any:
    return build(seed=7, size="demo").portal("tarn-thistle")


def clean() -> dict[str, Any]:
    """An approved order of several colourways with nothing wrong."""
    return next(
        json.loads(json.dumps(order))
        for order in portal().orders
        if order["status"] == "approved" and len(order["line_items"]) > 3
    )


def spoiled(key: str) -> Scene:
    return dirty(key, clean(), portal().products)


def bytes_of(scene: Scene) -> bytes:
    return json.dumps(scene.order).encode() if scene.raw is None else scene.raw


def read(order: Any) -> IncomingOrder:
    raw = order if isinstance(order, bytes) else json.dumps(order).encode()
    return read_order(raw, portal="Tarn & Thistle")


def problems(order: IncomingOrder) -> list[Problem]:
    return [*order.problems, *(p for line in order.lines for p in line.problems)]


# --- the shape of a clean order ------------------------------------------------------------


def test_a_clean_order_has_no_problem_and_adds_up() -> None:
    for held in portal().orders:
        order = read(held)
        sold = sum((line.unit_cost or Decimal(0)) * line.quantity for line in order.lines)
        assert [p.text for p in problems(order) if p.blocks] == []
        assert order.header_total == sold
        assert order.header_units == sum(line.quantity for line in order.lines)


def test_the_written_example_becomes_our_words() -> None:
    body = {
        "_id": "6501aa00bb11cc22dd33ee44",
        "order_number": "200100300-2",
        "status": "Approved",
        "customer_po_number": "",
        "currency_code": "USD",
        "discount": 10,
        "total": 108,
        "total_quantity": 4,
        "created_on": "2025-02-03T17:04:05.678Z",
        "start_ship": "2025-07-01T00:00:00.000Z",
        "end_ship": "2025-07-31T00:00:00.000Z",
        "retailer": {"buyer_name": "Ana Ruiz", "buyer_email": ""},
        "shipping_address": {"line_1": "1 Pier Rd", "city": "Bath", "code": "DOOR-1"},
        "line_items": [
            {
                "id": "ln1",
                "product": {
                    "_id": "6501aa00bb11cc22dd33ee46",
                    "style_number": "TEE-9",
                    "color": "Écru",
                    "color_code": "",
                    "season": "SS25",
                    "brand_id": "TEE-9_ECR",
                },
                "ship_start": "2025-07-01T00:00:00.000Z",
                "ship_end": "2025-07-31T00:00:00.000Z",
                "warehouse": "default",
                "prebook": False,
                "retail_string": "$60.00",
                "sizes": [{"size": "OS", "quantity": 4, "price": 27, "original_price": 30}],
            }
        ],
    }
    order = read(body)
    (line,) = order.lines
    assert problems(order) == []
    assert (order.source_key, order.number, order.group_key) == (
        "6501aa00bb11cc22dd33ee44",
        "200100300-2",
        "number:200100300",
    )
    assert (order.brand_status, order.brand_status_text) == ("approved", "Approved")
    assert order.ordered_at == datetime(2025, 2, 3, 17, 4, 5, 678000, tzinfo=UTC)
    assert (order.ship_start, order.ship_end) == (date(2025, 7, 1), date(2025, 7, 31))
    assert (order.buyer_name, order.customer_po) == ("Ana Ruiz", "")
    assert order.ship_to is not None
    assert (order.ship_to.key, order.ship_to.label) == ("door-1", "1 Pier Rd, Bath")
    assert (line.key, line.quantity) == ("ln1/OS", 4)
    assert (line.unit_cost, line.list_cost, line.discount_percent, line.msrp) == (
        Decimal(27),
        Decimal(30),
        Decimal(10),
        Decimal(60),
    )
    assert line.item.source_key == "6501aa00bb11cc22dd33ee46/OS"
    assert line.item.brand_item_key == "tee-9_ecr/os"
    assert line.item.code == ""


def test_a_line_without_an_id_is_known_by_product_warehouse_window_and_size() -> None:
    old = clean()
    for line in old["line_items"]:
        line.pop("id", None)
    order = read(old)
    first, body = order.lines[0], old["line_items"][0]
    window = [body[name][:10].replace("-", "") for name in ("ship_start", "ship_end")]
    parts = (body["product"]["_id"], "default", *window, body["sizes"][0]["size"])
    assert first.key == "/".join(parts)
    assert len({line.key for line in order.lines}) == len(order.lines)


@pytest.mark.parametrize(
    "drop", ["order_discounts", "modified_on", "notes", "retailer", "rep_name"]
)
def test_d1_what_is_not_needed_may_be_missing(drop: str) -> None:
    body = clean()
    body.pop(drop, None)
    assert problems(read(body)) == []


# --- dirty orders --------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(ANSWERED))
def test_every_fault_is_named_with_its_line_and_the_way_out(key: str) -> None:
    """D1-D6, D9-D12, D14-D16, D29 and cases 41, 47-58, 64 of the trade."""
    code, blocks = ANSWERED[key]
    order = read(bytes_of(spoiled(key)))
    named = [p for p in problems(order) if p.code == code]
    assert named, f"{DIRTY[key].wrong}: {[p.text for p in problems(order)]}"
    for problem in named:
        assert problem.blocks is blocks
        assert ": " in problem.text
        assert problem.text.endswith(".")
        assert len(problem.text) < 400


@pytest.mark.parametrize("key", sorted(FATAL))
def test_a_body_that_is_no_order_says_why(key: str) -> None:
    """D5, D7, D8, D10: nothing is guessed from a body that is not sound JSON."""
    scene = spoiled(key)
    with pytest.raises(Unreadable, match=FATAL[key]):
        read(bytes_of(scene))
    if key not in ("D8_not_json", "D10_not_utf8"):
        assert order_number_in(bytes_of(scene)) == clean()["order_number"]


@pytest.mark.parametrize("key", sorted(set(DIRTY) - set(FATAL)))
def test_no_recipe_loses_a_line_or_stops_the_order(key: str) -> None:
    """Every recipe of the sandbox: what can be read is read, what cannot is a problem."""
    scene = spoiled(key)
    order = read(bytes_of(scene))
    asked = sum(
        len(line["sizes"]) if isinstance(line.get("sizes"), list) else 1
        for line in scene.order.get("line_items", [])
    )
    zero = sum(
        row.get("quantity") == 0
        for line in scene.order.get("line_items", [])
        for row in line["sizes"] or []
    )
    assert len(order.lines) == asked - zero
    for problem in problems(order):
        assert "\x00" not in problem.text


@pytest.mark.parametrize("body", [[], "order", 7, None, {"order_number": "1"}, {"_id": 7}])
def test_what_is_not_an_order_is_unreadable(body: Any) -> None:
    with pytest.raises(Unreadable):
        read(body)


def test_every_fault_of_one_size_is_named_at_once() -> None:
    """D1, D3: somebody who writes to the brand writes once."""
    body = clean()
    row = body["line_items"][0]["sizes"][0]
    row |= {"quantity": "12", "price": "free", "retail": [], "upc": 36000291452}
    line = read(body).lines[0]
    assert {p.code for p in line.problems} == {
        "quantity_wrong",
        "price_wrong",
        "retail_wrong",
        "upc_number",
    }
    assert (line.quantity, line.unit_cost) == (0, None)
    assert line.item.code == "36000291452"


# --- money ---------------------------------------------------------------------------------


def test_edge_47_a_line_s_own_discount_takes_the_place_of_the_order_s() -> None:
    order = read(bytes_of(spoiled("line_and_order_discount")))
    first, last = order.lines[0], order.lines[-1]
    assert (first.discount_percent, last.discount_percent) == (Decimal(10), Decimal(20))
    for line in (first, last):
        assert line.list_cost is not None
        keep = 1 - (line.discount_percent or Decimal(0)) / 100
        assert abs((line.unit_cost or 0) - line.list_cost * keep) <= Decimal("0.005")


def test_edge_47_prices_that_the_total_proves_to_be_gross_are_discounted_once() -> None:
    body = clean()
    body["discount"] = 20
    for line in body["line_items"]:
        line.pop("discount")
        for row in line["sizes"]:
            row["price"] = row["original_price"]
    goods: Any = sum(
        r["price"] * r["quantity"] for line in body["line_items"] for r in line["sizes"]
    )
    body["total"] = round(goods * 0.8, 2)
    order = read(body)
    assert [p.code for p in problems(order)] == ["discount_applied"]
    for line in order.lines:
        assert line.list_cost is not None
        assert line.unit_cost == line.list_cost * Decimal("0.8")


def test_edge_48_an_average_in_the_header_is_not_applied_again() -> None:
    scene = spoiled("average_discount_in_header")
    order = read(bytes_of(scene))
    sold = sum((line.unit_cost or Decimal(0)) * line.quantity for line in order.lines)
    assert sold == order.header_total
    assert "discount_applied" not in {p.code for p in problems(order)}


def test_edge_49_and_50_free_is_said_by_a_discount_and_else_held() -> None:
    sample = read(bytes_of(spoiled("sample_at_100_percent"))).lines[0]
    assert (sample.unit_cost, sample.msrp is not None) == (Decimal(0), True)
    zero = read(bytes_of(spoiled("price_zero_without_discount"))).lines[0]
    assert zero.unit_cost == 0
    assert zero.problems[0].blocks
    missing = read(bytes_of(spoiled("price_missing"))).lines[0]
    assert missing.unit_cost is None


def test_edge_51_nothing_ordered_is_no_line() -> None:
    scene = spoiled("quantity_zero")
    order = read(bytes_of(scene))
    assert len(order.lines) == sum(row["quantity"] > 0 for row in scene.rows)


def test_edge_53_two_windows_of_one_size_stay_two_lines_of_one_item() -> None:
    order = read(bytes_of(spoiled("same_size_on_two_lines")))
    first, again = order.lines[0], order.lines[-1]
    assert first.item.source_key == again.item.source_key
    assert first.key != again.key
    assert first.ship_end is not None
    assert again.ship_end is not None
    assert again.ship_end > first.ship_end


def test_d17_one_size_twice_under_one_line_id_is_kept_apart_and_noted() -> None:
    body = clean()
    body["line_items"][0]["sizes"].append(dict(body["line_items"][0]["sizes"][0]))
    order = read(body)
    assert len({line.key for line in order.lines}) == len(order.lines)
    assert "line_twice" in {p.code for p in problems(order)}


def test_edge_59_siblings_of_a_split_have_one_group() -> None:
    scene = spoiled("split_family")
    one, two = read(scene.order), read(scene.siblings[0])
    assert one.source_key != two.source_key
    assert one.group_key == two.group_key != ""
    for order in (scene.order, scene.siblings[0]):
        order.pop("order_group_id")
    assert read(scene.order).group_key == read(scene.siblings[0]).group_key != ""


def test_an_msrp_comes_from_the_size_else_from_the_line_s_display_text() -> None:
    body = clean()
    line = body["line_items"][0]
    line["retail_string"] = "$61.00"
    line["sizes"][0].pop("retail", None)
    assert read(body).lines[0].msrp == Decimal(61)
    line["sizes"][0]["retail"] = 62
    assert read(body).lines[0].msrp == Decimal(62)


def test_d6_a_price_in_another_currency_s_symbol_is_held() -> None:
    body = clean()
    body["line_items"][0]["sizes"][0]["price"] = "€28.00"
    (problem,) = read(body).lines[0].problems
    assert problem.blocks
    assert "not in USD" in problem.text


# --- characters ----------------------------------------------------------------------------


def test_d11_d12_d13_names_are_clean_and_the_number_is_verbatim() -> None:
    order = read(bytes_of(spoiled("D11_nul_in_text")))
    assert order.lines[0].item.colour == "Moss"
    assert order.notes == "ring the bell"
    odd = read(bytes_of(spoiled("D12_unicode_oddities")))
    assert odd.notes == "With love \U0001f469\u200d\U0001f33e txt.exe"
    assert odd.lines[0].item.colour == "E\u0301cru \U0001f33f"
    scene = spoiled("D13_stray_spaces")
    spaced = read(scene.order)
    assert spaced.number == scene.order["order_number"].strip()
    assert spaced.lines[0].item.size == scene.rows[0]["size"].strip()
    assert not spaced.lines[0].item.style_number.startswith("\u00a0")


def test_d24_markup_in_a_note_stays_text() -> None:
    order = read(bytes_of(spoiled("D24_html_in_texts")))
    assert order.notes == "<img src=x onerror=alert(1)> ship <b>whole</b>"


def test_two_bodies_are_one_version_only_when_every_byte_is() -> None:
    assert digest_of(b'{"a":1}') != digest_of(b'{"a": 1}')


# --- products ------------------------------------------------------------------------------


def product(**changes: Any) -> list[Any]:
    body = json.loads(json.dumps(portal().products[0])) | changes
    return read_product(json.dumps(body).encode(), host="https://buyer.example", currency="USD")


def test_a_product_becomes_its_sizes_with_codes_prices_and_pictures() -> None:
    body = portal().products[0]
    items = product()
    assert [item.size for item in items] == [row["size"] for row in body["sizes"]]
    first = items[0]
    assert first.source_key == f"{body['_id']}/{body['sizes'][0]['size']}"
    assert first.sku_key == body["sizes"][0]["_id"]
    assert first.wholesale == Decimal(str(body["pricing"]["USD"]["wholesale"]))
    assert first.image_urls == (f"https://buyer.example{body['images'][0]}",)
    assert first.is_detail
    assert first.problems == ()


def test_a_size_s_own_price_comes_before_the_product_s() -> None:
    sizes = json.loads(json.dumps(portal().products[0]["sizes"]))
    sizes[0]["pricing"] = {"USD": {"wholesale": "31.50", "retail": "70"}}
    items = product(sizes=sizes)
    assert (items[0].wholesale, items[0].msrp) == (Decimal("31.50"), Decimal(70))


def test_edge_50_wholesale_zero_switches_a_product_off_and_is_unknown() -> None:
    items = product(pricing={"USD": {"wholesale": 0, "retail": "", "disabled": True}})
    assert {(item.wholesale, item.msrp) for item in items} == {(None, None)}


def test_d24_a_description_is_harmless_and_a_name_is_plain() -> None:
    scene = spoiled("D24_html_in_texts")
    body = scene.products[0]
    item = read_product(json.dumps(body).encode(), host="https://x.example", currency="USD")[0]
    assert item.description == "<p>Soft &amp; warm.</p>care<ul><li>Wool</li></ul>"
    assert item.name == "Soft Tee"


def test_edge_27_and_d15_long_texts_are_cut_with_a_notice() -> None:
    items = product(name="N" * 300, description="<p>" + "wool " * 200_000 + "</p>")
    assert len(items[0].name) == 255
    assert len(items[0].description) <= 20_000
    assert items[0].description.endswith("</p>")
    assert {p.code for p in items[0].problems} == {"name_long", "description_long"}


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ("/images/a.png", "https://buyer.example/images/a.png"),
        ("https://cdn.example/a.png", "https://cdn.example/a.png"),
        ("a.png", "https://buyer.example/a.png"),
        ("6501aa00bb11cc22dd33ee46", None),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://user@cdn.example/a.png", None),
        ("https://[bad/a.png", None),
        (7, None),
    ],
)
def test_d28_only_addresses_that_can_be_pictures_are_kept(image: Any, address: str | None) -> None:
    assert product(images=[image])[0].image_urls == ((address,) if address else ())


@pytest.mark.parametrize("body", [[], {"sizes": []}, {"_id": "1", "sizes": []}, "no"])
def test_what_is_no_product_is_unreadable(body: Any) -> None:
    with pytest.raises(Unreadable):
        read_product(json.dumps(body).encode(), host="https://x.example")


def test_an_untidy_product_gives_what_can_be_read() -> None:
    items = product(sizes=[7, {"size": ""}, {"size": "M", "upc": 5}], images=None, description=[1])
    assert [item.size for item in items] == ["M"]
    assert items[0].problems


# --- supplier stock ------------------------------------------------------------------------

ROWS = [
    {
        "warehouse": "default",
        "prebook": False,
        "wip": [
            {"name": "immediate", "sizes": [{"size": "M", "quantity": -4}, {"size": "L"}]},
            {"name": "2025/09/01", "sizes": [{"size": "M", "quantity": 50}]},
        ],
    },
    {"warehouse": "east", "prebook": True, "wip": [{"name": "prebook", "sizes": [{"size": "M"}]}]},
]


@pytest.mark.parametrize("body", [ROWS, {"inventory": ROWS}])
def test_stock_is_read_in_both_shapes_and_unknown_is_not_zero(body: Any) -> None:
    rows = read_stock(json.dumps(body).encode())
    facts = [(r.size, r.kind, r.quantity, r.available_from, r.warehouse) for r in rows]
    assert facts == [
        ("M", "now", -4, None, "default"),
        ("L", "now", None, None, "default"),
        ("M", "dated", 50, date(2025, 9, 1), "default"),
        ("M", "prebook", None, None, "east"),
    ]


def test_stock_that_is_none_and_stock_that_is_nonsense() -> None:
    assert read_stock(b"{}") == ()
    assert read_stock(b"[]") == ()
    with pytest.raises(Unreadable):
        read_stock(b'{"inventory": 7}')
