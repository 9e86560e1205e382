"""No secret reaches a log, at the most talkative level, whatever goes right or wrong (16.2.5).

Known secrets are sown, the flows that handle them run with every logger at DEBUG and the app's own
formatting, and all that was said is searched for each of them.
"""

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from config.logs import logging_config
from integrations import engine
from integrations.engine import Stop
from integrations.errors import RemoteError
from integrations.models import Connection, SyncTask
from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import running
from integrations.sandbox.nuorder.app import create_app as create_nuorder
from integrations.slices import work
from integrations.xseries.client import client_for
from retailers import people
from retailers.models import Retailer, Role, User
from retailers.scope import acting_for
from tests.factories import ConnectionFactory, LaneFactory
from tests.integrations.xseries_kit import Till, open_till
from tests.sandbox.brand import NuOrderSandbox

pytestmark = pytest.mark.django_db(transaction=True)
CONFIGS = ("json", "lines")


@dataclass
class Ear:
    """Everything that was logged, as it would have been written, and what must not be in it."""

    stream: io.StringIO = field(default_factory=io.StringIO)
    secrets: dict[str, str] = field(default_factory=dict)

    def mind(self, **secrets: str) -> None:
        """These must not be heard; empty ones are a mistake of the test."""
        assert all(len(secret) >= 8 for secret in secrets.values()), secrets
        self.secrets |= secrets

    @property
    def told(self) -> str:
        return self.stream.getvalue()

    @property
    def leaks(self) -> dict[str, str]:
        """What was heard all the same, each with the line it was heard in."""
        lines = self.told.splitlines()
        return {
            name: line[:400]
            for name, secret in self.secrets.items()
            for line in lines
            if secret in line or quote(secret, safe="") in line
        }


@pytest.fixture(params=CONFIGS)
def ear(request: pytest.FixtureRequest) -> Iterator[Ear]:
    """The root logger at DEBUG with the app's own handler, both ways of writing lines."""
    config = logging_config(level="DEBUG", json=request.param == "json")
    heard = Ear()
    handler = logging.StreamHandler(heard.stream)
    lines = dict(config["formatters"]["lines"])
    handler.setFormatter(lines.pop("()")(**lines))
    root, before = logging.getLogger(), {}
    for name, rules in config["loggers"].items():
        before[name] = logging.getLogger(name).level
        logging.getLogger(name).setLevel(rules["level"])
    level = root.level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    yield heard
    root.removeHandler(handler)
    root.setLevel(level)
    for name, old in before.items():
        logging.getLogger(name).setLevel(old)


def test_the_ear_hears(ear: Ear) -> None:
    """Otherwise silence would prove nothing."""
    ear.mind(canary="canary-bird-1")
    logging.getLogger("anything").debug("sings: %s", "canary-bird-1")
    assert ear.leaks == {"canary": ear.told.rstrip("\n")}


@pytest.fixture
def till(shop: Retailer, settings: Any) -> Iterator[Till]:
    with acting_for(shop), open_till(shop, settings) as till:
        yield till


def test_connecting_and_refreshing_the_pos(ear: Ear, till: Till) -> None:
    """A code is spent, a token is refused and replaced, another is revoked for good."""
    from tests.contract.tour import tokens_tour

    connection = till.connection
    ear.mind(
        client_secret=str(django_settings.XSERIES_CLIENT_SECRET),
        first_token=connection.token,
        first_refresh=connection.refresh_token,
    )
    with till.job() as job:
        tokens_tour(till, job)
        connection.refresh_from_db()
        ear.mind(token=connection.token, refresh=connection.refresh_token)
        till.fault("GET /api/2026-07/retailer", "status", params={"code": 500}, count=1)
        with pytest.raises(RemoteError):
            client_for(job).shop()
        till.control("POST", "/tokens/change", {"shop": till.prefix, "action": "revoke"})
        till.fault("POST /api/1.0/token", "status", params={"code": 400}, count=5)
        with pytest.raises((Stop, RemoteError)):
            client_for(job).shop()
    assert ear.told
    assert ear.leaks == {}


def test_a_crash_in_the_middle_of_a_call_is_logged_without_the_token(
    ear: Ear, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trace is kept: it names what broke, and nothing that was in the frames."""
    connection = till.connection
    ear.mind(token=connection.token, refresh=connection.refresh_token)

    def breaks(self: Any) -> None:
        token = connection.token
        raise ZeroDivisionError(f"with Authorization: Bearer {token}")

    monkeypatch.setattr("integrations.xseries.client.XSeriesClient.shop", breaks)
    engine.ask(connection, "test:")
    work(connection.pk)
    task = SyncTask.objects.get(connection=connection, subject="test:")
    assert task.trouble == SyncTask.Trouble.INTERNAL
    assert "ZeroDivisionError" in ear.told
    assert ear.leaks == {}
    assert connection.token not in task.trouble_text


def test_the_handshake_with_a_brand_and_a_pull(ear: Ear, shop: Retailer, settings: Any) -> None:
    """Signed requests, at a level where signing libraries like to show their working."""
    with acting_for(shop), running(create_nuorder(Store(None), size="tiny")) as url:
        settings.TRUSTED_ORIGINS = settings.NUORDER_HOSTS = [url]
        settings.NUORDER_HOST, settings.SYNC_TIME_SCALE = url, 0.05
        brand = NuOrderSandbox(url)
        keys = brand.connect("kestrel-lane").keys
        connection = ConnectionFactory(
            retailer=shop,
            system=Connection.System.NUORDER,
            host=url,
            consumer_key=keys.consumer_key,
            consumer_secret=keys.consumer_secret,
            token=keys.token,
            token_secret=keys.token_secret,
        )
        LaneFactory(connection=connection)
        ear.mind(consumer_secret=keys.consumer_secret, token_secret=keys.token_secret)
        ear.mind(token=keys.token)
        engine.ask(connection, "pull-orders:")
        work(connection.pk)
        Connection.objects.filter(pk=connection.pk).update(token_secret="not-the-right-secret")
        ear.mind(wrong_secret="not-the-right-secret")
        engine.ask(connection, "pull-orders:")
        work(connection.pk)
        brand_calls = brand.look("ledger")["calls"]
    assert len(brand_calls) > 2
    assert ear.leaks == {}


def test_signing_in_resetting_and_inviting(
    ear: Ear, shop: Retailer, ana: User, owner: User, settings: Any
) -> None:
    """Passwords typed wrong and right, and the links in letters, which are keys themselves."""
    ana.set_password("a-long-right-password")
    ana.save()
    ear.mind(right="a-long-right-password", wrong="a-long-wrong-password")
    browser = Client()
    login = reverse("account_login")
    for password in ("a-long-wrong-password", "a-long-right-password"):
        browser.post(login, {"login": ana.email, "password": password})
    ear.mind(session=browser.cookies[settings.SESSION_COOKIE_NAME].value)
    browser.get(reverse("home"))

    Client().post(reverse("account_reset_password"), {"email": ana.email})
    with acting_for(shop):
        people.invite(shop, email="newcomer@example.com", role=Role.BUYER, by=owner)
    letters = [str(letter.body) for letter in mail.outbox]
    reset = _key(letters, r"/accounts/password/reset/key/([^/\s]+)/")
    invited = _key(letters, r"/invitations?/([^/\s]+)/")
    ear.mind(reset=reset.split("-", 1)[1], invited=invited)
    Client().get(f"/accounts/password/reset/key/{reset}/")
    Client().get(reverse("invitation", args=[invited]))
    assert "request_started" in ear.told
    assert ear.leaks == {}


def _key(letters: list[str], pattern: str) -> str:
    found = [match[1] for letter in letters if (match := re.search(pattern, letter))]
    assert found, letters
    return found[-1]


def test_the_way_back_from_the_consent_page(
    ear: Ear, owner: User, as_user: Any, settings: Any
) -> None:
    """The code stands in the address, and addresses are logged."""
    settings.XSERIES_CLIENT_ID = "po-sync"
    browser = as_user(owner)
    sent = browser.post(reverse("connect-xseries"), headers={"HX-Request": "true"})
    target = sent.headers["HX-Redirect"]
    state = parse_qs(urlsplit(target).query)["state"][0]
    ear.mind(state=state, code="code-of-the-consent-page")
    answer = {"code": "code-of-the-consent-page", "state": state, "domain_prefix": "alder-quay"}
    browser.get(reverse("oauth-xseries"), answer)
    browser.get(reverse("oauth-xseries"), answer)
    assert "request_started" in ear.told
    assert ear.leaks == {}
