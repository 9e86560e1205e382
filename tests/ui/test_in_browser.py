"""Ana's hands and eyes: the style guide in Chromium, and each behaviour of script."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.ui.urls"),
]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]

# Everything that is pressed, except links in running text and what a whole card stands in for
SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, select, summary, input")]
  .filter((part) => part.checkVisibility() && !part.matches(".skip, [type=hidden]"))
  .map((part) => part.matches("[type=checkbox], [type=radio]") ? part.closest("label") ??
    document.querySelector(`label[for="${part.id}"]`) ?? part : part)
  .filter((part) => getComputedStyle(part, "::after").position !== "absolute")
  .filter((part) => !(part.matches("a") && getComputedStyle(part).display === "inline"))
  .filter((part) => part.getBoundingClientRect().height < 43.5)
  .map((part) => part.outerHTML.slice(0, 120))"""
IS_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(autouse=True)
def _as_in_the_demo(settings: Any) -> None:
    settings.DEMO = True


def findings(page: Page) -> list[str]:
    # preload would have axe fetch our sheets' imports once more, from the wrong folder
    answer = Axe().run(page, options={"runOnly": RULES, "preload": False}).response
    return [f"{v['id']}: {[n['target'] for n in v['nodes']]}" for v in answer["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/ui/", "/ui/?show=style"])
def test_every_part_can_be_used_by_everybody(page_for, path, scheme):
    for width in (1280, 390):
        page = page_for(path, width=width, scheme=scheme)
        assert findings(page) == []
        assert page.evaluate(IS_WIDE) <= 0
    assert page_for.said == []


def test_a_phone_gets_targets_for_a_thumb(page_for):
    assert page_for("/ui/", width=390).evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("width", [320, 640, 800, 1024, 1440])
def test_nothing_scrolls_sideways(page_for, width):
    page = page_for("/ui/", width=width)
    assert page.evaluate(IS_WIDE) <= 0


@pytest.mark.parametrize("name", ["404", "500", "csrf", "429", "locked"])
def test_error_pages_can_be_used_by_everybody(page_for, name):
    page = page_for(f"/kit/page/{name}/", width=390, scheme="dark")
    assert findings(page) == []
    assert page_for.said == []


def test_ana_moves_and_marks_by_key(page_for):
    page = page_for("/ui/")
    page.locator("tbody [data-row] a.name").first.focus()
    page.keyboard.press("j")
    expect(page.locator("tbody [data-row] a.name").nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("1 marked")
    expect(page.locator("form.filters")).to_be_hidden()
    page.locator("tbody .tick").nth(4).click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("4 marked")
    page.locator("[data-unmark]").click()
    expect(page.locator("form.filters")).to_be_visible()


def test_single_keys_stay_out_of_fields_and_can_be_switched_off(page_for):
    page = page_for("/ui/")
    page.keyboard.press("/")
    expect(page.locator("[data-find]")).to_be_focused()
    page.keyboard.type("j?")
    expect(page.locator("[data-find]")).to_have_value("j?")
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("[data-find]").blur()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.locator("[data-keys-switch]").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_palette_gives_the_focus_back(page_for):
    page = page_for("/ui/")
    link = page.locator("tbody [data-row] a.name").nth(2)
    link.focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_the_look_is_remembered_and_written_by_the_server(page_for):
    page = page_for("/ui/")
    page.locator("[data-theme-switch]").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert 'data-theme="dark"' in page.request.get("/ui/").text()


def test_a_session_that_ran_out_keeps_what_was_typed(page_for):
    page = page_for("/kit/probe/")
    page.locator("[name=note]").fill("two boxes")
    page.locator("#expired").click()
    expect(page.locator("#signed-out")).to_be_visible()
    assert page.locator("[data-sign-in]").get_attribute("href") == "/accounts/login/?next=/ui/"
    assert page.url.endswith("/kit/probe/")
    expect(page.locator("[name=note]")).to_have_value("two boxes")


def test_a_failure_says_that_things_are_as_they_were(page_for):
    page = page_for("/kit/probe/")
    page.locator("#broken").click()
    expect(page.locator(".toast--error")).to_contain_text("as it was")
    page.locator(".toast--error [data-dismiss]").click()
    expect(page.locator(".toast")).to_have_count(0)


def test_long_work_is_followed_until_it_is_done(page_for):
    page = page_for("/kit/probe/")
    page.locator("#begin").click()
    expect(page.locator("#work")).to_have_text("31 of 31 calls")


def test_only_what_cannot_be_undone_asks(page_for):
    page = page_for("/kit/probe/")
    page.locator("#send").click()
    expect(page.locator("#confirm")).to_contain_text("Send 3 orders?")
    expect(page.locator("#confirm [data-yes]")).to_have_text("Send")
    page.keyboard.press("Escape")
    expect(page.locator("#sent")).to_be_empty()
    page.locator("#send").click()
    page.locator("[data-yes]").click()
    expect(page.locator("#sent")).to_contain_text("Decided 1 time")


def test_two_presses_decide_once_and_the_keyboard_keeps_its_place(page_for):
    page = page_for("/kit/probe/")
    page.locator("#first").dblclick()
    expect(page.locator("#first")).to_have_text("Decided 1 time")
    expect(page.locator("#first")).to_be_focused()


def test_undo_is_offered_by_what_the_server_sends(page_for):
    page = page_for("/ui/")
    page.evaluate(
        """() => document.body.dispatchEvent(new CustomEvent("toast", {bubbles: true,
           detail: {text: "Held <b>Skerry</b>", level: "success", undo: "/undo/1/"}}))"""
    )
    toast = page.locator("#toasts .toast")
    expect(toast).to_contain_text("Held <b>Skerry</b>")
    assert toast.locator("form").get_attribute("hx-post") == "/undo/1/"


def test_paper_has_no_chrome(page_for):
    page = page_for("/ui/")
    page.emulate_media(media="print")
    for part in (".bar", ".tally", ".head__acts", ".filters"):
        expect(page.locator(part).first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()


def test_without_script_everything_is_there(browser, live_server, page_for):
    cookies = page_for("/ui/").context.cookies()
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto("/ui/")
    expect(page.locator("form.filters [type=submit]")).to_be_visible()
    expect(page.locator(".bulk")).to_be_visible()
    expect(page.locator("[data-theme-switch]")).to_be_hidden()
    assert page.locator("a.finder").get_attribute("href")
    context.close()
