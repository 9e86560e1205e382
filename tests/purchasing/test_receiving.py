"""Ben counts what arrives (edge cases 81 to 91): booked once, by line, never more than allowed."""

from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.test import Client

from purchasing import receiving
from purchasing.errors import OrderError
from purchasing.forms import AmountField
from purchasing.models import Delivery, OrderLine, PurchaseOrder
from purchasing.pricing import read_rate
from purchasing.signals import goods_received
from retailers.formatting import ungrouped
from retailers.models import Retailer, RuleSetting, User
from tests.factories import (
    BarcodeFactory,
    OrderLineFactory,
    OutletFactory,
    PurchaseOrderFactory,
    SupplierItemFactory,
    VariantFactory,
)

Status = PurchaseOrder.Status
FOLLOW_UP, CLOSE = Delivery.Remainder.FOLLOW_UP, Delivery.Remainder.CLOSE
CODES = ["036000291452", "012345678905", "042100005264"]


@pytest.fixture
def order(in_shop: Retailer) -> PurchaseOrder:
    """Three lines of 12, 6 and 6 on order."""
    order: Any = PurchaseOrderFactory(
        retailer=in_shop, status=Status.ON_ORDER, outlet=OutletFactory(retailer=in_shop)
    )
    for code, quantity in zip(CODES, (12, 6, 6), strict=True):
        variant = VariantFactory(retailer=in_shop)
        BarcodeFactory(retailer=in_shop, variant=variant, code=code)
        item = SupplierItemFactory(retailer=in_shop, supplier=order.supplier, variant=variant)
        OrderLineFactory(retailer=in_shop, order=order, item=item, quantity=quantity)
    return order


def rule(shop: Retailer, key: str, value: object) -> None:
    RuleSetting.objects.update_or_create(key=key, defaults={"retailer_id": shop.pk, "value": value})


def counted(delivery: Delivery, *kept: int, by: User) -> list[OrderLine]:
    lines = list(receiving.expected_lines(delivery.order))
    receiving.set_counts(
        delivery,
        {line.pk: receiving.Count(kept=n) for line, n in zip(lines, kept, strict=True)},
        by=by,
    )
    return lines


def test_everything_arrives(order: PurchaseOrder, ben: User) -> None:
    heard = []
    goods_received.connect(
        lambda **news: heard.append(news["delivery"]), weak=False, dispatch_uid="t"
    )
    delivery = receiving.begin(order, by=ben)
    receiving.all_arrived(delivery, by=ben)
    receiving.book(delivery, remainder=FOLLOW_UP, by=ben)
    goods_received.disconnect(dispatch_uid="t")
    order.refresh_from_db()
    assert order.status == Status.RECEIVED and order.units_received == 24
    assert heard == [delivery]


def test_part_now_and_the_rest_later(order: PurchaseOrder, ben: User) -> None:
    delivery = receiving.begin(order, by=ben)
    counted(delivery, 5, 0, 6, by=ben)
    receiving.book(delivery, remainder=FOLLOW_UP, by=ben)
    order.refresh_from_db()
    assert order.status == Status.PART_RECEIVED
    assert [line.outstanding for line in order.lines.all()] == [7, 6, 0]


def test_closed_short_on_purpose(order: PurchaseOrder, ben: User) -> None:
    delivery = receiving.begin(order, by=ben)
    counted(delivery, 5, 6, 6, by=ben)
    receiving.book(delivery, remainder=CLOSE, by=ben)
    order.refresh_from_db()
    assert order.status == Status.CLOSED_SHORT
    assert order.lines.get(received=5).closed_short


def test_edge_82_status_is_by_line_and_never_by_sum(order: PurchaseOrder, ben: User) -> None:
    """12 + 3 extra of one line do not make up for 3 missing of another."""
    rule(order.retailer, "over_receipt", "accept")
    delivery = receiving.begin(order, by=ben)
    counted(delivery, 15, 3, 6, by=ben)
    receiving.book(delivery, remainder=FOLLOW_UP, by=ben)
    order.refresh_from_db()
    assert order.units_received == 24
    assert order.status == Status.PART_RECEIVED


@pytest.mark.parametrize(
    ("setting", "percent", "agreed", "accepted"),
    [
        ("ask", "0", False, False),
        ("ask", "0", True, True),
        ("ask", "10", False, True),
        ("refuse", "0", True, False),
        ("accept", "0", False, True),
    ],
)
def test_edge_81_one_extra_follows_the_shops_rule(
    order: PurchaseOrder, ben: User, setting: str, percent: str, agreed: bool, accepted: bool
) -> None:
    rule(order.retailer, "over_receipt", setting)
    rule(order.retailer, "over_receipt_percent", percent)
    delivery = receiving.begin(order, by=ben)
    counted(delivery, 13, 6, 6, by=ben)
    if accepted:
        receiving.book(delivery, remainder=FOLLOW_UP, by=ben, over_agreed=agreed)
        assert order.lines.filter(received=13).exists()
        return
    with pytest.raises(OrderError, match="13 counted, 12 expected") as refusal:
        receiving.book(delivery, remainder=FOLLOW_UP, by=ben, over_agreed=agreed)
    assert refusal.value.field == "over"
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.COUNTING
    assert not order.lines.filter(received__gt=0).exists()


def test_edge_84_nothing_counted_is_refused(order: PurchaseOrder, ben: User) -> None:
    delivery = receiving.begin(order, by=ben)
    with pytest.raises(OrderError, match="Nothing is counted yet"):
        receiving.book(delivery, remainder=FOLLOW_UP, by=ben)


@pytest.mark.parametrize(
    "typed", ["036000291452", "0036000291452", "0 36000 29145 2", "00036000291452"]
)
def test_a_scan_counts_one_in_any_spelling(order: PurchaseOrder, ben: User, typed: str) -> None:
    delivery = receiving.begin(order, by=ben)
    first = receiving.scan(delivery, typed, by=ben)
    second = receiving.scan(delivery, typed, by=ben)
    assert (first.kind, first.kept, second.kept) == ("counted", 1, 2)
    assert receiving.scan(delivery, typed, by=ben, units=-1).kept == 1


def test_edge_85_a_scan_of_another_open_order_offers_it(
    order: PurchaseOrder, in_shop: Retailer, ben: User
) -> None:
    other: Any = PurchaseOrderFactory(retailer=in_shop, status=Status.ON_ORDER)
    variant = VariantFactory(retailer=in_shop)
    BarcodeFactory(retailer=in_shop, variant=variant, code="4006381333931")
    item = SupplierItemFactory(retailer=in_shop, supplier=other.supplier, variant=variant)
    OrderLineFactory(retailer=in_shop, order=other, item=item)
    delivery = receiving.begin(order, by=ben)
    answer = receiving.scan(delivery, "4006381333931", by=ben)
    assert (answer.kind, answer.order) == ("elsewhere", other)
    assert not delivery.lines.exists()


def test_edge_86_an_unknown_scan_counts_nothing(order: PurchaseOrder, ben: User) -> None:
    delivery = receiving.begin(order, by=ben)
    assert receiving.scan(delivery, "5901234123457", by=ben).kind == "unknown"
    VariantFactory(retailer=order.retailer, sku="HAT9")
    assert receiving.scan(delivery, "hat9", by=ben).kind == "in_shop"
    assert not delivery.lines.exists()


def test_edge_87_rejected_units_are_not_received(order: PurchaseOrder, ben: User) -> None:
    delivery = receiving.begin(order, by=ben)
    lines = list(receiving.expected_lines(order))
    receiving.set_counts(delivery, {lines[0].pk: receiving.Count(kept=10, rejected=2)}, by=ben)
    receiving.book(delivery, remainder=FOLLOW_UP, by=ben)
    lines[0].refresh_from_db()
    assert (lines[0].received, lines[0].rejected, lines[0].outstanding) == (10, 2, 2)


def test_two_people_book_at_once_and_one_delivery_is_booked(
    order: PurchaseOrder, ben: User, ana: User
) -> None:
    delivery = receiving.begin(order, by=ben)
    assert receiving.begin(order, by=ana) == delivery
    receiving.all_arrived(delivery, by=ben)
    receiving.book(delivery, remainder=FOLLOW_UP, by=ben)
    with pytest.raises(OrderError):
        receiving.book(delivery, remainder=FOLLOW_UP, by=ana)
    assert sum(order.lines.values_list("received", flat=True)) == 24


def test_the_next_count_waits_until_the_pos_has_the_last_one(
    order: PurchaseOrder, ben: User
) -> None:
    delivery = receiving.begin(order, by=ben)
    counted(delivery, 5, 0, 0, by=ben)
    receiving.book(delivery, remainder=FOLLOW_UP, by=ben)
    order.refresh_from_db()
    with pytest.raises(OrderError, match="still being written"):
        receiving.begin(order, by=ben)
    Delivery.objects.update(state=Delivery.State.WRITTEN)
    assert receiving.begin(order, by=ben).number == 2


def test_bad_counts_name_the_field_and_keep_what_was_counted(
    order: PurchaseOrder, ben: User, as_user: Any
) -> None:
    browser: Client = as_user(ben)
    line = order.lines.first()
    assert line is not None
    url = f"/orders/{order.pk}/receive/count/"
    browser.post(url, {f"kept-{line.pk}": "4"})
    page = browser.post(url, {f"kept-{line.pk}": "4.5"}, follow=True)
    assert "“4.5” is not a number of units" in page.content.decode()
    assert order.deliveries.get().lines.get().kept == 4
    for wrong in ("-1", "٣", "1e9", "99999999"):
        page = browser.post(url, {f"kept-{line.pk}": wrong}, follow=True)
        assert "is not a number of units" in page.content.decode()
    assert order.deliveries.get().lines.get().kept == 4


def test_edge_88_the_invoice_price_is_corrected_for_this_delivery_only(
    order: PurchaseOrder, ana: User, ben: User, as_user: Any
) -> None:
    """Ana sees costs and may correct one; Ben does not, and sending it is no use."""
    line = order.lines.first()
    assert line is not None
    url = f"/orders/{order.pk}/receive/count/"
    as_user(ana).post(url, {f"kept-{line.pk}": "4", f"cost-{line.pk}": "25.50"})
    assert order.deliveries.get().lines.get().unit_cost == Decimal("25.50")
    as_user(ben).post(url, {f"kept-{line.pk}": "5", f"cost-{line.pk}": "1.00"})
    row = order.deliveries.get().lines.get()
    assert (row.kept, row.unit_cost) == (5, Decimal("25.50"))
    line.refresh_from_db()
    assert line.unit_cost == Decimal("24.00")


def test_a_count_is_typed_for_a_line_whose_number_has_four_digits(
    order: PurchaseOrder, ben: User, as_user: Any
) -> None:
    line = OrderLineFactory(
        pk=31_142,
        retailer=order.retailer,
        order=order,
        quantity=4,
        item=SupplierItemFactory(
            retailer=order.retailer,
            supplier=order.supplier,
            variant=VariantFactory(retailer=order.retailer),
        ),
    )
    browser: Client = as_user(ben)
    page = browser.get(f"/orders/{order.pk}/receive/").content.decode()
    assert f'name="kept-{line.pk}"' in page, "the form names the row as it is stored"
    browser.post(f"/orders/{order.pk}/receive/count/", {f"kept-{line.pk}": "3"})
    assert Delivery.objects.get(order=order).lines.get(line=line).kept == 3


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("1,234.50", "1234.50"),
        ("12,345,678", "12345678"),
        ("1234.50", "1234.50"),
        ("24,50", "24,50"),
        ("1,0842", "1,0842"),
        ("1,23", "1,23"),
    ],
)
def test_a_comma_that_is_not_between_thousands_is_not_taken_out(typed: str, plain: str) -> None:
    assert ungrouped(typed) == plain


@pytest.mark.parametrize("typed", ["24,50", "1,0842", "0,92"])
def test_a_price_or_rate_with_a_decimal_comma_is_refused_not_multiplied(typed: str) -> None:
    with pytest.raises(OrderError):
        read_rate(typed)
    assert not PriceForm({"price": typed}).is_valid()
    assert PriceForm({"price": "1,234.50"}).cleaned() == Decimal("1234.50")


class PriceForm(forms.Form):
    """A form with an amount, as the review has them."""

    price = AmountField(localize=True)

    def cleaned(self) -> Decimal:
        assert self.is_valid()
        return Decimal(self.cleaned_data["price"])


def test_the_list_leads_straight_to_the_count(
    order: PurchaseOrder, ben: User, vic: User, as_user: Any
) -> None:
    there = f'href="/orders/{order.pk}/receive/"'
    assert there in as_user(ben).get("/receiving/").content.decode()
    assert there not in as_user(vic).get("/receiving/").content.decode(), "a viewer only looks"
