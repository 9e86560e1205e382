"""Both signing styles against worked examples, and what the server refuses."""

from __future__ import annotations

import time

import pytest
import requests

from integrations.sandbox.nuorder.signing import (
    Keys,
    parse_authorization,
    style_a_signature,
    style_b_valid,
)
from tests.sandbox.brand import NuOrderSandbox, signed_in_style_a

HOST = "https://wholesale.sandbox1.nuorder.com"
DEMO = Keys("demo-consumer", "demo-consumer-secret", "demo-token", "demo-token-secret")
STAMP = {"oauth_timestamp": "1700000000", "oauth_nonce": "AbCdEf0123456789"}


@pytest.mark.parametrize(
    ("path", "keys", "more", "signature"),
    [
        ("/api/orders/approved/list", DEMO, {}, "3b22219db672abd382ae942630ee35b2b0cb57f3"),
        (
            "/api/initiate",
            Keys("demo-consumer", "demo-consumer-secret"),
            {"oauth_callback": "oob"},
            "1af86c9ccdcdeab3a7a3c4c9bf9e34e9155af8c4",
        ),
        (
            "/api/token",
            DEMO,
            {"oauth_verifier": "demo-verifier"},
            "e31cd4c39154a2acbade9b862d0aa6ab91b937ba",
        ),
    ],
)
def test_style_a_worked_examples(path, keys, more, signature):
    assert style_a_signature("GET", HOST + path, STAMP | more, keys) == signature


@pytest.mark.parametrize(
    ("path", "signature"),
    [
        ("/api/orders/approved/list", "LUOsjABx5vQg8/Vps27B1rySL4g="),
        ("/api/orders/approved/detail?__populate=__payments", "VG+g04MVU5E62/ztuTRmdfkBdTg="),
    ],
)
def test_style_b_worked_examples(path, signature):
    header = _style_b_header(signature)
    assert style_b_valid("GET", HOST + path, header, DEMO)
    assert not style_b_valid("GET", HOST + path + "x", header, DEMO)
    assert not style_b_valid("GET", HOST + path, header, Keys(*_with_other_secret()))


def _style_b_header(signature: str) -> str:
    from urllib.parse import quote

    params = {
        "oauth_consumer_key": "demo-consumer",
        "oauth_token": "demo-token",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_version": "1.0",
        **STAMP,
        "oauth_signature": signature,
    }
    return "OAuth " + ", ".join(f'{k}="{quote(v, safe="")}"' for k, v in params.items())


def _with_other_secret() -> tuple[str, str, str, str]:
    return "demo-consumer", "demo-consumer-secret", "demo-token", "another"


def test_header_is_read_quoted_or_not():
    assert parse_authorization('oAuth oauth_token=abc, oauth_nonce="x%2By"') == {
        "oauth_token": "abc",
        "oauth_nonce": "x+y",
    }
    assert parse_authorization("Bearer abc") == {}


def test_style_a_works_and_a_nonce_works_once(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    url = f"{ana.url}/api/orders/approved/list"
    headers = signed_in_style_a("GET", url, ana.keys, timestamp=int(time.time()), nonce="a" * 16)
    assert requests.get(url, headers=headers, timeout=5).status_code == 200
    again = requests.get(url, headers=headers, timeout=5)
    assert again.status_code == 401
    assert again.json() == {"code": 401, "message": "OAuth nonce was used before"}


def test_style_a_and_a_query_do_not_mix_unless_told(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    url = f"{ana.url}/api/orders/approved/detail?__populate=__payments"

    def ask(nonce: str) -> int:
        headers = signed_in_style_a("GET", url, ana.keys, timestamp=int(time.time()), nonce=nonce)
        return requests.get(url, headers=headers, timeout=5).status_code

    assert ask("b" * 16) == 401
    assert ana.get("/api/orders/approved/detail?__populate=__payments").status_code == 200
    nuorder_sandbox.control("door", {"style_a_with_query": True})
    assert ask("c" * 16) == 200


@pytest.mark.parametrize(("drift", "status"), [(-280, 200), (280, 200), (-330, 401), (330, 401)])
def test_timestamps_count_for_five_minutes(nuorder_sandbox: NuOrderSandbox, drift, status):
    ana = nuorder_sandbox.connect("tarn-thistle")
    url = f"{ana.url}/api/orders/approved/list"
    stamp = int(time.time()) + drift
    headers = signed_in_style_a("GET", url, ana.keys, timestamp=stamp, nonce="d" * 16)
    assert requests.get(url, headers=headers, timeout=5).status_code == status


def test_a_server_with_another_clock_says_so(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    nuorder_sandbox.control("clock", {"offset_seconds": 600})
    answer = ana.get("/api/orders/approved/list")
    assert answer.status_code == 401
    assert int(answer.headers["Request-Token"]) / 1000 - time.time() == pytest.approx(600, abs=10)


def test_wrong_secret_unknown_key_and_no_header_are_401(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    url = f"{ana.url}/api/orders/approved/list"
    key, secret, token, token_secret = (
        ana.keys.consumer_key,
        ana.keys.consumer_secret,
        ana.keys.token,
        ana.keys.token_secret,
    )
    for wrong in (
        Keys(key, secret, token, "wrong"),
        Keys(key, "wrong", token, token_secret),
        Keys("nobody", secret, token, token_secret),
        Keys(key, secret, "stranger", token_secret),
    ):
        ana.keys = wrong
        answer = ana.get("/api/orders/approved/list")
        assert (answer.status_code, answer.json()["code"]) == (401, 401)
    assert requests.get(url, timeout=5).status_code == 401


def test_an_escaped_path_is_checked_as_it_was_sent(nuorder_sandbox: NuOrderSandbox):
    order = nuorder_sandbox.order("tarn-thistle", number="AB/7 Ü")
    ana = nuorder_sandbox.connect("tarn-thistle")
    found = ana.get("/api/order/number/AB%2F7%20%C3%9C")
    assert found.json()["_id"] == order["_id"]
