"""Each dirty-data recipe does what its sentence says, to a copy, and nothing is left uncovered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from datetime import date

import pytest

from integrations.sandbox.world import World, build
from integrations.sandbox.world.badpictures import BAD
from integrations.sandbox.world.codes import is_valid
from integrations.sandbox.world.dirty import DIRTY, MILD, NOT_ON_THE_WIRE, Scene, dirty
from integrations.sandbox.world.orders import line_count

Check = Callable[[Scene, dict], bool]


def _upcs(s: Scene) -> list:
    return [row.get("upc") for row in s.rows]


def _first(s: Scene) -> dict:
    row: dict = s.rows[0]
    return row


def _number(s: Scene) -> str:
    return str(s.lines[0]["product"]["style_number"])


def _labels(s: Scene) -> list[str]:
    return [row["size"] for row in s.lines[0]["sizes"]]


def _text(s: Scene) -> str:
    assert s.raw is not None
    return s.raw.decode()


def _later(s: Scene, old: dict) -> bool:
    return bool(s.order["edited"] and s.order["modified_on"] > old["modified_on"])


CHECKS: dict[str, Check] = {
    "upc_shared_by_two_sizes": lambda s, o: _upcs(s)[0] == _upcs(s)[1],
    "upc_lost_leading_zero": lambda s, o: len(_upcs(s)[0]) == 11 and is_valid("0" + _upcs(s)[0]),
    "upc_lost_zero_twice": lambda s, o: len(_upcs(s)[0]) == 10 and is_valid("00" + _upcs(s)[0]),
    "upc_case_code_gtin14": lambda s, o: is_valid(_upcs(s)[0]) and _upcs(s)[0][0] == "1",
    "upc_unit_gtin14": lambda s, o: is_valid(_upcs(s)[0]) and _upcs(s)[0][:2] == "00",
    "upc_scientific_notation": lambda s, o: _upcs(s)[0] == "8.85E+11",
    "upc_filler_words": lambda s, o: {"N/A", "TBD", "-", ""} <= set(_upcs(s)),
    "upc_all_na": lambda s, o: set(_upcs(s)) == {"N/A"},
    "upc_missing_everywhere": lambda s, o: all("upc" not in row for row in s.rows),
    "upc_wrong_check_digit": lambda s, o: len(_upcs(s)[0]) == 12 and not is_valid(_upcs(s)[0]),
    "upc_of_another_brand": lambda s, o: _upcs(s)[0] == "777",
    "upc_on_two_pos_products": lambda s, o: _upcs(s)[0] == "012345678905",
    "upc_spaced_and_hyphenated": lambda s, o: " " in _upcs(s)[0] and "-" in _upcs(s)[1],
    "upc_e_and_ean_8": lambda s, o: [len(c) for c in _upcs(s)[:2]] == [8, 8],
    "upc_is_a_word": lambda s, o: not any(c.isdigit() for c in _upcs(s)),
    "style_number_with_signs": lambda s, o: _number(s) == "AB-100/7 L",
    "size_label_renamed": lambda s, o: _labels(s)[0] == "Medium",
    "upc_replaced": lambda s, o: (
        is_valid(_upcs(s)[0]) and _upcs(s)[0] != o["line_items"][0]["sizes"][0].get("upc")
    ),
    "D14_codes_equal_but_for_case": lambda s, o: (
        {str(x["product"]["style_number"]).strip().lower().lstrip("0") for x in s.lines[:4]}
        == {"ab-7"}
    ),
    "D26_code_like_a_card_number": lambda s, o: _number(s).startswith("4111"),
    "carry_over_new_season": lambda s, o: all(
        new["product"]["_id"] != old["product"]["_id"]
        and new["product"]["style_number"] == old["product"]["style_number"]
        for new, old in zip(s.lines, o["line_items"], strict=True)
    ),
    "season_spelled_differently": lambda s, o: len({x["product"]["season"] for x in s.lines}) == 3,
    "three_colourways_as_three_lines": lambda s, o: (
        len(s.lines) == 3 and len({x["product"]["color"] for x in s.lines}) == 3
    ),
    "four_varying_attributes": lambda s, o: (
        len({x["product"]["season"] for x in s.lines}) > 1 and "30x32" in _labels(s)
    ),
    "fifteen_colours_sixteen_sizes": lambda s, o: (
        len(s.rows) == 240 and len({x["product"]["color"] for x in s.lines}) == 15
    ),
    "D22_201_variants": lambda s, o: (
        len(s.rows) == 201 and len({x["product"]["style_number"] for x in s.lines}) == 1
    ),
    "sizes_s_and_sm": lambda s, o: {"S", "SM"} <= set(_labels(s)),
    "sizes_descending": lambda s, o: _labels(s) == ["10", "8", "6"],
    "two_products_share_a_name": lambda s, o: (
        [p["name"] for p in s.products].count("Classic Tee") == 2
    ),
    "D22_family_name_taken": lambda s, o: s.products[0]["name"] == "Taken Name",
    "name_of_300_characters": lambda s, o: len(s.products[0]["name"]) == 300,
    "D24_html_in_texts": lambda s, o: (
        "<script" in s.products[0]["description"] and "onerror" in s.order["notes"]
    ),
    "D15_megabyte_description": lambda s, o: len(s.products[0]["description"]) > 1_000_000,
    "D15_long_style_number": lambda s, o: len(_number(s)) == 10_000,
    "product_removed_from_catalogue": lambda s, o: (
        s.removed_products == [s.lines[0]["product"]["_id"]]
    ),
    "colour_renamed_by_brand": lambda s, o: (
        s.products[0]["color"].endswith("Heather")
        and s.lines[0]["product"]["color"] == o["line_items"][0]["product"]["color"]
    ),
    "colour_and_price_only": lambda s, o: all(
        p["name"] == "" and not p["images"] for p in s.products
    ),
    "brand_name_shouted": lambda s, o: s.order["__brand_name"] == "TARN & THISTLE ",
    "several_brands_in_one_order": lambda s, o: len({p["brand_name"] for p in s.products}) > 1,
    "brand_renamed": lambda s, o: all(p["brand_name"].endswith("Studio") for p in s.products),
    "product_without_brand_id": lambda s, o: not any("brand_id" in x["product"] for x in s.lines),
    "wholesale_zero_in_currency": lambda s, o: s.products[0]["pricing"]["USD"]["wholesale"] == 0,
    "quantity_reduced_later": lambda s, o: _first(s)["quantity"] == 8 and _later(s, o),
    "quantity_below_received": lambda s, o: _first(s)["quantity"] == 1 and _later(s, o),
    "cancelled_before_import": lambda s, o: s.order["status"] == "cancelled" and s.order["locked"],
    "partly_cancelled": lambda s, o: s.order["__cancelled_units"] == 3,
    "D19_lines_removed_later": lambda s, o: (
        len(s.lines) == len(o["line_items"]) - 1 and _later(s, o)
    ),
    "size_added_later": lambda s, o: len(s.rows) == line_count(o) + 1 and _later(s, o),
    "colour_swapped_later": lambda s, o: s.lines[0]["product"]["color"] == "Ink" and _later(s, o),
    "line_and_order_discount": lambda s, o: (
        s.order["discount"] == 20 and [x["discount"] for x in s.lines[:2]] == [10, 20]
    ),
    "average_discount_in_header": lambda s, o: (
        s.order["discount"] == 20 and {x["discount"] for x in s.lines} == {10, 30}
    ),
    "sample_at_100_percent": lambda s, o: (
        _first(s)["price"] == 0 and _first(s)["original_price"] > 0
    ),
    "price_zero_without_discount": lambda s, o: (
        _first(s)["price"] == 0 and s.lines[0]["discount"] == 0
    ),
    "price_missing": lambda s, o: "price" not in _first(s),
    "quantity_zero": lambda s, o: _first(s)["quantity"] == 0,
    "same_size_on_two_lines": lambda s, o: (
        s.lines[0]["product"]["_id"] == s.lines[-1]["product"]["_id"]
        and s.lines[0]["ship_end"] != s.lines[-1]["ship_end"]
    ),
    "header_total_off_by_cents": lambda s, o: round(s.order["total"] - o["total"], 2) == 0.02,
    "header_units_wrong": lambda s, o: s.order["total_quantity"] == o["total_quantity"] + 5,
    "msrp_missing": lambda s, o: not any("retail" in row for row in s.rows),
    "msrp_below_wholesale": lambda s, o: _first(s)["retail"] < _first(s)["price"],
    "several_delivery_windows": lambda s, o: len({x["ship_end"] for x in s.lines}) == 3,
    "window_ends_before_it_starts": lambda s, o: s.order["end_ship"] < s.order["start_ship"],
    "window_long_past": lambda s, o: s.order["end_ship"] < "2020",
    "split_family": lambda s, o: (
        [s.order["order_number"], s.siblings[0]["order_number"]]
        == [f"{o['order_number']}-1", f"{o['order_number']}-2"]
    ),
    "D18_number_of_another_brand": lambda s, o: s.order["order_number"] == "555",
    "D18_number_twice": lambda s, o: (
        s.siblings[0]["order_number"] == s.order["order_number"]
        and s.siblings[0]["_id"] != s.order["_id"]
    ),
    "blank_customer_po": lambda s, o: s.order["customer_po_number"] == "",
    "no_lines": lambda s, o: s.lines == [] and s.order["total"] == 0,
    "all_quantities_zero": lambda s, o: not any(row["quantity"] for row in s.rows),
    "D16_ten_thousand_lines": lambda s, o: len(s.rows) == 10_000,
    "D20_order_deleted": lambda s, o: s.removed,
    "one_size_spelled_three_ways": lambda s, o: (
        {row["size"] for row in s.rows} == {"OS", "onesize", "default"}
    ),
    "pack_not_a_multiple": lambda s, o: _first(s)["quantity"] % _first(s)["units_per_pack"] == 1,
    "line_without_id_or_window": lambda s, o: not {"id", "ship_end"} & s.lines[0].keys(),
    "address_missing": lambda s, o: "shipping_address" not in s.order,
    "size_priced_on_its_own": lambda s, o: (
        s.lines[0]["sizes"][-1]["price"] == _first(s)["price"] + 5
    ),
    "D1_missing_order_number": lambda s, o: "order_number" not in s.order,
    "D1_missing_currency": lambda s, o: "currency_code" not in s.order,
    "D1_missing_product_id": lambda s, o: "_id" not in s.lines[0]["product"],
    "D1_missing_quantity": lambda s, o: "quantity" not in _first(s),
    "D1_missing_lines": lambda s, o: "line_items" not in s.order,
    "D2_nulls": lambda s, o: s.order["shipping_address"] is None and _first(s)["upc"] is None,
    "D2_null_where_needed": lambda s, o: s.lines[0]["sizes"] is None,
    "D3_texts_for_numbers": lambda s, o: all(isinstance(row["quantity"], str) for row in s.rows),
    "D3_wrong_types": lambda s, o: (
        isinstance(s.order["retailer"], list) and _first(s)["quantity"] is True
    ),
    "D3_number_as_number": lambda s, o: s.order["order_number"] == 41872,
    "D4_unknown_fields": lambda s, o: "hologram" in s.order and _first(s)["magnetic"],
    "D4_unknown_status": lambda s, o: s.order["status"] == "consolidating",
    "D4_status_in_capitals": lambda s, o: s.order["status"] == "Approved",
    "D5_negative_quantity": lambda s, o: _first(s)["quantity"] == -3,
    "D5_fractional_quantity": lambda s, o: _first(s)["quantity"] == 1.5,
    "D5_billion_quantity": lambda s, o: _first(s)["quantity"] == 10**9,
    "D5_arabic_digit_quantity": lambda s, o: _first(s)["quantity"] == "\u0663",
    "D5_nan_quantity": lambda s, o: '"quantity": NaN' in _text(s),
    "D5_infinity_quantity": lambda s, o: '"quantity": Infinity' in _text(s),
    "D5_1e400_quantity": lambda s, o: (
        json.loads(_text(s))["line_items"][0]["sizes"][0]["quantity"] == float("inf")
    ),
    "D6_negative_price": lambda s, o: _first(s)["price"] == -5,
    "D6_tenth_of_a_cent": lambda s, o: _first(s)["price"] == 0.001,
    "D6_enormous_price": lambda s, o: _first(s)["price"] == 99999999999.99,
    "D6_other_currency": lambda s, o: s.order["currency_code"] == "JPY",
    "D6_display_price": lambda s, o: _first(s)["price"] == "$28.00",
    "D7_integer_of_5000_digits": lambda s, o: re.search(r"9{5000}", _text(s)) is not None,
    "D8_nested_100000_deep": lambda s, o: _text(s).count("[") > 100_000,
    "D8_not_json": lambda s, o: _text(s).startswith("<html"),
    "D8_cut_in_the_middle": lambda s, o: (
        not _text(s).endswith("}") or _text(s).count("{") > _text(s).count("}")
    ),
    "D9_duplicate_keys": lambda s, o: (
        re.search(r'"quantity": \d+, "quantity": 7', _text(s)) is not None
    ),
    "D10_lone_surrogate": lambda s, o: json.loads(_text(s))["notes"] == "half \ud800 a smile",
    "D10_not_utf8": lambda s, o: b"Tr\xe8s press\xe9" in (s.raw or b""),
    "D11_nul_in_text": lambda s, o: "\x00" in s.order["notes"],
    "D12_unicode_oddities": lambda s, o: (
        "\u202e" in s.order["notes"] and "E\u0301" in s.lines[0]["product"]["color"]
    ),
    "D13_stray_spaces": lambda s, o: (
        _number(s).startswith("\u00a0") and s.order["order_number"].strip() == o["order_number"]
    ),
    "D27_all_bad_images": lambda s, o: len(s.products[0]["images"]) == len(BAD),
    "D28_image_addresses": lambda s, o: "file:///etc/passwd" in s.products[0]["images"],
    "D29_date_february_29": lambda s, o: "2027-02-29" in s.order["start_ship"],
    "D29_date_april_31": lambda s, o: "2027-04-31" in s.order["start_ship"],
    "D29_date_all_zero": lambda s, o: s.order["start_ship"] == "0000-00-00",
    "D29_date_year_9999": lambda s, o: s.order["start_ship"][:4] == "9999",
    "D29_date_no_zone": lambda s, o: s.order["start_ship"] == "2027-03-01T00:00:00",
    "D29_date_plus_thirteen": lambda s, o: s.order["start_ship"].endswith("+13:00"),
    "D29_date_two_digit_year": lambda s, o: s.order["start_ship"] == "03/01/27",
    "D29_date_epoch_ms": lambda s, o: isinstance(s.order["start_ship"], int),
    "D29_date_words": lambda s, o: s.order["start_ship"] == "early March",
    "D30_clock_goes_forward": lambda s, o: s.order["created_on"].startswith("2027-03-14T07:30"),
    "D30_clock_goes_back": lambda s, o: s.order["created_on"].startswith("2026-11-01T05:30"),
}

CHECKS |= {
    f"D27_image_{key.replace('-', '_')}": lambda s, o, key=key: (
        s.products[0]["images"] == [f"/images/bad-{key}.png"] and bool(BAD[key].wrong)
    )
    for key in BAD
}


@pytest.fixture(scope="module")
def world() -> World:
    return build(7, "tiny", anchor=date(2026, 11, 23))


@pytest.mark.parametrize("key", sorted(DIRTY))
def test_a_recipe_does_what_it_says(world, key):
    portal = world.portal("kestrel-lane")
    order = portal.orders[0]
    before = deepcopy((order, portal.products))
    scene = dirty(
        key,
        order,
        portal.products,
        codes_elsewhere=["777"],
        names_elsewhere=["Taken Name"],
        numbers_elsewhere=["555"],
    )
    assert CHECKS[key](scene, order)
    assert (order, portal.products) == before
    assert (scene.raw is not None) == DIRTY[key].is_raw
    assert DIRTY[key].wrong.endswith(".")


def test_every_recipe_is_checked_here():
    assert CHECKS.keys() == DIRTY.keys()


@pytest.mark.parametrize("key", sorted(k for k in DIRTY if DIRTY[k].is_raw))
def test_a_raw_recipe_gives_bytes_in_short(world, key):
    assert isinstance(DIRTY[key](world.portal("kestrel-lane").orders[0]), bytes)


def test_the_short_form_gives_a_copy(world):
    order = world.portal("kestrel-lane").orders[0]
    spoiled = DIRTY["no_lines"](order)
    assert isinstance(spoiled, dict)
    assert spoiled["line_items"] == []
    assert order["line_items"]


def test_every_edge_case_is_covered_or_said_to_be_elsewhere():
    wanted = {str(n) for n in range(1, 65)} | {f"D{n}" for n in [*range(1, 25), *range(26, 31)]}
    covered = {number for recipe in DIRTY.values() for number in recipe.covers}
    assert wanted - covered - NOT_ON_THE_WIRE.keys() == set()
    assert covered & NOT_ON_THE_WIRE.keys() == set()


def test_the_demo_carries_the_mild_ones():
    named = build(7, "demo", anchor=date(2026, 11, 23)).named
    assert set(MILD) <= named.keys()
    assert not any(DIRTY[key].is_raw for key in MILD)
