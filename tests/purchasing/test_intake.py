"""Intake: the brand's order becomes ours, follows it until approval, and is compared afterwards."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from purchasing.intake import note_gone, take_in, take_in_unreadable
from purchasing.intake_items import keep_details
from purchasing.models import OrderChange, OrderLine, PurchaseOrder, ShipTo, SupplierItem
from purchasing.records import (
    Adjustment,
    IncomingAddress,
    IncomingItem,
    IncomingLine,
    IncomingOrder,
    Problem,
)
from retailers.models import Event, Retailer
from retailers.scope import acting_for
from retailers.shop_rules import rules_of
from tests.factories import SupplierFactory, VariantFactory

pytestmark = pytest.mark.django_db
Status = PurchaseOrder.Status
SOURCE = "nuorder:1"


@pytest.fixture
def supplier(in_shop: Retailer) -> Any:
    return SupplierFactory(retailer=in_shop, name="Tarn & Thistle")


def an_item(
    style: str = "TT-1", colour: str = "Moss", size: str = "M", **facts: Any
) -> IncomingItem:
    return IncomingItem(
        source_key=f"{style}-{colour}/{size}",
        product_key=f"{style}-{colour}",
        size=size,
        style_number=style,
        colour=colour,
        currency="USD",
        **facts,
    )


def a_line(item: IncomingItem | None = None, quantity: int = 6, **facts: Any) -> IncomingLine:
    item = item or an_item()
    facts.setdefault("key", f"line/{item.source_key}")
    facts.setdefault("unit_cost", Decimal("24.00"))
    return IncomingLine(item=item, quantity=quantity, **facts)


def an_order(*lines: IncomingLine, **facts: Any) -> IncomingOrder:
    facts.setdefault("source_key", "6501aa00")
    facts.setdefault("number", "41322")
    facts.setdefault("brand_status", "approved")
    facts.setdefault("brand_status_text", "Approved")
    facts.setdefault("currency", "USD")
    facts.setdefault("ordered_at", datetime(2026, 11, 20, 15, tzinfo=UTC))
    return IncomingOrder(lines=lines or (a_line(),), **facts)


def take(order: IncomingOrder, supplier: Any, digest: str = "") -> PurchaseOrder:
    """Take it in; each call is a new body unless `digest` says otherwise."""
    digest = digest or f"{timezone.now().timestamp()}"
    return take_in(order, supplier=supplier, source=SOURCE, raw_digest=digest)


def told(order: PurchaseOrder, verb: str) -> list[str]:
    events = Event.objects.about(order).filter(verb=verb).order_by("id")
    return [event.text.replace("\xa0", " ") for event in events]


def codes(order: PurchaseOrder) -> list[str]:
    return [problem["code"] for problem in order.problems]


# --- a new order ---------------------------------------------------------------------------


def test_a_final_order_is_to_review_with_lines_items_units_and_cost(supplier: Any) -> None:
    address = IncomingAddress("door-1", "DOOR-1", "Alder & Quay, 1 Pier Rd, Bath")
    order = take(
        an_order(
            a_line(an_item(size="S"), 2, msrp=Decimal(60), list_cost=Decimal(30)),
            a_line(an_item(size="M"), 3),
            ship_to=address,
            buyer_name="Ana Ruiz",
            customer_po="AQ-7",
            ship_end=date(2099, 1, 31),
        ),
        supplier,
    )
    assert (order.status, order.units, order.cost) == (Status.TO_REVIEW, 5, Decimal(120))
    assert (order.buyer_name, order.customer_po) == ("Ana Ruiz", "AQ-7")
    assert order.ship_to == ShipTo.objects.get(supplier=supplier, key="door-1")
    assert order.outlet is None
    first, second = order.lines.select_related("item")
    assert (first.item.size, first.quantity, first.msrp) == ("S", 2, Decimal(60))
    assert second.item.supplier_code == "TT-1-Moss-M"
    assert order.problems == []
    assert told(order, "taken_in") == [
        "Order 41322 came from Tarn & Thistle: 2 lines, 5 units, USD 120.00."
    ]


@pytest.mark.parametrize(
    ("brand_status", "status"),
    [
        ("draft", Status.WATCHING),
        ("review", Status.WATCHING),
        ("pending", Status.WATCHING),
        ("approved", Status.TO_REVIEW),
        ("processed", Status.TO_REVIEW),
        ("shipped", Status.TO_REVIEW),
        ("cancelled", Status.CANCELLED),
        ("unknown", Status.WATCHING),
    ],
)
def test_the_brand_s_status_decides_where_a_new_order_stands(
    supplier: Any, brand_status: str, status: str
) -> None:
    assert take(an_order(brand_status=brand_status), supplier).status == status


@pytest.mark.parametrize(
    ("placed", "status"),
    [
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), Status.ELSEWHERE),
        (datetime(2026, 11, 1, 4, 1, tzinfo=UTC), Status.TO_REVIEW),
        (None, Status.TO_REVIEW),
    ],
)
def test_d30_the_start_day_is_a_day_of_the_shop_s_own_calendar(
    supplier: Any, in_shop: Retailer, placed: datetime | None, status: str
) -> None:
    """New York puts its clocks back on 1 November 2026; at 04:00 UTC the day begins there."""
    in_shop.start_date = date(2026, 11, 1)
    in_shop.save()
    order = take(an_order(ordered_at=placed), supplier)
    assert order.status == status
    if status == Status.ELSEWHERE:
        assert order.status_before_elsewhere == Status.TO_REVIEW


def test_one_size_goods_and_codes_are_known_for_what_they_are(supplier: Any) -> None:
    take(
        an_order(
            a_line(an_item(size="OS", code="036000291452")),
            a_line(an_item("TT-2", size="onesize", code="N/A")),
        ),
        supplier,
    )
    scarf, bag = SupplierItem.objects.order_by("style_number")
    assert (scarf.is_one_size, scarf.gtin14) == (True, "00036000291452")
    assert scarf.supplier_code == "TT-1-Moss"
    assert (bag.is_one_size, bag.gtin14, bag.code) == (True, None, "N/A")


def test_edge_53_two_windows_of_one_size_are_two_lines_of_one_item(supplier: Any) -> None:
    order = take(an_order(a_line(key="a/M"), a_line(key="b/M", quantity=4)), supplier)
    assert order.units == 10
    assert SupplierItem.objects.count() == 1
    assert order.lines.count() == 2


def test_problems_of_a_line_stay_with_the_line(supplier: Any) -> None:
    problem = Problem("price_missing", "TT-1 Moss M: there is no price.", field="price")
    order = take(an_order(a_line(unit_cost=None, problems=(problem,))), supplier)
    line = order.lines.get()
    assert line.problems == [problem.as_dict()]
    assert line.unit_cost is None
    assert order.cost == 0


def test_d18_edge_60_the_id_within_the_portal_is_the_identity(supplier: Any) -> None:
    first = take(an_order(), supplier)
    same_number = take(an_order(source_key="other"), supplier)
    other_portal = take_in(an_order(), supplier=supplier, source="nuorder:2", raw_digest="x")
    assert len({first.pk, same_number.pk, other_portal.pk}) == 3
    assert take(an_order(), supplier).pk == first.pk


def test_another_shop_has_an_order_of_its_own(supplier: Any, other_shop: Retailer) -> None:
    mine = take(an_order(), supplier)
    with acting_for(other_shop):
        theirs = take(an_order(), SupplierFactory(retailer=other_shop))
        assert PurchaseOrder.objects.get() == theirs
    assert theirs.pk != mine.pk


# --- sums and money ------------------------------------------------------------------------


def test_edge_54_a_difference_is_shown_and_not_fixed(supplier: Any) -> None:
    order = take(
        an_order(
            a_line(quantity=1, unit_cost=Decimal("73.98")),
            header_total=Decimal("74.00"),
            header_units=2,
        ),
        supplier,
    )
    assert (order.cost, order.header_total, order.units) == (Decimal("73.98"), Decimal(74), 1)
    assert codes(order) == ["units_differ", "total_differs"]
    text = order.problems[1]["text"].replace("\xa0", " ")
    assert "USD 0.02 apart" in text
    assert not any(problem["blocks"] for problem in order.problems)


def test_a_surcharge_and_freight_explain_a_total(supplier: Any) -> None:
    order = take(
        an_order(
            header_total=Decimal("154.32"),
            adjustments=(
                Adjustment("Tariff surcharge", Decimal("4.32")),
                Adjustment("freight", Decimal(6)),
                Adjustment("order discount", Decimal(-3)),
            ),
        ),
        supplier,
    )
    assert codes(order) == ["total_explained"]
    assert "Tariff surcharge and freight" in order.problems[0]["text"]


def test_d6_money_of_another_currency_is_shown_and_an_unusual_one_held(supplier: Any) -> None:
    supplier.currency = ""
    supplier.save()
    euros = take(an_order(currency="EUR"), supplier)
    assert codes(euros) == ["currency_foreign"]
    assert euros.problems[0]["blocks"] is False
    supplier.refresh_from_db()
    assert supplier.currency == "EUR"
    yen = take(an_order(currency="JPY", source_key="other"), supplier)
    assert codes(yen) == ["currency_unusual"]
    assert yen.problems[0]["blocks"] is True


def test_edge_58_a_window_that_is_over_is_shown_as_lapsed(supplier: Any) -> None:
    late = take(an_order(ship_end=date(2019, 3, 31)), supplier)
    assert codes(late) == ["window_lapsed"]
    gone = an_order(ship_end=date(2019, 3, 31), brand_status="shipped", source_key="x")
    assert codes(take(gone, supplier)) == []


# --- following the brand -------------------------------------------------------------------


def test_the_same_body_again_changes_nothing_but_the_moment_it_was_read(supplier: Any) -> None:
    order = take(an_order(), supplier, "same")
    before = order.read_at
    again = take(an_order(a_line(quantity=99)), supplier, "same")
    assert again.lines.get().quantity == 6
    assert again.read_at is not None
    assert before is not None
    assert again.read_at > before


def test_an_order_under_review_follows_the_brand_and_tells_the_story(supplier: Any) -> None:
    small, medium, large = (an_item(size=size) for size in "SML")
    order = take(an_order(a_line(small, 2), a_line(medium, 12), a_line(an_item("TT-9"))), supplier)
    take(an_order(a_line(small, 2), a_line(medium, 8), a_line(large, 5)), supplier)
    order.refresh_from_db()
    lines = {
        line.item.size: line for line in order.lines.select_related("item") if not line.removed
    }
    assert {size: line.quantity for size, line in lines.items()} == {"S": 2, "M": 8, "L": 5}
    assert order.lines.filter(removed=True).count() == 1
    assert (order.units, order.cost) == (15, Decimal(360))
    assert order.lock == 2
    (story,) = told(order, "brand_changed")
    assert "TT-1 Moss M: 8 units instead of 12." in story
    assert "TT-9 Moss M: the brand took it off" in story
    assert not OrderChange.objects.exists()


def test_edge_46_a_swapped_colour_is_told_as_one_swap(supplier: Any) -> None:
    order = take(an_order(a_line(an_item())), supplier)
    take(an_order(a_line(an_item(colour="Ink"))), supplier)
    (story,) = told(order, "brand_changed")
    assert "TT-1 Moss M: swapped for Ink." in story
    assert "TT-1 Ink M: comes in place of Moss." in story


def test_a_line_that_comes_back_is_the_same_line(supplier: Any) -> None:
    both = (a_line(an_item(size="S")), a_line(an_item(size="M")))
    order = take(an_order(*both), supplier)
    pks = set(order.lines.values_list("pk", flat=True))
    take(an_order(both[0]), supplier)
    take(an_order(*both), supplier)
    assert set(order.lines.filter(removed=False).values_list("pk", flat=True)) == pks


def test_a_moved_window_is_the_same_line_where_the_portal_sends_no_line_ids(supplier: Any) -> None:
    early = a_line(key="p/w/20260101/M", ship_end=date(2099, 1, 31))
    late = a_line(key="p/w/20260301/M", ship_end=date(2099, 3, 31))
    order = take(an_order(early), supplier)
    line = order.lines.get()
    take(an_order(late), supplier)
    line.refresh_from_db()
    assert (line.key, line.ship_end, line.removed) == (late.key, late.ship_end, False)
    assert OrderLine.objects.count() == 1


def test_brand_moves_are_followed_until_somebody_decides(supplier: Any) -> None:
    order = take(an_order(brand_status="review"), supplier)
    for brand_status, status in (
        ("approved", Status.TO_REVIEW),
        ("pending", Status.WATCHING),
        ("processed", Status.TO_REVIEW),
        ("cancelled", Status.CANCELLED),
        ("approved", Status.TO_REVIEW),
        ("unknown", Status.WATCHING),
    ):
        assert take(an_order(brand_status=brand_status), supplier).status == status
    moves = told(order, "brand_status")
    assert moves[0] == "The brand moved the order from In review to Approved."
    assert len(moves) == 6
    assert len(told(order, "cancelled")) == 1


def test_an_order_handled_elsewhere_stays_there(supplier: Any) -> None:
    order = take(an_order(), supplier)
    PurchaseOrder.objects.update(status=Status.ELSEWHERE)
    order = take(an_order(brand_status="cancelled"), supplier)
    assert (order.status, order.status_before_elsewhere) == (Status.ELSEWHERE, Status.CANCELLED)


def test_an_order_undone_here_is_not_reopened_by_the_brand(supplier: Any) -> None:
    take(an_order(), supplier)
    PurchaseOrder.objects.update(status=Status.CANCELLED)
    assert take(an_order(brand_status="shipped"), supplier).status == Status.CANCELLED


def test_links_decisions_supplier_and_outlet_are_never_touched(
    supplier: Any, in_shop: Retailer
) -> None:
    order = take(an_order(), supplier)
    variant: Any = VariantFactory(retailer=in_shop)
    chosen: Any = SupplierFactory(retailer=in_shop, name="Tarn Trading")
    SupplierItem.objects.update(variant=variant)
    PurchaseOrder.objects.update(supplier=chosen)
    take(an_order(a_line(quantity=7)), supplier)
    order.refresh_from_db()
    assert order.supplier == chosen
    assert order.lines.get().item.variant == variant
    assert SupplierItem.objects.count() == 1


def test_an_answer_to_a_problem_outlives_the_next_reading(supplier: Any) -> None:
    problem = Problem("price_zero", "TT-1 Moss M: the price is 0.00.", field="price")
    free = a_line(unit_cost=Decimal(0), problems=(problem,))
    line = take(an_order(free), supplier).lines.get()
    line.problems[0]["answer"] = "free"
    line.save()
    take(an_order(replace(free, quantity=7)), supplier)
    line.refresh_from_db()
    assert line.problems[0]["answer"] == "free"


# --- after approval ------------------------------------------------------------------------


@pytest.fixture
def on_order(supplier: Any) -> PurchaseOrder:
    order = take(
        an_order(a_line(an_item(size="S"), 2), a_line(an_item(size="M"), 12)), supplier, "first"
    )
    PurchaseOrder.objects.update(status=Status.ON_ORDER)
    order.refresh_from_db()
    return order


def again(supplier: Any, *lines: IncomingLine, **facts: Any) -> None:
    take(an_order(*lines, **facts), supplier)


def changes(
    order: PurchaseOrder, state: str = OrderChange.State.OPEN
) -> list[tuple[str, str, str]]:
    rows = OrderChange.objects.filter(order=order, state=state).order_by("id")
    return [(row.field, row.old, row.new) for row in rows]


S, M = an_item(size="S"), an_item(size="M")


def test_edge_41_nothing_is_altered_after_approval_and_each_difference_waits(
    supplier: Any, on_order: PurchaseOrder
) -> None:
    before = list(on_order.lines.values())
    again(
        supplier,
        a_line(S, 2, unit_cost=Decimal("25.50")),
        a_line(M, 8),
        customer_po="AQ-9",
        ship_end=date(2099, 2, 1),
    )
    assert list(on_order.lines.values()) == before
    assert changes(on_order) == [
        ("ship_end", "", "2099-02-01"),
        ("customer_po", "", "AQ-9"),
        ("unit_cost", "24", "25.5"),
        ("quantity", "12", "8"),
    ]
    on_order.refresh_from_db()
    assert (on_order.units, on_order.customer_po) == (14, "")
    assert len(told(on_order, "brand_changed")) == 1


def test_edge_42_below_what_has_arrived_says_so_and_offers_to_close(
    supplier: Any, on_order: PurchaseOrder
) -> None:
    on_order.lines.filter(item__size="M").update(received=5)
    again(supplier, a_line(S, 2), a_line(M, 4))
    change = OrderChange.objects.get()
    assert "below the 5 that have arrived. Close the line at 5." in change.text


def test_edge_44_cancelled_after_import_is_an_alert(supplier: Any, on_order: PurchaseOrder) -> None:
    again(supplier, a_line(S, 2), a_line(M, 12), brand_status="cancelled")
    on_order.refresh_from_db()
    assert (on_order.status, on_order.brand_status) == (Status.ON_ORDER, "cancelled")
    assert changes(on_order) == [("brand_status", "", "cancelled")]
    event = Event.objects.about(on_order).get(verb="cancelled_at_brand")
    assert event.facts["alert"] is True
    assert "still in the POS" in event.text


def test_edge_45_an_added_size_and_d19_a_removed_one_wait_too(
    supplier: Any, on_order: PurchaseOrder
) -> None:
    large = a_line(an_item(size="L"), 3)
    again(supplier, a_line(M, 12), large)
    assert sorted(changes(on_order)) == [("added", "", large.key), ("removed", "2", "")]
    assert on_order.lines.count() == 2


def test_edge_46_a_substitution_after_import_joins_both_lines(
    supplier: Any, on_order: PurchaseOrder
) -> None:
    ink = a_line(an_item(colour="Ink", size="M"), 12)
    again(supplier, a_line(S, 2), ink)
    old = f"line/{M.source_key}"
    assert sorted(changes(on_order)) == [("added", old, ink.key), ("removed", "12", ink.key)]


def test_an_unreadable_quantity_after_approval_is_no_change_to_nothing(
    supplier: Any, on_order: PurchaseOrder
) -> None:
    problem = Problem("quantity_wrong", "TT-1 Moss M: the quantity is -3.", field="quantity")
    again(supplier, a_line(S, 2), a_line(M, 0, problems=(problem,)))
    assert changes(on_order) == [("unreadable", "", "quantity_wrong")]


def test_a_change_is_asked_once_updated_and_withdrawn(
    supplier: Any, on_order: PurchaseOrder
) -> None:
    again(supplier, a_line(S, 2), a_line(M, 8))
    again(supplier, a_line(S, 2), a_line(M, 8), notes="hello")
    assert changes(on_order) == [("quantity", "12", "8")]
    assert len(told(on_order, "brand_changed")) == 1
    again(supplier, a_line(S, 2), a_line(M, 6))
    assert changes(on_order) == [("quantity", "12", "6")]
    again(supplier, a_line(S, 2), a_line(M, 12))
    assert changes(on_order) == []
    assert len(told(on_order, "change_withdrawn")) == 1


def test_what_was_kept_as_it_was_is_not_asked_again(supplier: Any, on_order: PurchaseOrder) -> None:
    again(supplier, a_line(S, 2), a_line(M, 8))
    OrderChange.objects.update(state=OrderChange.State.DISMISSED)
    again(supplier, a_line(S, 2), a_line(M, 8), notes="hello")
    assert changes(on_order) == []
    again(supplier, a_line(S, 2), a_line(M, 7))
    assert changes(on_order) == [("quantity", "12", "7")]


# --- bodies that cannot be read ------------------------------------------------------------


def unreadable(supplier: Any, text: str = "Order 41322 could not be read: it holds NaN.") -> Any:
    return take_in_unreadable(
        supplier=supplier, source=SOURCE, source_key="6501aa00", number="41322", text=text
    )


def test_an_unreadable_order_is_shown_held_and_healed_by_the_next_body(supplier: Any) -> None:
    order = unreadable(supplier)
    assert (order.status, order.number) == (Status.WATCHING, "41322")
    assert order.problems[0]["blocks"] is True
    unreadable(supplier)
    assert len(told(order, "unreadable")) == 1
    healed = take(an_order(), supplier)
    assert healed.pk == order.pk
    assert (healed.status, healed.problems, healed.units) == (Status.TO_REVIEW, [], 6)
    assert told(order, "brand_changed") == []


def test_an_order_we_have_stays_as_it_is_while_it_cannot_be_read(supplier: Any) -> None:
    order = take(an_order(), supplier, "good")
    unreadable(supplier)
    order.refresh_from_db()
    assert (order.status, order.lines.count()) == (Status.TO_REVIEW, 1)
    assert codes(order) == ["unreadable"]
    assert order.problems[0]["blocks"] is False
    assert codes(take(an_order(), supplier, "good")) == []


def test_d20_an_order_gone_at_the_source_is_kept_and_told_once(supplier: Any) -> None:
    order = take(an_order(), supplier, "good")
    for _ in range(2):
        note_gone(order, portal="Tarn & Thistle")
    order.refresh_from_db()
    assert codes(order) == ["gone"]
    assert order.lines.count() == 1
    assert len(told(order, "gone")) == 1


# --- products ------------------------------------------------------------------------------


def detail(item: IncomingItem, **facts: Any) -> IncomingItem:
    return replace(item, is_detail=True, **facts)


def details(supplier: Any, *items: IncomingItem) -> list[str]:
    return keep_details(supplier, items, rules_of(supplier.retailer_id))


def test_a_product_s_own_data_wins_and_an_order_does_not_take_it_back(supplier: Any) -> None:
    take(an_order(a_line(an_item(wholesale=Decimal(24)))), supplier)
    details(
        supplier,
        detail(an_item(), name="Fell Jumper", wholesale=Decimal(25), code="036000291452"),
    )
    take(an_order(a_line(an_item(wholesale=Decimal(20), code="N/A"), 9)), supplier)
    item = SupplierItem.objects.get()
    assert (item.name, item.wholesale, item.code) == ("Fell Jumper", Decimal(25), "036000291452")
    assert item.gtin14 == "00036000291452"
    assert item.detail_read_at is not None


def test_unknown_never_overwrites_what_is_known(supplier: Any) -> None:
    take(an_order(), supplier)
    full = detail(an_item(), name="Fell Jumper", msrp=Decimal(60), image_urls=("https://x/a.png",))
    details(supplier, full)
    details(supplier, detail(an_item()))
    item = SupplierItem.objects.get()
    assert (item.name, item.msrp, item.image_urls) == (
        "Fell Jumper",
        Decimal(60),
        ["https://x/a.png"],
    )


def test_edge_34_a_renamed_colour_is_told_and_the_product_id_wins(supplier: Any) -> None:
    take(an_order(), supplier)
    news = details(supplier, detail(replace(an_item(), colour="Moss Heather")))
    assert news == [
        "The brand's catalogue calls TT-1 Moss “Moss Heather” now; it is the same product."
    ]
    assert SupplierItem.objects.get().colour == "Moss Heather"


def test_a_catalogue_is_not_copied_for_one_ordered_size(supplier: Any) -> None:
    take(an_order(), supplier)
    details(supplier, detail(an_item()), detail(an_item(size="XL")))
    assert list(SupplierItem.objects.values_list("size", flat=True)) == ["M"]


# --- scale ---------------------------------------------------------------------------------


def many(count: int, *, quantity: int = 2, status: str = "approved") -> IncomingOrder:
    lines = [
        a_line(
            an_item(f"ST-{n // 10}", size=str(n % 10), code=f"{n:012d}"),
            quantity,
            problems=(Problem("pack", f"line {n}: comes in packs", blocks=False),),
        )
        for n in range(count)
    ]
    address = IncomingAddress("door-1", "DOOR-1", "1 Pier Rd")
    return an_order(*lines, brand_status=status, ship_to=address, header_total=Decimal(1))


def statements(act: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


@pytest.mark.parametrize("lines", [10, 200, 1000])
def test_statements_do_not_grow_with_the_lines(supplier: Any, lines: int) -> None:
    """New, unchanged, changed under review, and compared after approval: at most 30 each."""

    def approve() -> None:
        PurchaseOrder.objects.update(status=Status.ON_ORDER)

    first = statements(lambda: take(many(lines), supplier, "1"))
    same = statements(lambda: take(many(lines), supplier, "1"))
    changed = statements(lambda: take(many(lines, quantity=3), supplier, "2"))
    shorter = statements(lambda: take(many(lines // 2, quantity=3), supplier, "3"))
    approve()
    compared = statements(lambda: take(many(lines // 2, quantity=4), supplier, "4"))
    repriced = statements(lambda: take(many(lines // 2, quantity=5), supplier, "5"))
    found = [first, same, changed, shorter, compared, repriced]
    assert max(found) <= 30, found
    assert OrderLine.objects.filter(removed=False).count() == lines // 2
    assert OrderChange.objects.count() == lines // 2


@pytest.mark.slow
def test_d16_ten_thousand_lines_come_in_whole(supplier: Any) -> None:
    order = take(many(10_000), supplier)
    assert (order.lines.count(), order.units) == (10_000, 20_000)
    assert statements(lambda: take(many(10_000, quantity=3), supplier)) <= 60
