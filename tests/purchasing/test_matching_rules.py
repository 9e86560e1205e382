"""How a size on an order is recognised in the shop. Numbers are edge cases of the trade."""

from typing import Any

import pytest
from django.utils import timezone

from purchasing.matching.rules import RULES
from purchasing.models import Decision, PurchaseOrder
from tests.factories import BarcodeFactory
from tests.purchasing.orders import Desk, upc

pytestmark = pytest.mark.django_db
Action, Bin, State = Decision.Action, Decision.Bin, Decision.State


@pytest.fixture
def desk(in_shop: Any) -> Desk:
    return Desk(in_shop)


def codes(decision: Decision) -> set[str]:
    return {row["code"] for row in decision.problems}


def test_the_rules_stand_in_the_order_of_their_trust():
    assert [rule.name for rule in RULES] == ["remembered", "brand-key", "barcode", "supplier-code"]


def test_a_remembered_link_is_certain_and_needs_no_decision(desk):
    variant = desk.variant(desk.product("Wax Jacket"))
    item = desk.ordered(variant=variant)
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.action, decision.variant) == (Bin.CERTAIN, Action.LINK, variant)
    assert decision.state == State.DECIDED
    assert decision.decided_by is None


def test_14_34_a_renamed_option_or_colour_keeps_its_link(desk):
    variant = desk.variant(desk.product("Wax Jacket"), supplier_code="TT-1-Moss-M")
    item = desk.ordered("TT-1", "Forest", "Medium", variant=variant)
    desk.match()
    assert desk.of(item).variant == variant


def test_15_a_replaced_barcode_does_not_break_the_link_and_is_said(desk):
    variant = desk.variant(desk.product("Wax Jacket"), code=upc(1))
    item = desk.ordered(variant=variant, code=upc(2))
    desk.match()
    decision = desk.of(item)
    assert decision.state == State.DECIDED
    assert codes(decision) == {"code-new"}


def test_17_a_carried_over_style_is_known_by_the_brands_own_id(desk):
    variant = desk.variant(desk.product("Wax Jacket"))
    desk.item(season="F26", brand_item_key="b7/M", variant=variant)
    item = desk.ordered(season="S27", brand_item_key="b7/M")
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.rule, decision.variant) == (Bin.CERTAIN, "brand-key", variant)
    assert decision.state == State.OPEN


def test_two_different_valid_barcodes_cap_what_the_brands_id_says(desk):
    variant = desk.variant(desk.product("Wax Jacket"), code=upc(1))
    desk.item(season="F26", brand_item_key="b7/M", variant=variant)
    item = desk.ordered(season="S27", brand_item_key="b7/M", code=upc(2))
    desk.match()
    assert desk.of(item).bin == Bin.LIKELY


@pytest.mark.parametrize("spelling", ["{0}", "00{0}", " {0} ", "0-{1}"])
def test_10_112_one_barcode_is_found_in_any_spelling(desk, spelling):
    code = upc(3600029145)
    variant = desk.variant(desk.product("Wax Jacket"), code=code)
    item = desk.ordered(code=spelling.format(code, code[1:]))
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.rule, decision.variant) == (Bin.CERTAIN, "barcode", variant)


def test_9_a_barcode_on_two_products_is_a_conflict_with_both_shown(desk):
    one = desk.variant(desk.product("Umbrella"), code=upc(5))
    two = desk.variant(desk.product("Umbrella (old)"), code=upc(5))
    item = desk.ordered(code=upc(5))
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.variant) == (Bin.CONFLICT, None)
    assert {row["variant"] for row in decision.candidates} == {one.pk, two.pk}


def test_8_a_barcode_of_another_brand_and_style_is_a_conflict(desk):
    other = desk.product("Cable Sock", brand="Northlight")
    desk.variant(other, code=upc(5), supplier_code="NK-9")
    item = desk.ordered("TT-1", code=upc(5), name="Wax Jacket")
    desk.match()
    decision = desk.of(item)
    assert decision.bin == Bin.CONFLICT
    assert "code-elsewhere" in codes(decision)


def test_a_barcode_of_another_brand_but_the_same_style_is_likely(desk):
    other = desk.product("Wax Jacket", brand="T&T Outdoor")
    desk.variant(other, code=upc(5), supplier_code="TT-1")
    item = desk.ordered("TT-1", code=upc(5), name="Wax Jacket")
    desk.match()
    assert desk.of(item).bin == Bin.LIKELY


def test_the_supplier_code_of_a_simple_product_is_certain(desk):
    variant = desk.variant(desk.product("Scarf"), supplier_code="TT 9")
    item = desk.ordered("TT-9", "Check", "OS", supplier_code="TT-9")
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.rule, decision.variant) == (
        Bin.CERTAIN,
        "supplier-code",
        variant,
    )


def test_the_supplier_code_with_options_tells_sizes_apart(desk):
    product = desk.product("Wax Jacket", attributes=["Colour", "Size"])
    small = desk.variant(
        product, supplier_code="TT-1-Moss-S", options={"Colour": "Moss", "Size": "S"}
    )
    desk.variant(product, supplier_code="TT-1-Moss-M", options={"Colour": "Moss", "Size": "M"})
    item = desk.ordered("TT-1", "Moss", "S")
    desk.match()
    assert desk.of(item).variant == small


def test_the_supplier_code_of_another_supplier_means_nothing(desk):
    other = Desk(desk.shop)
    other.variant(other.product("Scarf"), supplier_code="TT-9")
    item = desk.ordered("TT-9", "Check", "OS", supplier_code="TT-9")
    desk.match()
    assert desk.of(item).bin == Bin.NEW


def test_a_supplier_code_with_another_valid_barcode_is_only_likely(desk):
    desk.variant(desk.product("Scarf"), supplier_code="TT-9", code=upc(1))
    item = desk.ordered("TT-9", "Check", "OS", supplier_code="TT-9", code=upc(2))
    desk.match()
    assert desk.of(item).bin == Bin.LIKELY


def test_18_the_season_decides_nothing(desk):
    item = desk.ordered(season="SPR12")
    desk.match()
    first = desk.of(item).bin
    item.season = "SPRING 12"
    item.save()
    desk.match()
    assert desk.of(item).bin == first == Bin.NEW


def test_29_a_broken_link_asks_what_to_do(desk):
    item = desk.ordered(variant=None, link_trouble="deleted")
    desk.match()
    decision = desk.of(item)
    assert decision.bin == Bin.CONFLICT
    assert "link-deleted" in codes(decision)


def test_29_a_broken_link_whose_barcode_is_elsewhere_is_likely(desk):
    gone = desk.variant(desk.product("Jacket"), deleted_at=timezone.now())
    living = desk.variant(desk.product("Jacket II"), code=upc(8))
    item = desk.ordered(variant=gone, link_trouble="deleted", code=upc(8))
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.variant) == (Bin.LIKELY, living)


def test_30_31_what_an_inactive_or_untracked_product_means_is_said(desk):
    variant = desk.variant(desk.product("Jacket"), is_active=False, tracks_inventory=False)
    item = desk.ordered(variant=variant)
    desk.match()
    assert codes(desk.of(item)) == {"inactive", "untracked"}
    assert desk.of(item).state == State.DECIDED


def test_32_one_variant_for_two_sizes_is_held(desk):
    variant = desk.variant(desk.product("Jacket"), code=upc(3))
    one = desk.ordered(size="M", code=upc(3))
    two = desk.ordered(size="L", code=upc(3))
    desk.match()
    for item in (one, two):
        assert desk.of(item).variant == variant
        assert desk.of(item).bin == Bin.CONFLICT
        assert "same-variant" in codes(desk.of(item))


def test_two_delivery_windows_of_one_size_are_one_decision(desk):
    item = desk.ordered(quantity=4)
    desk.line(item, quantity=8)
    desk.match()
    assert Decision.objects.filter(order=desk.order).count() == 1


def test_51_sizes_with_quantity_0_and_removed_lines_are_not_decided(desk):
    desk.ordered(size="S", quantity=0)
    desk.ordered(size="M", removed=True)
    kept = desk.ordered(size="L")
    desk.match()
    assert [one.item for one in Decision.objects.filter(order=desk.order)] == [kept]


def test_what_a_person_decided_is_kept_and_the_rest_worked_out_again(desk, ana):
    mine, other = desk.ordered(size="S"), desk.ordered(size="M", code=upc(4))
    desk.match()
    Decision.objects.filter(item=mine).update(
        state=State.DECIDED, action=Action.SKIP, decided_by=ana
    )
    variant = desk.variant(desk.product("Jacket"), code=upc(4))
    desk.match()
    assert desk.of(mine).action == Action.SKIP
    assert desk.of(other).variant == variant


def test_a_size_taken_off_the_order_loses_its_decision(desk):
    item = desk.ordered()
    desk.match()
    desk.order.lines.update(removed=True)
    desk.match()
    assert not Decision.objects.filter(order=desk.order, item=item).exists()
    assert not desk.order.new_products.exists()


def test_an_order_past_its_review_is_left_alone(desk):
    desk.ordered()
    desk.order.status = PurchaseOrder.Status.APPROVED
    desk.order.save()
    desk.match()
    assert not desk.order.decisions.exists()


def test_another_shops_products_are_never_matched(desk, other_shop):
    from retailers.scope import acting_for

    with acting_for(other_shop):
        BarcodeFactory(retailer=other_shop, code=upc(6))
    item = desk.ordered(code=upc(6))
    desk.match()
    assert desk.of(item).bin == Bin.NEW


def test_the_only_outlet_is_where_it_goes(desk):
    desk.ordered()
    desk.match()
    desk.order.refresh_from_db()
    assert desk.order.outlet == desk.outlet
