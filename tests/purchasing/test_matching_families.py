"""New products from an order: families, attributes, names, codes, prices. Numbers: edge cases."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.gtin import check_digit
from catalog.models import Attribute, Barcode, BrandDefault, Category, Tag, Tax
from purchasing.models import Decision, SupplierBrand
from retailers.models import RuleSetting
from tests.purchasing.orders import Desk, upc

pytestmark = pytest.mark.django_db
Action, Bin, State = Decision.Action, Decision.Bin, Decision.State


@pytest.fixture
def desk(in_shop: Any) -> Desk:
    return Desk(in_shop)


def codes(decision: Decision) -> set[str]:
    return {row["code"] for row in decision.problems}


def problem_of(decision: Decision, code: str) -> dict[str, Any]:
    return next(row for row in decision.problems if row["code"] == code)


def options(decision: Decision) -> dict[str, str]:
    return {one["name"]: one["value"] for one in decision.options}


def test_19_three_colourways_of_one_style_become_one_family(desk):
    items = [
        desk.ordered("A-100", colour, size) for colour in ("Red", "Blue", "Green") for size in "SM"
    ]
    desk.match()
    family = desk.order.new_products.get()
    assert family.attributes == ["Colour", "Size"]
    assert [options(desk.of(item)) for item in items[:2]] == [
        {"Colour": "Red", "Size": "S"},
        {"Colour": "Red", "Size": "M"},
    ]
    assert all(desk.of(item).bin == Bin.NEW for item in items)


def test_10_only_attributes_that_vary_are_made(desk):
    for size in "SML":
        desk.ordered("A-1", "Moss", size)
    for colour in ("Moss", "Peat"):
        desk.ordered("A-2", colour, "OS")
    desk.ordered("A-3", "Moss", "onesize")
    desk.match()
    made = {one.style_number: one.attributes for one in desk.order.new_products.all()}
    assert made == {"A-1": ["Size"], "A-2": ["Colour"], "A-3": []}


def test_the_shop_says_which_labels_mean_one_size(desk):
    RuleSetting.objects.create(retailer=desk.shop, key="one_size_label", value="Einheit")
    for colour in ("Moss", "Peat"):
        desk.ordered("A-2", colour, "Einheit")
    desk.match()
    assert desk.order.new_products.get().attributes == ["Colour"]


def test_23_the_shops_own_word_for_colour_is_used(desk):
    Attribute.objects.create(retailer=desk.shop, name="Color")
    for colour in ("Moss", "Peat"):
        desk.ordered("A-2", colour, "OS")
    desk.match()
    assert desk.order.new_products.get().attributes == ["Color"]


def test_21_more_than_200_variants_are_offered_as_one_product_a_colour(desk, ana):
    items = [desk.ordered("A-1", f"Colour {c}", f"{s}") for c in range(15) for s in range(14)]
    desk.match()
    decision = desk.of(items[0])
    assert decision.bin == Bin.CONFLICT
    row = problem_of(decision, "too-many")
    assert [choice["key"] for choice in row["choices"]] == ["split"]
    for one in Decision.objects.filter(order=desk.order):
        problem_of(one, "too-many")["answer"] = "split"
        one.save()
    desk.match()
    assert desk.order.new_products.count() == 15
    assert desk.order.new_products.first().attributes == ["Size"]
    assert len({one.name for one in desk.order.new_products.all()}) == 15


def test_22_a_new_colour_of_a_style_in_the_shop_is_added_to_its_product(desk):
    product = desk.product("Wax Jacket", brand="Tarn & Thistle", attributes=["Colour", "Size"])
    for size in "SM":
        desk.variant(
            product, supplier_code=f"TT-1-Moss-{size}", options={"Colour": "Moss", "Size": size}
        )
    item = desk.ordered("TT-1", "Peat", "M")
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.action, decision.product) == (Bin.LIKELY, Action.ADD, product)
    assert options(decision) == {"Colour": "Peat", "Size": "M"}
    assert decision.sku
    assert not desk.order.new_products.exists()


def test_22_a_new_size_joins_the_product_its_other_sizes_are_known_in(desk):
    product = desk.product("Wax Jacket", brand="Tarn & Thistle", attributes=["Size"])
    desk.variant(product, code=upc(3), options={"Size": "M"})
    known = desk.ordered("TT-1", "Moss", "M", code=upc(3), name="Wax Jacket")
    item = desk.ordered("TT-1", "Moss", "XXL", code=upc(4), name="Wax Jacket")
    desk.match()
    assert desk.of(known).bin == Bin.CERTAIN
    decision = desk.of(item)
    assert (decision.action, decision.product) == (Action.ADD, product)
    assert options(decision) == {"Size": "XXL"}


def test_22_a_product_without_colours_is_not_changed_behind_the_shops_back(desk):
    product = desk.product("Wax Jacket", brand="Tarn & Thistle", attributes=["Size"])
    moss = desk.item("TT-1", "Moss", "M", season="F26")
    moss.variant = desk.variant(product, supplier_code="TT-1-M", options={"Size": "M"})
    moss.save()
    item = desk.ordered("TT-1", "Peat", "M")
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.action) == (Bin.LIKELY, Action.CREATE)
    assert decision.new_product.name.endswith("Peat")
    assert {"product": product.pk} == {
        key: value for key, value in decision.candidates[0].items() if key == "product"
    }


def test_17_style_colour_and_size_under_the_same_supplier_are_likely_the_same(desk):
    product = desk.product("Wax Jacket", brand="Tarn & Thistle", attributes=["Colour", "Size"])
    old = desk.item("TT-1", "Peat", "M", season="F26")
    old.variant = desk.variant(product, options={"Colour": "Moss", "Size": "M"})
    old.save()
    known = desk.variant(product, options={"Colour": "Moss", "Size": "S"})
    item = desk.ordered("TT-1", "MOSS", "S", season="S27")
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.action, decision.variant) == (Bin.LIKELY, Action.LINK, known)


def test_a_style_number_that_begins_like_another_is_not_that_style(desk):
    product = desk.product("Wax Jacket", brand="Tarn & Thistle")
    desk.variant(product, supplier_code="AB10-M", options={"Size": "M"})
    item = desk.ordered("AB1", "Moss", "M")
    desk.match()
    assert desk.of(item).bin == Bin.NEW


def test_26_a_name_the_shop_uses_gets_the_brand_then_the_style(desk):
    product = desk.product("Classic Tee", brand="Northlight")
    one = desk.ordered("A-1", name="Classic Tee")
    two = desk.ordered("A-2", name="Classic Tee")
    desk.match()
    names = [desk.of(item).new_product.name for item in (one, two)]
    assert names == ["Tarn & Thistle Classic Tee", "Tarn & Thistle Classic Tee A-2"]
    assert "name-taken" in codes(desk.of(one))
    assert {"product": product.pk, "reasons": ["The same name"]} in desk.of(one).candidates
    assert desk.of(one).bin == Bin.NEW


def test_27_long_and_marked_up_names_are_cut_and_cleaned(desk):
    item = desk.ordered(name="<b>Jacket</b>\u202e " + "very " * 80, description="<p>Fine.</p>")
    desk.match()
    family = desk.of(item).new_product
    assert family.name.startswith("Jacket very")
    assert len(family.name) <= 255
    assert "name-cut" in codes(desk.of(item))
    assert family.description == "<p>Fine.</p>"


def test_33_a_product_without_a_name_is_called_by_its_style(desk):
    item = desk.ordered("A-1", name="")
    desk.match()
    assert desk.of(item).new_product.name == "A-1"


def test_35_37_brands_are_found_by_name_and_by_what_was_remembered(desk):
    acme = desk.brand("Acme Ltd")
    tarn = desk.brand("Tarn")
    SupplierBrand.objects.create(
        retailer=desk.shop, supplier=desk.supplier, label="T&T Renamed", brand=tarn
    )
    one = desk.ordered("A-1", brand_name="ACME LTD. ")
    two = desk.ordered("A-2", brand_name="T&T renamed")
    three = desk.ordered("A-3", brand_name="Osierworks")
    desk.match()
    assert desk.of(one).new_product.brand == acme
    assert desk.of(two).new_product.brand == tarn
    assert desk.of(three).new_product.brand is None
    assert desk.of(three).new_product.new_brand_name == "Osierworks"


def test_38_two_brands_of_one_name_are_asked_about(desk):
    desk.brand("Acme")
    desk.brand("ACME")
    item = desk.ordered(brand_name="Acme")
    desk.match()
    assert desk.of(item).bin == Bin.CONFLICT
    assert "brand" in codes(desk.of(item))


def test_a_new_product_starts_with_what_its_brand_starts_with(desk):
    brand = desk.brand("Tarn & Thistle")
    tax = Tax.objects.create(retailer=desk.shop, name="Sales tax", rate=Decimal("0.08"))
    category = Category.objects.create(retailer=desk.shop, name="Coats")
    start = BrandDefault.objects.create(retailer=desk.shop, brand=brand, category=category, tax=tax)
    start.tags.add(Tag.objects.create(retailer=desk.shop, name="Outdoor"))
    item = desk.ordered()
    desk.match()
    desk.match()
    family = desk.of(item).new_product
    assert (family.category, family.tax) == (category, tax)
    assert [tag.name for tag in family.tags.all()] == ["Outdoor"]


def test_12_a_style_number_with_signs_is_no_sku(desk):
    item = desk.ordered("AB-100/7 L", "Moss", "M")
    desk.match()
    decision = desk.of(item)
    assert decision.sku == "AB1007L"
    assert decision.sku.isalnum()


def test_13_skus_are_unique_in_the_shop_and_on_the_order_and_stay_the_same(desk):
    desk.variant(desk.product("Old"), sku="tt1s")
    items = [desk.ordered("TT-1", "Moss", size) for size in ("S", "s.", "M")]
    desk.match()
    first = [desk.of(item).sku for item in items]
    assert len({sku.lower() for sku in first} | {"tt1s"}) == 4
    assert all(sku.isalnum() and len(sku) <= 64 for sku in first)
    desk.match()
    assert [desk.of(item).sku for item in items] == first


def test_1_two_sizes_with_one_barcode_are_both_held(desk):
    one, two = desk.ordered(size="S", code=upc(7)), desk.ordered(size="M", code=upc(7))
    desk.match()
    for item in (one, two):
        assert desk.of(item).bin == Bin.CONFLICT
        assert "code-shared" in codes(desk.of(item))


def test_1_once_one_keeps_the_barcode_the_other_goes_without(desk):
    one, two = desk.ordered(size="S", code=upc(7)), desk.ordered(size="M", code=upc(7))
    desk.match()
    decision = desk.of(one)
    problem_of(decision, "code-shared")["answer"] = "keep"
    decision.save()
    desk.match()
    assert (desk.of(one).barcode, desk.of(two).barcode) == (upc(7), "")
    assert (desk.of(one).bin, desk.of(two).bin) == (Bin.NEW, Bin.NEW)


def test_5_6_filler_words_are_no_codes_and_never_clash(desk):
    items = [desk.ordered(size=f"{n}", code="N/A") for n in range(40)]
    desk.match()
    assert all(desk.of(item).barcode == "" for item in items)
    assert all(desk.of(item).bin == Bin.NEW for item in items)


@pytest.mark.parametrize(
    ("case", "code", "expected"),
    [
        ("2", upc(36414)[1:], "code-repair"),
        ("3", "1" + upc(5)[:11].zfill(12) + check_digit("1" + upc(5)[:11].zfill(12)), "code-case"),
        ("4", "8.85E+11", "code-lost"),
        ("7", upc(5)[:11] + str((int(upc(5)[11]) + 1) % 10), "code-check-digit"),
        ("11", "00000017", None),
        ("12", "AB-100/7", "code-letters"),
    ],
)
def test_2_to_12_bad_codes_are_problems_with_ways_out(desk, case, code, expected):
    item = desk.ordered(code=code)
    desk.match()
    decision = desk.of(item)
    if expected is None:
        assert decision.barcode or codes(decision)
        return
    assert decision.bin == Bin.CONFLICT
    row = problem_of(decision, expected)
    assert {choice["key"] for choice in row["choices"]} & {"drop", "custom", "repair", "case"}
    assert decision.barcode == ""


def test_2_a_repaired_barcode_is_proposed_and_matches_as_likely(desk):
    full = upc(36414)
    variant = desk.variant(desk.product("Jacket"), code=full)
    item = desk.ordered(code=full[1:])
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.variant) == (Bin.LIKELY, variant)


def test_the_answer_about_a_code_holds_when_it_is_matched_again(desk):
    item = desk.ordered(code="AB-100/7")
    desk.match()
    decision = desk.of(item)
    problem_of(decision, "code-letters")["answer"] = "custom"
    decision.save()
    desk.match()
    decision = desk.of(item)
    assert (decision.barcode, decision.barcode_kind) == ("AB-100/7", Barcode.Kind.CUSTOM)
    assert decision.bin == Bin.NEW


def test_barcodes_are_written_plain_with_their_kind(desk):
    ean = "400638133393" + check_digit("400638133393")
    spaced, european = (
        desk.ordered(size="S", code=f" {upc(9)[:6]}-{upc(9)[6:]} "),
        desk.ordered(size="M", code=ean),
    )
    desk.match()
    assert (desk.of(spaced).barcode, desk.of(spaced).barcode_kind) == (upc(9), "UPC")
    assert (desk.of(european).barcode, desk.of(european).barcode_kind) == (ean, "EAN")


def test_49_a_sample_at_100_percent_is_said_and_goes_on(desk):
    item = desk.ordered(unit_cost=Decimal(0), discount_percent=Decimal(100))
    desk.match()
    assert "sample" in codes(desk.of(item))
    assert desk.of(item).bin == Bin.NEW
    assert desk.of(item).retail_price == Decimal("60.00")


def test_50_a_price_of_0_without_a_discount_holds_the_line(desk):
    variant = desk.variant(desk.product("Jacket"))
    item = desk.ordered(unit_cost=Decimal(0), variant=variant)
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.state) == (Bin.CONFLICT, State.OPEN)
    assert {row["key"] for row in problem_of(decision, "price_zero")["choices"]} == {"free", "skip"}


def test_56_a_missing_suggested_price_falls_back_to_the_markup_and_is_said(desk):
    item = desk.ordered(msrp=None, wholesale=Decimal("24.00"))
    desk.match()
    assert desk.of(item).retail_price == Decimal("52.80")
    assert "price-fallback" in codes(desk.of(item))


def test_a_colour_that_joins_later_gives_decided_sizes_their_colour(desk, ana):
    moss = desk.ordered("A-1", "Moss", "S")
    desk.ordered("A-1", "Moss", "M")
    desk.match()
    Decision.objects.filter(item=moss).update(state=State.DECIDED, decided_by=ana)
    desk.ordered("A-1", "Peat", "S")
    desk.match()
    assert options(desk.of(moss)) == {"Colour": "Moss", "Size": "S"}
    assert desk.of(moss).state == State.DECIDED
    assert desk.order.new_products.count() == 1


def _statements(desk: Desk) -> tuple[int, int]:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        desk.match()
    sqls = [one["sql"].lstrip() for one in seen.captured_queries]
    reads = [sql for sql in sqls if sql.startswith("SELECT")]
    return len(reads), len(sqls)


def fill(desk: Desk, lines: int, *, linked: bool) -> None:
    variant_of: dict[int, Any] = {}
    for n in range(lines):
        if linked:
            variant_of[n] = desk.variant(desk.product(f"P{n}"))
        desk.ordered(f"S-{n // 6}", "Moss", f"{n % 6}", code=upc(n + 1), variant=variant_of.get(n))


def test_a_repeat_order_reads_eight_times_whatever_its_size(in_shop):
    counts = {}
    for lines in (10, 200):
        desk = Desk(in_shop)
        fill(desk, lines, linked=True)
        counts[lines] = _statements(desk)
        assert not desk.order.decisions.exclude(state=State.DECIDED).exists()
    # order, rules, lines with items, decisions, siblings, barcodes, supplier codes, variants;
    # the outlet, and what has to be swept away
    assert counts[10] == counts[200]
    assert counts[10][0] <= 11


def test_a_first_order_reads_the_same_number_of_times_whatever_its_size(in_shop):
    counts = {}
    for lines in (10, 200, 1000):
        desk = Desk(in_shop)
        fill(desk, lines, linked=False)
        counts[lines] = _statements(desk)
    assert counts[10] == counts[200] == counts[1000]
