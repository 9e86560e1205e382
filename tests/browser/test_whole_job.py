"""The whole job in a browser, against the demo's processes: review, plan, send, receive.

What is checked at the end is what both outside systems say through their own APIs: every row of
the order and product mappings, and stock that rose by what came, once.
"""

import re
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Windows
from tests.browser.demo import Demo, running_demo

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.slow]
LONG = 90_000
"""Milliseconds for what workers do meanwhile."""
LINKED = {"Nell Tea Dress": "Tea Dress Nell", "Odile Linen Blouse": "Linen Blouse Odile"}
LEFT_OUT = "Dora Market Tote"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as found:
        yield found


@pytest.fixture
def at_the_demo(browser: Browser, demo: Demo) -> Iterator[Windows]:
    opened = Windows(browser, demo.url)
    yield opened
    opened.close()
    assert opened.said == []


def signed_in(windows: Windows, demo: Demo, name: str, **more: Any) -> Page:
    """Through the front door, with e-mail and password."""
    page = windows.open(None, "/accounts/login/", **more)
    page.locator("[name=login]").fill(f"{name}@alder-quay.example")
    page.locator("[name=password]").fill(demo.password)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/$"))
    return page


def test_a_first_order_is_done_in_the_browser(at_the_demo: Windows, demo: Demo) -> None:
    brand = Ordered(demo)
    before = stock(demo, brand)
    ana = signed_in(at_the_demo, demo, "ana")
    review_first_order(ana)
    approve_and_write(ana, units=brand.units)
    check_what_was_written(demo, brand)

    ben = signed_in(at_the_demo, demo, "ben", width=390)
    receive_by_scanner(ben, brand)
    wait_for_status(demo, "41940", "RECEIVED")
    wait_for_status(demo, "41940/2", "SENT")
    wait_until_in_step(ben)
    receive_the_rest(ben)
    wait_for_status(demo, "41940/2", "RECEIVED")
    wait_until_in_step(ben)
    after = stock(demo, brand)
    risen = {code: after[code] - before.get(code, 0) for code in after}
    assert risen == {code: row["quantity"] for code, row in brand.rows.items()}


def review_first_order(page: Page) -> None:
    """Two styles are linked, one is left out, five are created."""
    page.goto("/orders/?q=41940")
    page.get_by_role("link", name="41940").click()
    for theirs, ours in LINKED.items():
        pick_style(page, theirs)
        page.get_by_role("link", name="Link to one of yours").click()
        page.get_by_role("searchbox").last.fill(ours)
        hit = page.locator("#hits section").filter(has=page.get_by_role("heading", name=ours))
        hit.get_by_role("button", name="Link size by size").click()
        expect(style_row(page, theirs)).to_have_class(re.compile("is-decided"))
    pick_style(page, LEFT_OUT)
    page.get_by_role("button", name="Leave it out").click()
    expect(style_row(page, LEFT_OUT)).to_have_class(re.compile("is-decided"))
    page.get_by_role("button", name="Create all 5 new").click()
    expect(page.locator("#tally dd").first).to_contain_text("0 of 8 styles")


def style_row(page: Page, name: str) -> Any:
    return page.locator(".desk__list a.style").filter(has_text=name)


def pick_style(page: Page, name: str) -> None:
    style_row(page, name).click()
    expect(page.locator("#question")).to_contain_text(name)


def approve_and_write(page: Page, *, units: int) -> None:
    """The shop it is delivered to, the yes to the order, the yes to the plan."""
    page.get_by_label("Deliver to").select_option(label="Alder Block")
    page.locator("#outlet").get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Approve and see the plan").click()
    expect(page.get_by_text("Nothing is written yet.")).to_be_visible()
    expect(page.locator("main")).to_contain_text(f"{units} units")
    page.get_by_role("button", name="Approve and write").dblclick()
    expect(page.get_by_role("heading", name="Written to Lightspeed")).to_be_visible(timeout=LONG)
    page.get_by_role("link", name="Open the order").click()
    expect(page.locator("#order-sync")).to_contain_text("In step", timeout=LONG)
    expect(page.locator("#order-sync")).not_to_contain_text("Waits", timeout=LONG)


def check_what_was_written(demo: Demo, brand: "Ordered") -> None:
    """Each row of the mappings, asked of the POS."""
    head = pos_order(demo, "41940")
    order = brand.order
    assert head["name"] == order["customer_po_number"] == "AQ-S-40"
    assert head["due_at"][:10] == order["end_ship"][:10]
    assert (head["type"], head["status"]) == ("SUPPLIER", "SENT")
    supplier = demo.pos.ok("GET", f"/suppliers/{head['supplier_id']}")["data"]
    assert supplier["name"] == "Kestrel Lane"
    rows = demo.pos.ok("GET", f"/consignments/{head['id']}/products?page_size=1000")["data"]
    lines = {line["product_id"]: line for line in rows}
    known = ordered_products(demo, brand)
    assert lines.keys() == {product["id"] for product in known.values()}
    assert known.keys() == brand.rows.keys()
    assert sum(Decimal(line["count"]) for line in lines.values()) == brand.units
    for code, row in brand.rows.items():
        product = known[code]
        line = lines[product["id"]]
        assert Decimal(line["count"]) == row["quantity"]
        assert Decimal(line["cost"]) == Decimal(str(row["price"]))
        if row["name"] in LINKED:
            assert product["name"] == LINKED[row["name"]]
            continue
        assert product["name"] == row["name"]
        assert row["name"] in product["description"]
        assert "<script" not in product["description"]
        label = demo.pos.ok("GET", f"/brands/{product['brand_id']}")["data"]
        assert label["name"] == "Kestrel Lane"
        assert Decimal(str(product["price_excluding_tax"])) == Decimal(str(row["retail"]))
        [bought] = product["product_suppliers"]
        assert bought["supplier_id"] == head["supplier_id"]
        assert Decimal(str(bought["price"])) == Decimal(str(row["price"]))
        options = [option["value"] for option in product["variant_options"]]
        assert bought["code"] == "-".join([row["style_number"], *options])
        assert code in {one["code"] for one in product["product_codes"] if one["type"] == "UPC"}
    created = {
        product["variant_parent_id"] or product["id"]
        for code, product in known.items()
        if brand.rows[code]["name"] not in LINKED
    }
    pictured = [one["product"] for one in demo.pos.effects("image_uploaded")]
    assert sorted(one for one in pictured if one in created) == sorted(created)


def open_delivery(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Receive").click()
    row = page.get_by_role("row").filter(has_text="41940")
    row.get_by_role("link", name=re.compile("^(Receive|Count|Go on)")).click()
    expect(page.locator("#code")).to_be_focused()


def receive_by_scanner(page: Page, brand: "Ordered") -> None:
    """The first colourway comes: each of its pieces goes past the scanner."""
    open_delivery(page)
    some = [(code, row) for code, row in brand.rows.items() if row["name"] == "Maud Wrap Dress"]
    pieces = [code for code, row in some for _piece in range(row["quantity"])]
    for code in pieces:
        page.keyboard.type(f"{code}\n", delay=5)
    total = f"{len(pieces)} of {brand.units} units"
    expect(page.locator("#tally dd").first).to_have_text(total, timeout=LONG)
    page.get_by_role("button", name=f"Receive {len(pieces)} units").click()
    expect(page).to_have_url(re.compile(r"/orders/\d+/$"))


def receive_the_rest(page: Page) -> None:
    open_delivery(page)
    page.get_by_role("button", name="All arrived").click()
    page.get_by_role("button", name=re.compile(r"Receive \d+ units")).click()
    expect(page).to_have_url(re.compile(r"/orders/\d+/$"))


def wait_for_status(demo: Demo, reference: str, status: str) -> None:
    """Until the POS has it so."""
    ends = time.monotonic() + LONG / 1000
    while (now := status_of(demo, reference)) != status:
        assert time.monotonic() < ends, f"{reference} is {now}"
        time.sleep(0.5)


def wait_until_in_step(page: Page) -> None:
    """Until the panel of the order page, which follows by itself, says so."""
    panel = page.locator("#order-sync")
    expect(panel.get_by_text("Received").first).to_be_visible(timeout=LONG)
    expect(panel.get_by_text("Waits")).to_have_count(0, timeout=LONG)


def pos_order(demo: Demo, reference: str) -> dict[str, Any]:
    """The one live order in the POS with this number."""
    page = demo.pos.ok("GET", "/consignments?type=SUPPLIER&page_size=500")
    [found] = [row for row in page["data"] if row.get("reference") == reference]
    head: dict[str, Any] = found
    return head


def status_of(demo: Demo, reference: str) -> str:
    page = demo.pos.ok("GET", "/consignments?type=SUPPLIER&page_size=500")
    found = [row["status"] for row in page["data"] if row.get("reference") == reference]
    return found[0] if found else "not there"


def ordered_products(demo: Demo, brand: "Ordered") -> dict[str, dict[str, Any]]:
    """The POS's products by the code that NuORDER has for them; those it does not have are absent.

    New ones carry the code; of those the shop had before, name and size say which.
    """
    sizes = {(LINKED.get(row["name"]), row["size"]): code for code, row in brand.rows.items()}
    found: dict[str, dict[str, Any]] = {}
    for product in demo.all_products():
        options = [option["value"] for option in product["variant_options"]]
        code = next(
            (one["code"] for one in product["product_codes"] if one["code"] in brand.rows), ""
        )
        code = code or sizes.get((product["name"], options[-1] if options else ""), "")
        if code:
            assert code not in found, f"{code} is on two products"
            found[code] = product
    return found


def stock(demo: Demo, brand: "Ordered") -> dict[str, Decimal]:
    """Units on hand at all outlets by NuORDER's code."""
    levels = {}
    for code, product in ordered_products(demo, brand).items():
        rows = demo.pos.ok("POST", "/inventory", {"product_id": product["id"]})
        held = (Decimal(str(row["current_inventory_level"])) for row in rows)
        levels[code] = sum(held, Decimal(0))
    return levels


class Ordered:
    """What NuORDER says of order 41940, without the style that is left out."""

    def __init__(self, demo: Demo) -> None:
        buyer = demo.nuorder.connect("kestrel-lane")
        self.order = buyer.get("/api/order/number/41940").json()
        self.rows: dict[str, dict[str, Any]] = {}
        for line in self.order["line_items"]:
            item = buyer.get(f"/api/product/{line['product']['_id']}").json()
            if item["name"] == LEFT_OUT:
                continue
            facts = {"name": item["name"], "style_number": item["style_number"]}
            self.rows |= {
                row["upc"]: row | facts | {"color": item["color"]} for row in line["sizes"]
            }

    @property
    def units(self) -> int:
        return sum(row["quantity"] for row in self.rows.values())


def test_an_order_is_reviewed_and_sent_by_keyboard_alone(at_the_demo: Windows, demo: Demo) -> None:
    """Ana's hands stay on the keyboard from the list to the last line in Lightspeed."""
    made = demo.nuorder.order("marrow-bay", status="approved", lines=12, families=3, seed=4)
    number = str(made["order_number"])
    page = signed_in(at_the_demo, demo, "ana")
    find_by_key(page, number)
    left = page.locator("#tally dd").first
    styles = page.locator(".desk__list a.style")
    page.keyboard.press("j")
    expect(styles.first).to_be_focused()
    page.keyboard.press("j")
    expect(styles.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(styles.nth(1)).to_have_attribute("aria-current", "true")
    for _style in range(styles.count()):
        words = left.inner_text()
        if words.startswith("0 of"):
            break
        page.keyboard.press("a")
        expect(left).not_to_have_text(words)
    expect(left).to_contain_text("0 of")
    tab_to(page, "#outlet-choice")
    page.keyboard.type("Alder")
    tab_to(page, "#outlet button")
    page.keyboard.press("Enter")
    go_on = page.get_by_role("button", name="Approve and see the plan")
    expect(go_on).to_be_visible()
    tab_to(page, "#tally button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is written yet.")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Written to Lightspeed")).to_be_visible(timeout=LONG)
    assert pos_order(demo, number)["status"] == "SENT"


def find_by_key(page: Page, number: str) -> None:
    """Check now, until the order is there; then find it, and open it."""
    page.goto("/orders/")
    tab_to(page, "form[action='/check-now/'] button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    row = page.locator("tbody [data-row]")
    for _look in range(60):
        page.goto(f"/orders/?q={number}")
        if row.count():
            break
        page.wait_for_timeout(500)
    page.keyboard.press("j")
    expect(row.locator("a.name")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what the selector names has the focus."""
    for _press in range(150):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")
