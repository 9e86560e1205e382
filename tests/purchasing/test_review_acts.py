"""What people decide at the review desk. Ana buys; Olga owns the shop. Numbers: edge cases."""

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Brand, Category
from purchasing import review
from purchasing.errors import OrderError
from purchasing.models import (
    Decision,
    OrderLine,
    PurchaseOrder,
    ShipTo,
    SupplierBrand,
)
from purchasing.review import FamilyData, VariantData
from purchasing.review.styles import styles_of
from purchasing.signals import order_approved, supplier_settled
from retailers.models import Event
from tests.factories import OutletFactory, SupplierFactory
from tests.purchasing.orders import Desk, upc

pytestmark = pytest.mark.django_db
Action, Bin, State = Decision.Action, Decision.Bin, Decision.State
Status = PurchaseOrder.Status


@pytest.fixture
def desk(in_shop: Any) -> Desk:
    return Desk(in_shop)


def token(desk: Desk, item: Any) -> str:
    return next(s.token for s in styles_of(desk.order) if item.pk in s.items)


def story(desk: Desk) -> list[str]:
    return [event.verb for event in Event.objects.about(desk.order)]


def settle(desk: Desk, item: Any, code: str, answer: str, by: Any, **more: Any) -> None:
    review.settle(desk.order.pk, [item.pk], code, answer, by=by, **more)


def test_a_style_is_accepted_as_suggested(desk, ana):
    items = [desk.ordered(size=size) for size in "SM"]
    desk.match()
    review.accept(desk.order.pk, items[0].pk, by=ana)
    for item in items:
        assert desk.of(item).state == State.DECIDED
        assert desk.of(item).decided_by == ana
    assert story(desk)[0] == "accepted"


def test_what_must_be_settled_first_is_said(desk, ana):
    item = desk.ordered(code="8.85E+11")
    desk.match()
    with pytest.raises(OrderError, match="digits are lost"):
        review.accept(desk.order.pk, item.pk, by=ana)
    assert desk.of(item).state == State.OPEN


def test_105_the_second_person_gets_the_first_answer(desk, ana, owner):
    item = desk.ordered()
    desk.match()
    seen = token(desk, item)
    review.skip(desk.order.pk, item.pk, by=owner, seen=seen)
    with pytest.raises(review.AlreadyDecided, match=r"olga|Olga"):
        review.accept(desk.order.pk, item.pk, by=ana, seen=seen)
    assert desk.of(item).action == Action.SKIP
    review.undo(desk.order.pk, item.pk, by=ana, seen=token(desk, item))
    review.accept(desk.order.pk, item.pk, by=ana, seen=token(desk, item))
    assert desk.of(item).action == Action.CREATE


def test_110_a_bulk_accept_leaves_out_what_a_colleague_changed_and_names_it(desk, ana, owner):
    items = [desk.ordered(f"S-{n}", name=f"Style {n}", code=upc(n + 1)) for n in range(5)]
    for n in range(5):
        desk.variant(desk.product(f"Mine {n}"), code=upc(n + 1), supplier_code=f"S-{n}")
    desk.match()
    tokens = {item.pk: token(desk, item) for item in items}
    review.skip(desk.order.pk, items[2].pk, by=owner)
    done = review.accept_bin(desk.order.pk, "certain", tokens, by=ana)
    assert done.styles == 4
    assert ["Style 2" in name for name in done.left_out] == [True]
    assert desk.of(items[2]).action == Action.SKIP


def test_a_bulk_accept_is_undone_as_a_whole(desk, ana, owner):
    items = [desk.ordered(f"S-{n}") for n in range(3)]
    desk.match()
    tokens = {item.pk: token(desk, item) for item in items}
    done = review.accept_bin(desk.order.pk, "new", tokens, by=ana)
    assert done.event is not None
    review.undo(desk.order.pk, items[0].pk, by=owner)
    review.skip(desk.order.pk, items[0].pk, by=owner)
    undone, others = review.undo_act(desk.order.pk, done.event.pk, by=ana)
    assert undone is not None
    assert [desk.of(item).state for item in items] == [State.DECIDED, State.OPEN, State.OPEN]
    assert others == ["Style S-0"]


def test_32_one_variant_for_two_sizes_only_when_it_is_said(desk, ana):
    one, two = desk.ordered(size="M"), desk.ordered(size="Medium")
    desk.match()
    variant = desk.variant(desk.product("Jacket"))
    review.link_item(desk.order.pk, one.pk, variant, by=ana)
    with pytest.raises(OrderError, match="same item"):
        review.link_item(desk.order.pk, two.pk, variant, by=ana)
    review.link_item(desk.order.pk, two.pk, variant, by=ana, same_item=True)
    assert desk.of(two).variant == variant
    assert desk.of(two).same_item


def test_a_style_is_linked_variant_by_variant(desk, ana):
    product = desk.product("Jacket", attributes=["Colour", "Size"])
    known = {
        size: desk.variant(product, options={"Color": "moss", "Size": size}) for size in ("S", "M")
    }
    items = {size: desk.ordered(size=size) for size in ("S", "M", "L")}
    desk.match()
    _event, missing = review.link_style(desk.order.pk, items["S"].pk, product, by=ana)
    assert [desk.of(items[size]).variant for size in ("S", "M")] == [known["S"], known["M"]]
    rest = desk.of(items["L"])
    assert missing == [str(items["L"])]
    assert (rest.action, rest.product, rest.state) == (Action.ADD, product, State.OPEN)
    assert rest.sku


def test_22_a_product_whose_attributes_do_not_fit_is_refused(desk, ana):
    product = desk.product("Jacket", attributes=["Length"])
    desk.variant(product, options={"Length": "32"})
    item = desk.ordered()
    desk.match()
    with pytest.raises(OrderError, match="Length"):
        review.add_to_product(desk.order.pk, item.pk, product, by=ana)


def test_what_was_matched_can_be_created_new_instead(desk, ana):
    desk.variant(desk.product("Jacket"), code=upc(4), supplier_code="TT-1")
    item = desk.ordered(code=upc(4))
    desk.match()
    assert desk.of(item).action == Action.LINK
    review.create_new(desk.order.pk, item.pk, by=ana)
    decision = desk.of(item)
    # its barcode is on the shop's product: that has to be settled first
    assert (decision.action, decision.state, decision.bin) == (
        Action.CREATE,
        State.OPEN,
        Bin.CONFLICT,
    )
    settle(desk, item, "code-taken", "drop", ana)
    review.accept(desk.order.pk, item.pk, by=ana)
    decision = desk.of(item)
    assert (decision.state, decision.barcode) == (State.DECIDED, "")
    assert decision.new_product is not None
    assert decision.variant is None


def test_8_another_brands_barcode_can_be_dropped(desk, ana):
    desk.variant(desk.product("Sock", brand="Northlight"), code=upc(4), supplier_code="NK-9")
    item = desk.ordered(code=upc(4), name="Jacket")
    desk.match()
    settle(desk, item, "code-elsewhere", "drop", ana)
    decision = desk.of(item)
    assert (decision.action, decision.barcode, decision.bin) == (Action.CREATE, "", Bin.NEW)


def test_a_bad_code_is_settled_for_all_sizes_that_have_it(desk, ana):
    items = [desk.ordered(f"S-{n}", code=f"ABC-{n}") for n in range(3)]
    desk.match()
    settle(desk, items[0], "code-letters", "custom", ana, everywhere=True)
    assert [desk.of(item).barcode for item in items] == ["ABC-0", "ABC-1", "ABC-2"]
    assert {desk.of(item).bin for item in items} == {Bin.NEW}


def test_50_a_price_of_0_is_skipped_or_taken_as_free(desk, ana):
    free, fault = (desk.ordered(f"S-{n}", unit_cost=Decimal(0)) for n in range(2))
    desk.match()
    settle(desk, free, "price_zero", "free", ana)
    settle(desk, fault, "price_zero", "skip", ana)
    assert desk.of(free).bin == Bin.NEW
    assert (desk.of(fault).action, desk.of(fault).state) == (Action.SKIP, State.DECIDED)


def test_a_held_style_stays_open_and_can_be_accepted_later(desk, ana):
    item = desk.ordered()
    desk.match()
    review.hold(desk.order.pk, item.pk, by=ana)
    desk.match()
    assert desk.of(item).state == State.HELD
    with pytest.raises(OrderError, match="not decided"):
        review.approve(desk.order, by=ana)
    review.accept(desk.order.pk, item.pk, by=ana)
    assert desk.of(item).state == State.DECIDED


def test_a_reopened_link_waits_for_a_person(desk, ana):
    item = desk.ordered(variant=desk.variant(desk.product("Jacket")))
    desk.match()
    review.undo(desk.order.pk, item.pk, by=ana)
    desk.match()
    assert desk.of(item).state == State.OPEN


def test_a_watched_order_cannot_be_decided(desk, ana):
    item = desk.ordered()
    desk.order.status = Status.WATCHING
    desk.order.brand_status = "review"
    desk.order.save()
    desk.match()
    assert desk.of(item).bin == Bin.NEW
    with pytest.raises(OrderError, match="not final"):
        review.accept(desk.order.pk, item.pk, by=ana)


def family_data(**changes: Any) -> FamilyData:
    facts: dict[str, Any] = {
        "name": "Wax Jacket",
        "description": "<p>Good.</p><script>x()</script>",
        "brand": None,
        "new_brand": "Tarn",
        "category": None,
        "tags": [],
        "tax": None,
        "image_urls": [],
    }
    return FamilyData(**(facts | changes))


def test_27_what_was_typed_about_a_product_is_kept_and_cleaned(desk, ana):
    item = desk.ordered()
    desk.match()
    family = desk.of(item).new_product
    category = Category.objects.create(name="Coats")
    review.edit_family(desk.order.pk, family.pk, family_data(category=category), by=ana)
    desk.match()
    family = desk.of(item).new_product
    assert (family.name, family.category, family.new_brand_name) == ("Wax Jacket", category, "Tarn")
    assert family.description == "<p>Good.</p>"


def test_one_price_is_typed_for_all_variants_of_a_product(desk, ana):
    items = [desk.ordered(size=size) for size in "SM"]
    desk.match()
    family = desk.of(items[0]).new_product
    data = family_data(retail_price=Decimal("75"))
    review.edit_family(desk.order.pk, family.pk, data, by=ana)
    desk.match()
    assert [desk.of(item).retail_price for item in items] == [Decimal(75)] * 2
    assert {desk.of(item).bin for item in items} == {Bin.NEW}


def test_26_a_taken_name_is_refused_beside_its_field(desk, ana):
    desk.product("Wax jacket")
    item = desk.ordered()
    desk.match()
    family = desk.of(item).new_product
    with pytest.raises(OrderError) as refused:
        review.edit_family(desk.order.pk, family.pk, family_data(), by=ana)
    assert refused.value.field == "name"


def variant_data(**changes: Any) -> VariantData:
    facts = {"sku": "NEW1", "barcode": "", "retail_price": Decimal("70"), "options": {}}
    return VariantData(**(facts | changes))


def test_a_variants_codes_and_price_can_be_typed(desk, ana):
    item = desk.ordered(code="8.85E+11")
    desk.match()
    review.edit_variant(desk.order.pk, item.pk, variant_data(barcode=upc(9)), by=ana)
    desk.match()
    decision = desk.of(item)
    assert (decision.sku, decision.barcode, decision.retail_price) == ("NEW1", upc(9), Decimal(70))
    assert decision.bin == Bin.NEW


def test_a_barcode_taken_out_by_hand_stays_out(desk, ana):
    item = desk.ordered(code=upc(9))
    desk.match()
    review.edit_variant(desk.order.pk, item.pk, variant_data(barcode=""), by=ana)
    desk.match()
    assert desk.of(item).barcode == ""


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("sku", {"sku": "AB-1"}),
        ("sku", {"sku": "TAKEN"}),
        ("barcode", {"barcode": "123"}),
        ("barcode", {"barcode": upc(1)}),
        ("retail_price", {"retail_price": Decimal(-1)}),
    ],
)
def test_12_codes_that_cannot_be_are_refused_beside_their_field(desk, ana, field, changes):
    desk.variant(desk.product("Old"), sku="taken", code=upc(1))
    item = desk.ordered()
    desk.match()
    with pytest.raises(OrderError) as refused:
        review.edit_variant(desk.order.pk, item.pk, variant_data(**changes), by=ana)
    assert refused.value.field == field


def test_36_the_brand_of_a_label_is_chosen_once_and_remembered_on_approval(desk, ana):
    tarn = desk.brand("Tarn")
    items = [desk.ordered(f"S-{n}", brand_name="T & T") for n in range(2)]
    desk.match()
    review.choose_brand(desk.order.pk, "T & T", by=ana, brand=tarn)
    assert {desk.of(item).new_product.brand for item in items} == {tarn}
    assert not SupplierBrand.objects.exists()
    decide_all(desk, ana)
    review.approve(desk.order, by=ana)
    assert SupplierBrand.objects.get().brand == tarn


def test_35_a_new_brand_of_an_old_name_is_the_old_one(desk, ana):
    desk.ordered(brand_name="Label")
    desk.match()
    acme = Brand.objects.create(name="Acme Ltd")
    review.choose_brand(desk.order.pk, "Label", by=ana, new_name=" ACME LTD. ")
    assert desk.order.new_products.get().brand == acme


def test_35_39_a_portal_is_said_to_be_a_supplier_of_the_pos(in_shop, ana):
    placeholder = SupplierFactory(retailer=in_shop, name="Tarn Portal", in_pos=False)
    desk = Desk(in_shop, supplier=placeholder)
    item = desk.ordered()
    desk.match()
    real = SupplierFactory(retailer=in_shop, name="Tarn & Thistle Ltd")
    heard: list[Any] = []

    def hear(sender: Any, old: Any, new: Any, **_: Any) -> None:
        heard.append((old, new))

    supplier_settled.connect(hear)
    try:
        review.supplier_is(desk.order.pk, real, by=ana)
    finally:
        supplier_settled.disconnect(hear)
    desk.order.refresh_from_db()
    item.refresh_from_db()
    placeholder.refresh_from_db()
    assert (desk.order.supplier, item.supplier) == (real, real)
    assert placeholder.deleted_at is not None
    assert heard == [(placeholder, real)]


def decide_all(desk: Desk, by: Any) -> None:
    for style in styles_of(desk.order):
        if not style.is_decided:
            review.accept(desk.order.pk, style.number, by=by)
    desk.order.refresh_from_db()


def test_approving_remembers_links_and_address_and_tells_the_world(desk, ana):
    variant = desk.variant(desk.product("Jacket"), code=upc(4), supplier_code="TT-1")
    item = desk.ordered(code=upc(4))
    place = ShipTo.objects.create(supplier=desk.supplier, key="q", label="Quay Street 1")
    desk.order.ship_to = place
    desk.order.save()
    desk.match()
    decide_all(desk, ana)
    heard: list[Any] = []

    def hear(sender: Any, order: Any, **_: Any) -> None:
        heard.append(order.pk)

    order_approved.connect(hear)
    try:
        review.approve(desk.order, by=ana)
    finally:
        order_approved.disconnect(hear)
    item.refresh_from_db()
    place.refresh_from_db()
    assert item.variant == variant
    assert item.linked_by == ana
    assert place.outlet == desk.outlet
    assert heard == [desk.order.pk]
    assert desk.order.status == Status.APPROVED
    assert desk.order.approved_by == ana


def test_a_repeat_order_needs_no_decision_at_all(desk, ana):
    for n in range(3):
        desk.ordered(f"S-{n}", variant=desk.variant(desk.product(f"P{n}")))
    desk.match()
    desk.order.refresh_from_db()
    assert review.blockers(desk.order) == []
    review.approve(desk.order, by=ana)
    assert desk.order.status == Status.APPROVED


def test_approving_names_all_that_is_open(desk, ana):
    OutletFactory(retailer=desk.shop, name="Second")
    desk.ordered()
    desk.match()
    with pytest.raises(OrderError) as refused:
        review.approve(desk.order, by=ana)
    assert "Choose the shop it is delivered to" in str(refused.value)
    assert "1 style is not decided" in str(refused.value)
    assert desk.order.status == Status.TO_REVIEW


def test_64_an_order_of_nothing_is_not_approved(desk, ana):
    item = desk.ordered()
    desk.match()
    review.skip(desk.order.pk, item.pk, by=ana)
    desk.order.refresh_from_db()
    with pytest.raises(OrderError, match="Nothing of this order is left"):
        review.approve(desk.order, by=ana)


def test_a_line_that_could_not_be_read_is_acknowledged_before_approval(desk, ana):
    desk.ordered(variant=desk.variant(desk.product("P")))
    said = {"code": "quantity", "text": "S-9: the quantity is 1.5", "blocks": True, "field": "q"}
    desk.ordered("S-9", quantity=0, problems=[said])
    desk.match()
    desk.order.refresh_from_db()
    open_things = review.blockers(desk.order)
    assert [one.text for one in open_things] == ["S-9: the quantity is 1.5"]
    line = OrderLine.objects.get(quantity=0)
    review.settle_line(desk.order.pk, line.pk, by=ana)
    review.approve(desk.order, by=ana)
    assert desk.order.status == Status.APPROVED


def test_a_problem_of_the_whole_order_is_taken_knowingly(desk, ana):
    desk.ordered(variant=desk.variant(desk.product("P")))
    desk.order.problems = [
        {"code": "currency_unusual", "text": "Odd money", "blocks": True, "field": ""}
    ]
    desk.order.save()
    desk.match()
    with pytest.raises(OrderError, match="Odd money"):
        review.approve(desk.order, by=ana)
    review.settle_order(desk.order.pk, "currency_unusual", by=ana)
    review.approve(desk.order, by=ana)


def test_two_people_approving_at_once_approve_once(desk, ana, owner):
    desk.ordered(variant=desk.variant(desk.product("P")))
    desk.match()
    review.approve(PurchaseOrder.objects.get(pk=desk.order.pk), by=ana)
    with pytest.raises(OrderError, match="Its review is over"):
        review.approve(PurchaseOrder.objects.get(pk=desk.order.pk), by=owner)


def test_an_order_in_other_money_asks_for_the_rate_once(desk, ana):
    desk.order.currency = "EUR"
    desk.order.save()
    items = [desk.ordered(size=size) for size in "SM"]
    desk.match()
    assert {desk.of(item).bin for item in items} == {Bin.CONFLICT}
    review.choose_rate(desk.order.pk, Decimal("1.10"), by=ana)
    assert [desk.of(item).retail_price for item in items] == [Decimal("66.00")] * 2
    assert {desk.of(item).bin for item in items} == {Bin.NEW}
