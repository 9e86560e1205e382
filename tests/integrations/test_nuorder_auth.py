"""OAuth 1.0a as NuORDER takes it, against worked examples computed with independent clients."""

import pytest
import requests
from requests.structures import CaseInsensitiveDict

from integrations.nuorder.auth import (
    NUORDER,
    RFC5849,
    Handshake,
    Keys,
    NuOrderAuth,
    new_nonce,
    server_time,
)

HOST = "https://wholesale.sandbox1.nuorder.com"
KEYS = Keys("demo-consumer", "demo-consumer-secret", "demo-token", "demo-token-secret")
NO_TOKEN = Keys("demo-consumer", "demo-consumer-secret")


def signed(path: str, signing: str, *, keys: Keys = KEYS, **handshake: str) -> str:
    auth = NuOrderAuth(
        keys,
        signing=signing,
        handshake=Handshake(**handshake),
        clock=lambda: 1_700_000_000.9,
        nonce=lambda: "AbCdEf0123456789",
    )
    request = requests.Request("GET", HOST + path, auth=auth).prepare()
    return str(request.headers["Authorization"])


@pytest.mark.parametrize(
    ("path", "signature"),
    [
        ("/api/orders/approved/list", "LUOsjABx5vQg8%2FVps27B1rySL4g%3D"),
        (
            "/api/orders/approved/detail?__populate=__payments",
            "VG%2Bg04MVU5E62%2FztuTRmdfkBdTg%3D",
        ),
    ],
)
def test_the_standard_style_signs_path_and_query(path: str, signature: str) -> None:
    assert f'oauth_signature="{signature}"' in signed(path, RFC5849)


def test_their_own_style_signs_in_hex_without_encoding() -> None:
    header = signed("/api/orders/approved/list", NUORDER)
    assert 'oauth_signature="3b22219db672abd382ae942630ee35b2b0cb57f3"' in header
    assert header.startswith("OAuth oauth_consumer_key=")


def test_initiate_keeps_the_empty_token_and_signs_no_application_name() -> None:
    header = signed("/api/initiate", NUORDER, keys=NO_TOKEN, callback="oob", application="PO Sync")
    assert 'oauth_signature="1af86c9ccdcdeab3a7a3c4c9bf9e34e9155af8c4"' in header
    assert 'oauth_token=""' in header
    assert 'application_name="PO Sync"' in header


def test_the_verifier_is_signed_when_the_token_is_fetched() -> None:
    header = signed("/api/token", NUORDER, verifier="demo-verifier")
    assert 'oauth_signature="e31cd4c39154a2acbade9b862d0aa6ab91b937ba"' in header


def test_c10_every_attempt_has_a_nonce_of_its_own() -> None:
    auth = NuOrderAuth(KEYS)
    headers = {auth.header("GET", f"{HOST}/api/orders/approved/list") for _ in range(50)}
    assert len(headers) == 50
    assert len(new_nonce()) == 16
    assert new_nonce().isalnum()


@pytest.mark.parametrize("signing", [RFC5849, NUORDER])
def test_no_value_can_leave_its_quotes_or_its_line(signing: str) -> None:
    header = signed("/api/initiate", signing, callback="oob", application='x",\r\nEvil: "1')
    assert "\n" not in header
    assert "\r" not in header
    assert header.endswith('application_name="x,Evil: 1"')


def test_secrets_are_not_in_what_is_printed() -> None:
    assert "secret" not in repr(KEYS)
    assert "demo-token" not in repr(KEYS)


def test_c9_their_clock_is_read_from_either_header() -> None:
    assert server_time({"Request-Token": "1700000600000"}) == 1_700_000_600
    date = CaseInsensitiveDict({"date": "Tue, 14 Nov 2023 22:23:20 GMT"})
    assert server_time(date) == 1_700_000_600
    assert server_time({"Request-Token": "soon", "Date": "tomorrow"}) is None
    assert server_time({}) is None


def test_c9_an_offset_is_taken_over_only_where_it_can_explain_a_refusal() -> None:
    auth = NuOrderAuth(KEYS, clock=lambda: 1_700_000_000)
    assert auth.correct_clock() is False
    answer = requests.Response()
    answer.headers["Request-Token"] = "1700000005000"
    auth._notice_clock(answer)
    assert auth.correct_clock() is False
    answer.headers["Request-Token"] = "1699999400000"
    auth._notice_clock(answer)
    assert auth.correct_clock() is True
    assert auth.offset == -600
    assert 'oauth_timestamp="1699999400"' in auth.header("GET", HOST)
    assert auth.correct_clock() is False
