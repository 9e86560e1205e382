"""What Ana's and Ben's hands do on the pages of the app."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from purchasing.models import Delivery, DeliveryLine, PurchaseOrder
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.browser.conftest import Windows
from tests.factories import (
    BarcodeFactory,
    OrderLineFactory,
    OutletFactory,
    PurchaseOrderFactory,
    SupplierFactory,
    SupplierItemFactory,
    VariantFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]
Status = PurchaseOrder.Status
SOCK, CAP = "036000291452", "012345678905"


# --- Orders ----------------------------------------------------------------------------------


@pytest.fixture
def six_orders(shop: Retailer) -> list[PurchaseOrder]:
    """Four orders of Northlight, then two of Halden Boot; the newest is first in the list."""
    suppliers = [
        SupplierFactory(retailer=shop, name=name) for name in ("Northlight", "Halden Boot")
    ]
    return [
        PurchaseOrderFactory(retailer=shop, supplier=suppliers[n > 3], number=f"5000{n}")
        for n in range(6)
    ]


def statuses(shop: Retailer) -> dict[str, str]:
    with acting_for(shop):
        return dict(PurchaseOrder.objects.values_list("number", "status"))


def test_ana_marks_a_range_and_sets_it_aside(
    window: Open, shop: Retailer, six_orders: list[PurchaseOrder]
) -> None:
    page = window("/orders/")
    expect(page.locator(".bulk")).to_be_hidden()
    ticks = page.locator("tbody .tick")
    ticks.nth(1).click()
    ticks.nth(4).click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("4 marked")
    expect(page.locator("form.filters")).to_be_hidden()
    page.get_by_role("button", name="Handled elsewhere", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("4 orders are handled elsewhere now.")
    expect(page.locator("tbody [data-row]")).to_have_count(2)
    aside = [number for number, status in statuses(shop).items() if status == Status.ELSEWHERE]
    assert sorted(aside) == ["50001", "50002", "50003", "50004"]


def test_all_that_match_are_those_of_the_filter(
    window: Open, shop: Retailer, six_orders: list[PurchaseOrder]
) -> None:
    page = window("/orders/?q=Halden")
    page.locator("tbody .tick").first.click()
    page.get_by_role("button", name="All 2 that match").click()
    expect(page.locator(".toast")).to_contain_text("2 orders are handled elsewhere now.")
    aside = [number for number, status in statuses(shop).items() if status == Status.ELSEWHERE]
    assert sorted(aside) == ["50004", "50005"]


def go(page: Page, way: str) -> None:
    """Back or forward; htmx then loads the page itself, which Playwright's own call trips over."""
    with page.expect_event("load"):
        page.evaluate(f"() => history.{way}()")


def test_filters_live_in_the_address(window: Open, six_orders: list[PurchaseOrder]) -> None:
    page = window("/orders/")
    rows = page.locator("tbody [data-row]")
    page.locator("[data-find]").fill("halden")
    expect(rows).to_have_count(2)
    expect(page).to_have_url(re.compile(r"[?&]q=halden"))
    page.get_by_label("Supplier").select_option(label="Halden Boot")
    expect(page).to_have_url(re.compile(r"[?&]supplier=\d+"))
    go(page, "back")
    expect(page).not_to_have_url(re.compile(r"[?&]supplier=\d+"))
    expect(rows).to_have_count(2)
    go(page, "back")
    expect(page).to_have_url(re.compile(r"/orders/$"))
    expect(rows).to_have_count(6)
    # What comes back is the whole page, not the list that htmx asked for
    expect(page.locator("header.bar")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    go(page, "forward")
    expect(rows).to_have_count(2)
    expect(page.locator("[data-find]")).to_have_value("halden")
    expect(page.locator("header.bar")).to_have_count(1)
    page.reload()
    expect(rows).to_have_count(2)


def test_keys_move_and_mark_but_never_in_a_field(
    window: Open, six_orders: list[PurchaseOrder]
) -> None:
    page = window("/orders/")
    names = page.locator("tbody [data-row] a.name")
    page.keyboard.press("j")
    expect(names.first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(names.nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("1 marked")
    page.keyboard.press("x")
    page.keyboard.press("/")
    page.keyboard.type("jkx?", delay=5)
    expect(page.locator("[data-find]")).to_have_value("jkx?")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("tbody input:checked")).to_have_count(0)


def test_the_palette_finds_an_order_by_its_number(
    window: Open, six_orders: list[PurchaseOrder]
) -> None:
    page = window("/orders/")
    page.keyboard.press("Control+k")
    field = page.locator("#palette input")
    expect(field).to_be_focused()
    field.fill("50003")
    page.locator("#palette").get_by_role("option").or_(
        page.locator("#palette a").filter(has_text="50003")
    ).first.click()
    expect(page).to_have_url(re.compile(rf"/orders/{six_orders[3].pk}/"))


def test_dark_is_remembered_on_the_next_page(window: Open, six_orders: list[PurchaseOrder]) -> None:
    page = window("/orders/")
    page.locator("[data-theme-switch]").click()
    page.goto("/receiving/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert 'data-theme="dark"' in page.request.get("/").text()


# --- Receiving -------------------------------------------------------------------------------


@pytest.fixture
def order(shop: Retailer) -> PurchaseOrder:
    """Three socks and two caps are expected."""
    outlet = OutletFactory(retailer=shop, name="Quay Street")
    found: PurchaseOrder = PurchaseOrderFactory(
        retailer=shop, number="41940", status=Status.ON_ORDER, outlet=outlet
    )
    for name, code, quantity in (("Cable Sock", SOCK, 3), ("Wool Cap", CAP, 2)):
        variant = VariantFactory(retailer=shop, product__name=name)
        BarcodeFactory(retailer=shop, variant=variant, code=code)
        item = SupplierItemFactory(
            retailer=shop, supplier=found.supplier, variant=variant, name=name, style_number=name
        )
        OrderLineFactory(retailer=shop, order=found, item=item, quantity=quantity)
    return found


@pytest.fixture
def door(windows: Windows, ben: User, order: PurchaseOrder) -> Page:
    """Ben at the back door, with a phone and a scanner."""
    return windows.open(ben, f"/orders/{order.pk}/receive/", width=390)


def scan(page: Page, *codes: str) -> None:
    for code in codes:
        page.keyboard.type(f"{code}\n", delay=5)


def counts(shop: Retailer) -> list[int]:
    with acting_for(shop):
        return list(DeliveryLine.objects.order_by("line").values_list("kept", flat=True))


def test_ben_scans_as_fast_as_the_scanner_goes(door: Page, shop: Retailer) -> None:
    """Codes come faster than answers; each counts, and the field has the focus for the next."""
    scan(door, SOCK, CAP, SOCK, CAP, SOCK)
    answer = door.locator(".answer")
    expect(answer).to_contain_text("Cable Sock")
    expect(answer.locator("output")).to_contain_text("3of 3")
    expect(answer).to_have_attribute("role", "status")
    expect(door.locator("#code")).to_be_focused()
    expect(door.locator("#code")).to_have_value("")
    assert counts(shop) == [3, 2]


def test_a_scan_that_starts_elsewhere_lands_in_the_field(door: Page, shop: Retailer) -> None:
    door.locator("summary").first.focus()
    scan(door, CAP)
    expect(door.locator(".answer output")).to_contain_text("1of 2")
    assert counts(shop) == [1]


def test_a_code_nobody_knows_counts_nothing(door: Page, shop: Retailer) -> None:
    scan(door, SOCK, "4006381333931")
    slip = door.get_by_role("status").filter(has_text="Not on this order")
    expect(slip).to_contain_text("Put the piece aside; nothing was counted.")
    expect(door.locator("#code")).to_be_focused()
    assert counts(shop) == [1]


def test_counts_are_kept_as_ben_goes(door: Page, shop: Retailer) -> None:
    with door.expect_response("**/receive/count/"):
        door.get_by_label("One more Cable Sock").click()
    expect(door.locator("#tally dd").first).to_contain_text("1 of 5")
    door.reload()
    expect(door.get_by_label("Counted Cable Sock")).to_have_value("1")
    assert counts(shop) == [1]


def test_more_than_ordered_is_asked_about(door: Page, windows: Windows, shop: Retailer) -> None:
    windows.expected = {422}
    scan(door, CAP, CAP, CAP)
    expect(door.locator(".answer")).to_contain_text("more than expected")
    door.get_by_role("button", name="Receive 3 units").click()
    question = door.get_by_role("alert").filter(has_text="More than expected")
    expect(question).to_be_visible()
    with acting_for(shop):
        assert Delivery.objects.get().state == Delivery.State.COUNTING
    question.get_by_role("button", name="Keep the extra units and book").click()
    expect(door).to_have_url(re.compile(r"/orders/\d+/$"))
    with acting_for(shop):
        assert Delivery.objects.get().state == Delivery.State.BOOKED


def test_two_presses_book_one_delivery(door: Page, shop: Retailer) -> None:
    scan(door, SOCK)
    expect(door.locator(".answer output")).to_contain_text("1of 3")
    door.get_by_role("button", name="Receive 1 unit").dblclick(no_wait_after=True)
    expect(door).to_have_url(re.compile(r"/orders/\d+/$"))
    with acting_for(shop):
        assert Delivery.objects.get().state == Delivery.State.BOOKED
        assert PurchaseOrder.objects.get().units_received == 1


def test_a_session_that_ran_out_leads_to_sign_in(
    door: Page, windows: Windows, shop: Retailer, order: PurchaseOrder
) -> None:
    """The code that was scanned stays, to be sent once Ben is back."""
    windows.expected = {401}
    Session.objects.all().delete()
    scan(door, SOCK)
    expect(door.locator("#signed-out")).to_be_visible()
    sign_in = door.locator("[data-sign-in]").get_attribute("href") or ""
    assert unquote(sign_in) == f"/accounts/login/?next=/orders/{order.pk}/receive/"
    assert door.url.endswith("/receive/")
    expect(door.locator("#code")).to_have_value(SOCK)
    assert counts(shop) == []
