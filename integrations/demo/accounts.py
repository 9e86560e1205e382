"""Connecting the demo's accounts as a person would, over HTTP, with the ordinary worker's help.

What a person does in Lightspeed (press Allow) and in NuORDER (generate a key, approve, copy the
code) is done here through the sandbox's own pages and control API; everything else is the app's.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.conf import settings
from django.utils import timezone

from integrations.connecting import (
    Answer,
    PortalKey,
    add_portal,
    take_verifier,
    take_xseries_answer,
    xseries_consent,
)
from integrations.demo.people import person
from integrations.models import Connection, SyncTask
from retailers.models import Retailer, User
from retailers.scope import acting_for, unscoped

PORTALS = 7
SECONDS = 20
Say = Callable[[str], None]
_BUSY = ("connect-", "test:", "mirror:", "pull-orders:")


class DemoFailed(RuntimeError):
    """The sandbox or the worker did not do its part; the text says which."""


def connect_everything(say: Say, *, patience: float) -> None:
    """Connect Alder & Quay (the POS and 7 brand portals) and Harbour Row, once.

    What is connected already, or was disconnected by a person, is left alone.
    """
    ends = time.monotonic() + patience
    olga, shop = person("olga@alder-quay.example")
    cleo, other = person("cleo@harbour-row.example")
    _register_application()
    waiting = [
        *_connect(shop, olga, "alder-quay", PORTALS),
        *_connect(other, cleo, "harbour-row", 1),
    ]
    _approve(waiting, ends)
    if waiting:
        _watch_first_sync([shop, other], say, ends)


def _connect(shop: Retailer, by: User, prefix: str, most: int) -> list[tuple[Connection, str]]:
    """The connections that were begun, each with its portal's id ("" for the POS)."""
    with acting_for(shop):
        known = set(Connection.objects.values_list("system", "name"))
        begun = []
        if not any(system == Connection.System.XSERIES for system, _name in known):
            begun.append((_allow(shop, by, prefix), ""))
        if not any(system == Connection.System.NUORDER for system, _name in known):
            begun += [
                (_add(shop, by, portal), str(portal["id"])) for portal in _portals_of(prefix)[:most]
            ]
    return begun


def _allow(shop: Retailer, by: User, prefix: str) -> Connection:
    """The OAuth 2 consent: our state, their page, the person's Allow, our callback."""
    session = f"demo-{shop.pk}"
    address = xseries_consent(shop, by=by, session_key=session)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    page = settings.XSERIES_CONNECT_URL
    answer = _http("POST", page, data={**asked, "shop": prefix, "answer": "allow"}, follow=False)
    back = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
    given = {name: values[0] for name, values in back.items()}
    if "code" not in given:
        raise DemoFailed(f"The sandbox did not allow the connection: {answer.text[:200]}")
    return take_xseries_answer(
        Answer(
            state=given.get("state", ""),
            code=given["code"],
            prefix=given.get("domain_prefix", ""),
            error="",
        ),
        shop,
        by=by,
        session_key=session,
    )


def _portals_of(prefix: str) -> list[dict[str, Any]]:
    """The shop's brand portals, those with the orders of the guided tour first."""
    rows = _http("GET", f"{settings.NUORDER_HOST}/_sandbox/portals").json()
    named = _http("GET", f"{settings.NUORDER_HOST}/_sandbox/named").json()
    first = {row["portal"] for name, row in named.items() if name.startswith("first")}
    mine = [row for row in rows if row["shop"] == prefix]
    return sorted(mine, key=lambda row: row["id"] not in first)


def _add(shop: Retailer, by: User, portal: dict[str, Any]) -> Connection:
    """Generate the portal's key in NuORDER and give it to the app."""
    address = f"{settings.NUORDER_HOST}/_sandbox/play/portals/{portal['id']}/keys"
    keys = _http("POST", address).json()
    return add_portal(
        PortalKey(
            name=str(portal["name"]),
            host=str(settings.NUORDER_HOST),
            consumer_key=keys["consumer_key"],
            consumer_secret=keys["consumer_secret"],
        ),
        shop,
        by=by,
    )


def _approve(begun: Iterable[tuple[Connection, str]], ends: float) -> None:
    """When a portal waits for its code: approve the application there and copy the code here."""
    open_ones = {connection.pk: portal for connection, portal in begun if portal}
    while open_ones:
        with unscoped():
            rows = list(
                Connection.objects.filter(
                    pk__in=open_ones, state=Connection.State.WAITING
                ).select_related("connected_by")
            )
        for connection in rows:
            portal = open_ones.pop(connection.pk)
            code = _http(
                "POST",
                f"{settings.NUORDER_HOST}/_sandbox/portals/{portal}/approve",
                json={"application": settings.APP_NAME},
            ).json()["verifier"]
            if connection.connected_by is None:
                raise DemoFailed(f"{connection} was begun by nobody.")
            with acting_for(connection.retailer_id):
                take_verifier(connection, code, by=connection.connected_by)
        _breathe(ends, open_ones and "The worker did not begin to connect NuORDER.")


def _watch_first_sync(shops: list[Retailer], say: Say, ends: float) -> None:
    """Until every account is connected and the first reading of each is through."""
    told = ""
    while True:
        with unscoped():
            rows = Connection.objects.filter(retailer__in=shops)
            active = rows.filter(state=Connection.State.ACTIVE).count()
            total = rows.count()
            busy = SyncTask.objects.filter(connection__in=rows, trouble="").filter(
                not_before__lte=timezone.now()
            )
            reading = sum(task.subject.startswith(_BUSY) for task in busy)
        line = (
            f"{active} of {total} accounts are connected, {reading} still read for the first time."
        )
        if line != told:
            say(line)
            told = line
        if active == total and not reading:
            return
        if time.monotonic() > ends:
            say("The first reading goes on in the background.")
            return
        time.sleep(0.5)


def _breathe(ends: float, complaint: object) -> None:
    if complaint and time.monotonic() > ends:
        raise DemoFailed(str(complaint))
    time.sleep(0.2)


def _register_application() -> None:
    """PO Sync as an application of Lightspeed's developers; any loopback address may call back."""
    base = settings.XSERIES_CONNECT_URL.rsplit("/", 1)[0]
    _http(
        "POST",
        f"{base}/_sandbox/applications",
        json={
            "client_id": settings.XSERIES_CLIENT_ID,
            "client_secret": settings.XSERIES_CLIENT_SECRET,
        },
    )


def _http(method: str, url: str, *, follow: bool = True, **parts: Any) -> requests.Response:
    answer = requests.request(
        method,
        url,
        timeout=SECONDS,
        allow_redirects=follow,
        headers={"Accept": "application/json", "User-Agent": settings.USER_AGENT},
        **parts,
    )
    if answer.status_code >= 400:
        raise DemoFailed(f"{method} {url} answered {answer.status_code}: {answer.text[:200]}")
    return answer
