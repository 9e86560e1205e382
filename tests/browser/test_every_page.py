"""Every page of the app, by everybody: with a screen reader, in the dark, on a phone."""

from collections.abc import Iterator
from itertools import groupby

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import NoReverseMatch, reverse
from playwright.sync_api import Page as Window
from playwright.sync_api import expect

from retailers.models import Retailer, User
from tests.browser.conftest import PATIENCE, Windows
from tests.browser.pages import ACTS, NO_PAGE, PAGES, Page, address_of, names_of_addresses
from tests.browser.rich_shop import RichShop, build
from tests.town import town_for

pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = "options => axe.run(options).then(found => found.violations)"
COLOURS_AND_SIZES = ["color-contrast", "target-size"]
LOOKS = [
    ("light", 1280, RULES),
    ("dark", 1280, COLOURS_AND_SIZES),
    ("light", 390, COLOURS_AND_SIZES),
    ("dark", 390, RULES),
]
"""Each scheme and width; what neither changes is asked twice only."""
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"
LINES_IN_VIEW = """() => {
  const foot = document.querySelector(".tally")?.getBoundingClientRect().top ?? innerHeight;
  return [...document.querySelectorAll("main tbody tr")]
    .filter((row) => row.checkVisibility() && row.getBoundingClientRect().bottom <= foot).length;
}"""
LONG_LISTS = {"orders", "orders-all", "order-long"}
# What is pressed with a thumb: all but links in running text and what a whole card stands in for.
SMALL_FOR_A_THUMB = """() => [...document.querySelectorAll(
  "a[href], button, select, summary, input")]
  .filter((part) => part.checkVisibility() && !part.matches(".skip, [type=hidden]"))
  .map((part) => part.matches("[type=checkbox], [type=radio]") ? part.closest("label") ??
    document.querySelector(`label[for="${part.id}"]`) ?? part : part)
  .filter((part) => getComputedStyle(part, "::after").position !== "absolute")
  .filter((part) => !(part.matches("a") && getComputedStyle(part).display === "inline"))
  .filter((part) => part.getBoundingClientRect().height < 43.5)
  .map((part) => part.outerHTML.slice(0, 120))"""


def test_every_address_is_looked_at() -> None:
    """An address without a row in `tests/browser/pages.py` fails here."""
    rows = {page.view for page in PAGES}
    assert rows | ACTS | NO_PAGE.keys() == names_of_addresses()
    assert len({page.name for page in PAGES}) == len(PAGES)


@pytest.mark.django_db
def test_what_acts_refuses_a_look(owner: User, as_user: object) -> None:
    """A link that is followed, prefetched or guessed never does anything."""
    client: Client = as_user(owner)  # type: ignore[operator]
    answers = {name: client.get(_some_address(name)).status_code for name in sorted(ACTS)}
    assert {name: status for name, status in answers.items() if status != 405} == {}


def _some_address(name: str) -> str:
    for args in ((), (1,), (1, 1), ("remainder",)):
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    raise AssertionError(f"no address for {name}")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_page_can_be_used_by_everybody(
    shop: Retailer, settings: object, windows: Windows
) -> None:
    """axe finds nothing, nothing scrolls sideways, nothing speaks on the console."""
    settings.DEMO = True  # type: ignore[attr-defined]
    with town_for(shop, settings) as town:
        rich = build(town)
    found: list[str] = []
    by_person = sorted(PAGES, key=lambda page: page.who)
    for who, pages in groupby(by_person, key=lambda page: page.who):
        window = windows.open(rich.people.get(who))
        for page in pages:
            found += [f"{page.name}: {finding}" for finding in _look_at(page, rich, window)]
            found += [f"{page.name}: {line}" for line in _heard(windows, page)]
    assert not found, "\n".join(found)


def _heard(windows: Windows, page: Page) -> list[str]:
    """What was said on the console; that a page answers 404 as it should is no news."""
    lines = [line for line in windows.said if page.status == 200 or str(page.status) not in line]
    windows.said.clear()
    return lines


def _look_at(page: Page, rich: RichShop, window: Window) -> Iterator[str]:
    window.set_viewport_size({"width": 1440, "height": 900})
    window.emulate_media(color_scheme="light")
    answer = window.goto(address_of(page, rich))
    assert answer is not None
    if answer.status != page.status:
        yield f"answers {answer.status}"
    expect(window.locator("[hx-trigger=load]")).to_have_count(0, timeout=PATIENCE)
    if page.name in LONG_LISTS and (lines := window.evaluate(LINES_IN_VIEW)) < 15:
        yield f"only {lines} lines in view"
    window.evaluate(Axe().axe_script)
    for scheme, width, rules in LOOKS:
        window.emulate_media(color_scheme=scheme)
        window.set_viewport_size({"width": width, "height": 844 if width < 500 else 900})
        yield from _violations(window, rules, f"{scheme} {width}")
        if (too_wide := window.evaluate(SIDEWAYS)) > 0:
            yield f"{too_wide} px too wide at {width}"
    for target in window.evaluate(SMALL_FOR_A_THUMB):
        yield f"small for a thumb: {target}"
    window.set_viewport_size({"width": 320, "height": 640})
    if (too_wide := window.evaluate(SIDEWAYS)) > 0:
        yield f"{too_wide} px too wide at 320"


def _violations(window: Window, rules: list[str], look: str) -> Iterator[str]:
    # preload would have axe fetch our sheets' imports once more, from the wrong folder
    options = {"runOnly": rules, "preload": False, "resultTypes": ["violations"]}
    for violation in window.evaluate(AXE, options):
        targets = [" ".join(map(str, node["target"])) for node in violation["nodes"][:3]]
        yield f"{look}: {violation['id']}: {targets}"
