"""A real Chromium for the pages of the app, and windows in which somebody is signed in."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from retailers.models import User

# A busy machine is slow, not wrong: what has to appear may take its time.
expect.set_options(timeout=30_000)

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PATIENCE = 15_000
"""Milliseconds; what is waited for comes at once unless the machine is busy."""


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


class Windows:
    """Opens windows; `said` is what went wrong on any console, which no page may do."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.said: list[str] = []
        self.expected: set[int] = set()
        """Answers that belong to the story: the browser notes 401 and 422 as errors."""
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        user: User | None,
        path: str = "",
        *,
        width: int = 1280,
        height: int | None = None,
        scheme: Any = "light",
    ) -> Page:
        """A window in which `user` is signed in (nobody for None), at `path` when given."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height or (844 if width < 500 else 900)},
            color_scheme=scheme,
            reduced_motion="reduce",
            has_touch=width < 500,
            base_url=self.url,
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": self.url}])
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        if path:
            page.goto(path)
        return page

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type == "error" and not any(f" {code} " in line.text for code in self.expected):
            self.said.append(f"{line.location.get('url', '')}: {line.text}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def windows(browser: Browser, live_server: LiveServer) -> Iterator[Windows]:
    """Windows on the app; a word on a console fails the test."""
    opened = Windows(browser, live_server.url)
    yield opened
    opened.close()
    assert opened.said == []


@pytest.fixture
def window(windows: Windows, ana: User) -> Callable[..., Page]:
    """`window("/orders/")`: Ana's."""

    def open_for_ana(path: str, **more: Any) -> Page:
        return windows.open(ana, path, **more)

    return open_for_ana
