"""Who may come in: consent, codes, tokens that rotate, scopes, and the call budget."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import running
from integrations.sandbox.xseries.app import create_app
from tests.sandbox.till import XSeriesSandbox
from tests.sandbox.tiny import tiny_world

BACK = "http://127.0.0.1:9/callback"
CLIENT = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}


def consent(box: XSeriesSandbox, **changes: str) -> requests.Response:
    """Ana answers the consent page; by default she allows two scopes."""
    form = {
        "response_type": "code",
        "client_id": CLIENT["client_id"],
        "redirect_uri": BACK,
        "state": "state-of-ana",
        "scope": "products:read suppliers:read",
        "shop": box.prefix,
        "answer": "allow",
        **changes,
    }
    return requests.post(f"{box.url}/connect", data=form, allow_redirects=False, timeout=5)


def code_of(answer: requests.Response) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def token(box: XSeriesSandbox, **form: str) -> requests.Response:
    address = f"{box.url}/{box.prefix}/api/1.0/token"
    return requests.post(address, data={**CLIENT, **form}, timeout=5)


def spend_code(box: XSeriesSandbox, code: str, **changes: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **changes}
    return token(box, **form)


def refresh(box: XSeriesSandbox, secret: str) -> requests.Response:
    return token(box, grant_type="refresh_token", refresh_token=secret)


def as_bearer(box: XSeriesSandbox, access: str, path: str = "/suppliers") -> int:
    headers = {"Authorization": f"Bearer {access}", "User-Agent": "PO Sync tests"}
    return box.call("GET", path, headers=headers).status_code


def test_ana_connects_her_shop(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    query = {
        "response_type": "code",
        "client_id": CLIENT["client_id"],
        "redirect_uri": BACK,
        "state": "state-of-ana",
        "scope": "suppliers:read",
    }
    page = requests.get(f"{box.url}/connect", params=query, timeout=5)
    assert page.status_code == 200
    assert "See suppliers" in page.text
    assert "See sales" not in page.text
    answer = consent(box)
    query_back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query_back["domain_prefix"] == [box.prefix]
    assert query_back["state"] == ["state-of-ana"]
    tokens = spend_code(box, code_of(answer)).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 86_400
    assert tokens["scope"] == "products:read suppliers:read"
    assert as_bearer(box, tokens["access_token"]) == 200
    assert as_bearer(box, tokens["access_token"], "/sales") == 403


def test_ana_refuses(xseries_sandbox: XSeriesSandbox) -> None:
    answer = consent(xseries_sandbox, answer="refuse")
    assert answer.headers["Location"] == f"{BACK}?error=access_denied"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "short"},
        {"client_id": "stranger"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"scope": "everything"},
        {"response_type": "token"},
        {"shop": "no-such-shop"},
    ],
)
def test_a_strange_request_gets_no_code(
    xseries_sandbox: XSeriesSandbox, changes: dict[str, str]
) -> None:
    answer = consent(xseries_sandbox, **changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_registered_return_address_has_to_be_the_very_same(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    own = {
        "client_id": "shop-tool",
        "client_secret": "s",
        "redirect_uri": "https://tool.example/cb",
    }
    assert box.control("POST", "/applications", own).status_code == 201
    assert consent(box, client_id="shop-tool").status_code == 400
    allowed = consent(box, client_id="shop-tool", redirect_uri="https://tool.example/cb")
    assert allowed.status_code == 302


def test_a_code_is_good_once_for_ten_minutes_and_for_one_client(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    code = code_of(consent(box))
    assert spend_code(box, code, redirect_uri="http://127.0.0.1/other").status_code == 400
    assert spend_code(box, code, client_secret="guess").status_code == 401
    assert spend_code(box.other_shop(), code).status_code == 400
    assert spend_code(box, code).status_code == 200
    again = spend_code(box, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    late = code_of(consent(box))
    box.control("POST", "/clock", {"offset_seconds": 601})
    assert spend_code(box, late).json()["error"] == "invalid_grant"


def test_refreshing_rotates_both_and_the_old_ones_are_dead(
    xseries_sandbox: XSeriesSandbox,
) -> None:
    box = xseries_sandbox
    first = spend_code(box, code_of(consent(box))).json()
    second = refresh(box, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert as_bearer(box, first["access_token"]) == 401
    assert as_bearer(box, second["access_token"]) == 200
    reused = refresh(box, first["refresh_token"])
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert as_bearer(box, second["access_token"]) == 200
    assert len(box.effects("token_refreshed")) == 1


def test_a_lost_refresh_answer_locks_the_old_pair_out(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.fault("POST /api/1.0/token", "lost_response")
    with pytest.raises(requests.ConnectionError):
        refresh(box, box.tokens["refresh_token"])
    assert box.call("GET", "/suppliers").status_code == 401
    assert refresh(box, box.tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_form_is_needed_and_the_query_string_is_none(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    address = f"{box.url}/{box.prefix}/api/1.0/token"
    wanted = {"grant_type": "refresh_token", "refresh_token": box.tokens["refresh_token"], **CLIENT}
    assert requests.post(address, json=wanted, timeout=5).status_code == 400
    assert requests.post(address, params=wanted, timeout=5).status_code == 400
    assert token(box, grant_type="password").json()["error"] == "unsupported_grant_type"


def test_a_token_dies_by_time_and_by_the_retailer(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    for action in ("expire", "revoke"):
        tokens = box.control("POST", "/tokens", {"shop": box.prefix}).json()
        assert as_bearer(box, tokens["access_token"]) == 200
        change = {"access_token": tokens["access_token"], "action": action}
        assert box.control("POST", "/tokens/change", change).json() == {"changed": 1}
        assert as_bearer(box, tokens["access_token"]) == 401


def test_cleos_token_opens_nothing_of_anas(xseries_sandbox: XSeriesSandbox) -> None:
    ana, cleo = xseries_sandbox, xseries_sandbox.other_shop()
    assert as_bearer(ana, cleo.tokens["access_token"]) == 401
    assert as_bearer(cleo, cleo.tokens["access_token"]) == 200
    assert cleo.call("GET", f"/suppliers/{ana.id('supplier')}").status_code == 404
    names = [row["id"] for row in cleo.ok("GET", "/suppliers")["data"]]
    assert names == [cleo.id("supplier")]


def test_a_personal_token_does_not_expire(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    mine = box.control("POST", "/tokens", {"shop": box.prefix, "personal": True}).json()
    assert "refresh_token" not in mine
    box.control("POST", "/clock", {"offset_seconds": 10 * 86_400})
    assert as_bearer(box, mine["access_token"]) == 200
    assert as_bearer(box, box.tokens["access_token"]) == 401


def test_the_program_has_to_say_its_name(xseries_sandbox: XSeriesSandbox) -> None:
    answer = xseries_sandbox.call("GET", "/suppliers", headers={"User-Agent": ""})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/suppliers", "suppliers:read"),
        ("POST", "/suppliers", "suppliers:write"),
        ("GET", "/products", "products:read"),
        ("POST", "/products", "products:write"),
        ("POST", "/variant_attributes", "products:write"),
        ("GET", "/consignments", "consignments:read"),
        ("POST", "/consignments", "consignments:write:stock_order"),
        ("POST", "/consignments/x/bulk", "consignments:write:stock_order"),
        ("POST", "/inventory", "inventory:read"),
        ("POST", "/stock_adjustments", "inventory:write"),
        ("GET", "/webhooks", "webhooks"),
        ("GET", "/retailer", "payment_types:read"),
        ("GET", "/sales", "sales:read"),
    ],
)
def test_each_door_has_its_scope(
    xseries_sandbox: XSeriesSandbox, method: str, path: str, scope: str
) -> None:
    box = xseries_sandbox
    poor = box.control("POST", "/tokens", {"shop": box.prefix, "scopes": ["taxes:read"]}).json()
    headers = {"Authorization": f"Bearer {poor['access_token']}"}
    answer = box.call(method, path, {}, headers=headers)
    assert answer.status_code == 403
    assert scope in answer.json()["message"]


def test_unknown_addresses_lead_to_the_sign_in_page(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    answer = box.call("GET", "/nothing/like/this")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/signin")
    page = requests.get(f"{box.url}/signin", timeout=5)
    assert page.headers["Content-Type"].startswith("text/html")
    assert box.call("GET", "/products", version="2026-10").status_code == 404
    assert box.call("GET", "/brands", version="2026-10").status_code == 200
    assert box.call("GET", "/brands", version="2019-01").status_code == 200


# The call budget


def headers_of(answer: requests.Response) -> tuple[int, int]:
    limit, left = "X-RateLimit-Limit", "X-RateLimit-Remaining"
    return int(answer.headers[limit]), int(answer.headers[left])


def test_the_budget_follows_the_registers(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    assert headers_of(box.call("GET", "/taxes")) == (650, 649)
    assert headers_of(box.call("GET", "/taxes")) == (650, 648)
    assert headers_of(box.other_shop().call("GET", "/taxes")) == (350, 349)


def test_a_used_up_window_answers_429_with_a_date_until_it_ends() -> None:
    app = create_app(Store(None), build=tiny_world, size="tiny", lag_scale=0.02)
    with running(app) as url:
        box = XSeriesSandbox(url)
        window = box.control("POST", "/limits", {"calls": 3}).json()["window_seconds"]
        assert window == 6
        answers = [box.call("GET", "/taxes") for _ in range(5)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
        refused = answers[-1]
        assert refused.json() == {
            "error": "Too Many Requests",
            "message": "Rate limiting enforced",
        }
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", refused.headers["Retry-After"])
        until = parsedate_to_datetime(refused.headers["Retry-After"])
        wait = (until - parsedate_to_datetime(refused.headers["Date"])).total_seconds()
        assert 0 < wait <= 7
        app.extensions["xseries.limiter"].clear()
        assert box.call("GET", "/taxes").status_code == 200


def test_a_window_ends_by_itself() -> None:
    app = create_app(Store(None), build=tiny_world, size="tiny", lag_scale=0.001)
    with running(app) as url:
        box = XSeriesSandbox(url)
        box.control("POST", "/limits", {"calls": 1})
        seen: list[int] = []
        while 429 not in seen or seen[-1] != 200:
            seen.append(box.call("GET", "/taxes").status_code)
            assert len(seen) < 5000
        assert seen[0] == 200


def test_other_applications_have_their_own_budget(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.control("POST", "/limits", {"calls": 1})
    other: dict[str, Any] = box.control(
        "POST", "/tokens", {"shop": box.prefix, "client_id": "another"}
    ).json()
    assert box.call("GET", "/taxes").status_code == 200
    assert box.call("GET", "/taxes").status_code == 429
    assert as_bearer(box, other["access_token"]) == 200


def test_the_token_endpoint_counts_for_itself(xseries_sandbox: XSeriesSandbox) -> None:
    box = xseries_sandbox
    box.control("POST", "/limits", {"calls": 1, "token_calls": 2})
    answers = [refresh(box, "guess") for _ in range(3)]
    assert [a.status_code for a in answers] == [400, 400, 429]
    assert "X-RateLimit-Reset" in answers[0].headers
    assert box.call("GET", "/taxes").status_code == 200
