"""A real Chromium, and pages in which Ana is signed in."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from retailers.models import User

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"No Chromium at {CHROMIUM}; install it or set CHROMIUM.")
    # no-sandbox: Chromium refuses to sandbox itself when the tests run as root
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-dev-shm-usage"],
    }


@pytest.fixture
def page_for(
    browser: Browser, live_server: LiveServer, ana: User, as_user: Any
) -> Iterator[Callable[..., Page]]:
    """`page_for("/ui/", width=390, scheme="dark")`: Ana's page; anything on the console fails."""
    cookie = as_user(ana).cookies["sessionid"].value
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def hear(line: ConsoleMessage) -> None:
        if line.type == "error":
            said.append(line.text)

    def open_page(path: str, *, width: int = 1280, scheme: Any = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 500 else 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            has_touch=width < 500,
            base_url=live_server.url,
        )
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        context.set_default_timeout(5000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    open_page.said = said  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()
