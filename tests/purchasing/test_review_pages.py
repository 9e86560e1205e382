"""The review in a browser: what Ana sees and presses, what Ben, Vic and Cleo may not."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from purchasing.models import Decision, PurchaseOrder
from purchasing.review.styles import styles_of
from retailers.scope import acting_for
from tests.purchasing.orders import Desk, upc

pytestmark = pytest.mark.django_db
Action, Bin, State = Decision.Action, Decision.Bin, Decision.State


@pytest.fixture
def desk(in_shop: Any) -> Desk:
    return Desk(in_shop)


def address(name: str, *args: Any) -> str:
    return reverse(name, args=args)


def token(desk: Desk, item: Any) -> str:
    return next(s.token for s in styles_of(desk.order) if item.pk in s.items)


def three_styles(desk: Desk) -> list[Any]:
    """A certain, a new and a conflicting one."""
    product = desk.product("Mine", brand=desk.supplier.name)
    desk.variant(product, code=upc(1), supplier_code="S-1")
    items = [
        desk.ordered("S-1", name="Heath Crew", code=upc(1)),
        desk.ordered("S-2", name="Skerry Anorak"),
        desk.ordered("S-3", name="Cairn Scarf", code="8.85E+11"),
    ]
    desk.match()
    return items


def test_the_desk_opens_at_what_needs_a_person(desk, ana, as_user):
    three_styles(desk)
    page = as_user(ana).get(address("review", desk.order.pk)).content.decode()
    assert "Cairn Scarf cannot be written as it is" in page
    for words in ("Heath Crew", "Skerry Anorak", "Conflict", "Certain", "Left to decide"):
        assert words in page
    assert "Go without a barcode" in page


def test_each_style_has_an_address(desk, ana, as_user):
    items = three_styles(desk)
    page = as_user(ana).get(address("review-style", desk.order.pk, items[1].pk)).content.decode()
    assert "Create Skerry Anorak?" in page
    assert "desk--style" in page


def test_accepting_leads_to_the_next_style_and_can_be_undone(desk, ana, as_user):
    items = three_styles(desk)
    browser = as_user(ana)
    answer = browser.post(
        address("review-decide", desk.order.pk, items[0].pk),
        {"act": "accept", "seen": token(desk, items[0])},
        follow=True,
    )
    assert desk.of(items[0]).state == State.DECIDED
    assert answer.redirect_chain[0][0] != address("review-style", desk.order.pk, items[0].pk)
    page = answer.content.decode()
    assert "Undo" in page
    undo = page.split('action="/orders/')[1:]
    path = next("/orders/" + part.split('"')[0] for part in undo if "/review/undo/" in part[:60])
    browser.post(path)
    assert desk.of(items[0]).state == State.OPEN


def test_htmx_gets_the_desk_the_sums_and_the_message_and_the_address(desk, ana, as_user):
    items = three_styles(desk)
    answer = as_user(ana).post(
        address("review-decide", desk.order.pk, items[1].pk),
        {"act": "accept", "seen": token(desk, items[1])},
        headers={"HX-Request": "true"},
    )
    page = answer.content.decode()
    assert "<html" not in page
    assert 'id="desk-whole"' in page
    assert 'id="tally"' in page
    assert "hx-swap-oob" in page
    assert "create new" in page
    assert answer.headers["HX-Push-Url"].startswith(f"/orders/{desk.order.pk}/review/")


def test_a_history_restore_gets_the_whole_page(desk, ana, as_user):
    three_styles(desk)
    answer = as_user(ana).get(
        address("review", desk.order.pk),
        headers={"HX-Request": "true", "HX-History-Restore-Request": "true"},
    )
    assert "<html" in answer.content.decode()


def test_105_the_second_gets_the_first_answer_with_409(desk, ana, owner, as_user):
    items = three_styles(desk)
    seen = token(desk, items[1])
    path = address("review-decide", desk.order.pk, items[1].pk)
    as_user(owner).post(path, {"act": "skip", "seen": seen})
    answer = as_user(ana).post(
        path, {"act": "accept", "seen": seen}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 409
    assert "Olga decided" in answer.content.decode()
    assert desk.of(items[1]).action == Action.SKIP


def test_all_certain_are_accepted_in_one_press(desk, ana, as_user):
    items = three_styles(desk)
    page = as_user(ana).get(address("review", desk.order.pk)).content.decode()
    assert "Accept the certain one" in page
    as_user(ana).post(
        address("review-accept-bin", desk.order.pk),
        {"bin": "certain", "style": [f"{items[0].pk}:{token(desk, items[0])}", "nonsense"]},
    )
    assert desk.of(items[0]).state == State.DECIDED


def test_a_problem_is_settled_from_the_desk(desk, ana, as_user):
    items = three_styles(desk)
    as_user(ana).post(
        address("review-settle", desk.order.pk, items[2].pk),
        {"answer": "code-lost:drop", "item": items[2].pk},
    )
    assert desk.of(items[2]).bin == Bin.NEW


def test_the_link_picker_finds_by_barcode_code_sku_and_name(desk, ana, as_user):
    items = three_styles(desk)
    other = desk.variant(desk.product("Fellside Gilet"), sku="FG77", code=upc(77))
    path = address("review-link", desk.order.pk, items[1].pk)
    for text in (upc(77), "00" + upc(77), "fg77", "gilet fell"):
        page = as_user(ana).get(path, {"q": text}).content.decode()
        assert "Fellside Gilet" in page, text
    assert "Nothing in your shop matches" in as_user(ana).get(path, {"q": "zzz"}).content.decode()
    as_user(ana).post(path, {"choice": f"variant:{other.pk}", "seen": ""})
    assert desk.of(items[1]).variant == other


def test_typing_errors_stand_beside_their_field_and_nothing_is_lost(desk, ana, as_user):
    items = three_styles(desk)
    answer = as_user(ana).post(
        address("review-size", desk.order.pk, items[1].pk),
        {"sku": "AB-1", "barcode": "", "retail_price": "70.00"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "letters and digits only" in page
    assert 'value="AB-1"' in page


def test_a_new_product_is_edited(desk, ana, as_user):
    items = three_styles(desk)
    path = address("review-family", desk.order.pk, items[1].pk)
    assert "Skerry Anorak" in as_user(ana).get(path).content.decode()
    as_user(ana).post(path, {"name": "Skerry Smock", "new_brand": "Tarn"})
    assert desk.of(items[1]).new_product.name == "Skerry Smock"


def test_approving_leads_to_the_plan_and_refuses_with_what_is_open(desk, ana, as_user):
    items = three_styles(desk)
    browser = as_user(ana)
    path = address("order-approve", desk.order.pk)
    page = browser.post(path, follow=True).content.decode()
    assert "3 styles are not decided" in page
    browser.post(address("review-settle", desk.order.pk, items[2].pk), {"answer": "code-lost:drop"})
    for item in items:
        browser.post(address("review-decide", desk.order.pk, item.pk), {"act": "accept"})
    answer = browser.post(path)
    assert answer.headers["Location"] == address("plan", desk.order.pk)


def test_the_order_as_a_whole_is_settled_on_the_desk(desk, ana, as_user):
    three_styles(desk)
    tarn = desk.brand("Tarn")
    browser = as_user(ana)
    browser.post(address("review-outlet", desk.order.pk), {"outlet": desk.outlet.pk})
    browser.post(
        address("review-brand", desk.order.pk), {"label": desk.supplier.name, "brand": tarn.pk}
    )
    desk.order.refresh_from_db()
    assert desk.order.outlet == desk.outlet
    assert {one.brand for one in desk.order.new_products.all()} == {tarn}


def test_the_rate_of_other_money_is_given_on_the_desk(desk, ana, as_user):
    PurchaseOrder.objects.update(currency="EUR")
    items = three_styles(desk)
    browser = as_user(ana)
    page = browser.get(address("review-style", desk.order.pk, items[1].pk)).content.decode()
    assert "Give the exchange rate" in page
    assert "One EUR in USD" in page
    path = address("review-rate", desk.order.pk)
    assert "not an exchange rate" in browser.post(path, {"rate": "x"}, follow=True).content.decode()
    browser.post(path, {"rate": "1.10"})
    assert desk.of(items[1]).retail_price == Decimal("66.00")


def test_watched_orders_can_be_read_and_not_decided(desk, ana, as_user):
    items = three_styles(desk)
    PurchaseOrder.objects.update(status="watching", brand_status="review")
    browser = as_user(ana)
    page = browser.get(address("review", desk.order.pk)).content.decode()
    assert "nothing can be decided yet" in page
    assert "Accept the certain one" not in page
    browser.post(address("review-decide", desk.order.pk, items[0].pk), {"act": "accept"})
    assert desk.of(items[0]).state == State.OPEN


def test_viewers_read_and_receivers_see_no_costs(desk, ben, vic, as_user):
    items = three_styles(desk)
    path = address("review", desk.order.pk)
    assert "144.00" in as_user(vic).get(path).content.decode()
    page = as_user(ben).get(path).content.decode()
    assert "144.00" not in page
    assert "24.00" not in page
    for person in (ben, vic):
        for name in ("review-decide", "review-settle"):
            answer = as_user(person).post(address(name, desk.order.pk, items[0].pk))
            assert answer.status_code == 403
        assert as_user(person).post(address("order-approve", desk.order.pk)).status_code == 403


def test_106_another_shops_order_is_not_found(cleo, desk, as_user):
    items = three_styles(desk)
    browser = as_user(cleo)
    for name in ("review-style", "review-link", "review-size", "review-family"):
        path = address(name, desk.order.pk, items[0].pk)
        assert browser.get(path).status_code == 404
    assert browser.get(address("review", desk.order.pk)).status_code == 404
    decide = address("review-decide", desk.order.pk, items[0].pk)
    assert browser.post(decide, {"act": "accept"}).status_code == 404
    assert browser.post(address("order-approve", desk.order.pk)).status_code == 404


def test_106_another_shops_product_cannot_be_linked(other_shop, desk, ana, as_user):
    items = three_styles(desk)
    with acting_for(other_shop):
        theirs = Desk(other_shop)
        variant = theirs.variant(theirs.product("Zebra Lamp"))
    path = address("review-link", desk.order.pk, items[1].pk)
    answer = as_user(ana).post(path, {"choice": f"variant:{variant.pk}"})
    assert answer.status_code == 404
    assert "Zebra Lamp" not in as_user(ana).get(path, {"q": "zebra"}).content.decode()


def test_nonsense_in_the_form_is_refused_politely(desk, ana, as_user):
    items = three_styles(desk)
    browser = as_user(ana)
    for name, data in (
        ("review-decide", {"act": "explode"}),
        ("review-settle", {"answer": "x:y", "item": "99999999999999999999"}),
        ("review-link", {"choice": "variant:abc"}),
    ):
        answer = browser.post(address(name, desk.order.pk, items[0].pk), data)
        assert answer.status_code in (302, 422), name


@pytest.mark.parametrize("linked", [True, False])
def test_the_page_asks_the_same_number_of_times_whatever_the_order(in_shop, ana, as_user, linked):
    counts = {}
    browser = as_user(ana)
    for lines in (10, 200):
        desk = Desk(in_shop)
        for n in range(lines):
            variant = desk.variant(desk.product(f"P{n}")) if linked else None
            desk.ordered(f"S-{n // 6}", "Moss", f"{n % 6}", variant=variant, msrp=Decimal(60))
        desk.match()
        browser.get(address("review", desk.order.pk))
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address("review", desk.order.pk)).status_code == 200
        counts[lines] = len(seen)
    assert counts[10] == counts[200]
    assert counts[10] <= 36
