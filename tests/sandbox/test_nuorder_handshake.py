"""Ana connects a brand: keys, a pending application, the code she copies, the token she keeps."""

from __future__ import annotations

import time
import uuid

import requests
from requests_oauthlib import OAuth1

from integrations.sandbox.nuorder.signing import Keys
from tests.sandbox.brand import Buyer, NuOrderSandbox, signed_in_style_a


def _keys_of(sandbox: NuOrderSandbox, portal: str) -> Keys:
    made = sandbox.play(f"portals/{portal}/keys").json()
    return Keys(made["consumer_key"], made["consumer_secret"])


def _ask(sandbox: NuOrderSandbox, path: str, keys: Keys, **more: str) -> requests.Response:
    url = sandbox.url + path
    headers = signed_in_style_a(
        "GET", url, keys, timestamp=int(time.time()), nonce=uuid.uuid4().hex[:16], **more
    )
    return requests.get(url, headers=headers, timeout=5)


def _initiate(sandbox: NuOrderSandbox, keys: Keys) -> requests.Response:
    url = f"{sandbox.url}/api/initiate"
    headers = signed_in_style_a(
        "GET",
        url,
        keys,
        timestamp=int(time.time()),
        nonce=uuid.uuid4().hex[:16],
        oauth_callback="oob",
    )
    headers["Authorization"] += ',application_name="PO Sync"'
    return requests.get(url, headers=headers, timeout=5)


def test_the_whole_handshake(nuorder_sandbox: NuOrderSandbox):
    keys = _keys_of(nuorder_sandbox, "tarn-thistle")
    begun = _initiate(nuorder_sandbox, keys).json()
    assert begun["oauth_callback_confirmed"] is True
    assert (len(begun["oauth_token"]), len(begun["oauth_token_secret"])) == (16, 24)
    temporary = Keys(
        keys.consumer_key, keys.consumer_secret, begun["oauth_token"], begun["oauth_token_secret"]
    )
    too_soon = _ask(nuorder_sandbox, "/api/token", temporary, oauth_verifier="guess")
    assert too_soon.status_code == 401

    page = requests.get(f"{nuorder_sandbox.url}/_sandbox/portals/tarn-thistle/api", timeout=5).text
    assert "PO Sync" in page
    assert "Approve" in page
    approved = nuorder_sandbox.control("portals/tarn-thistle/approve", {"application": "PO Sync"})
    page = requests.get(f"{nuorder_sandbox.url}/_sandbox/portals/tarn-thistle/api", timeout=5).text
    assert approved["verifier"] in page

    ended = _ask(
        nuorder_sandbox, "/api/token", temporary, oauth_verifier=approved["verifier"]
    ).json()
    assert (len(ended["oauth_token"]), len(ended["oauth_token_secret"])) == (24, 64)
    ana = Buyer(
        nuorder_sandbox.url,
        "tarn-thistle",
        Keys(
            keys.consumer_key,
            keys.consumer_secret,
            ended["oauth_token"],
            ended["oauth_token_secret"],
        ),
    )
    assert ana.get("/api/orders/approved/list").status_code == 200
    spent = _ask(nuorder_sandbox, "/api/token", temporary, oauth_verifier=approved["verifier"])
    assert spent.status_code == 401
    kinds = [e["kind"] for e in nuorder_sandbox.look("ledger")["effects"]]
    assert kinds == ["application_pending", "application_approved", "token_issued"]


def test_the_handshake_in_style_b(nuorder_sandbox: NuOrderSandbox):
    keys = _keys_of(nuorder_sandbox, "tarn-thistle")
    auth = OAuth1(keys.consumer_key, keys.consumer_secret, callback_uri="oob")
    prepared = requests.Request("GET", f"{nuorder_sandbox.url}/api/initiate", auth=auth).prepare()
    header = prepared.headers["Authorization"]
    header = header.decode() if isinstance(header, bytes) else header
    prepared.headers["Authorization"] = f'{header}, application_name="PO Sync"'
    begun = requests.Session().send(prepared, timeout=5).json()
    verifier = nuorder_sandbox.control("portals/tarn-thistle/approve", {"application": "PO Sync"})[
        "verifier"
    ]
    auth = OAuth1(
        keys.consumer_key,
        keys.consumer_secret,
        begun["oauth_token"],
        begun["oauth_token_secret"],
        verifier=verifier,
    )
    ended = requests.get(f"{nuorder_sandbox.url}/api/token", auth=auth, timeout=5)
    assert ended.json().keys() == {"oauth_token", "oauth_token_secret"}


def test_keys_do_not_work_before_they_are_generated(nuorder_sandbox: NuOrderSandbox):
    portal = next(p for p in nuorder_sandbox.look("portals") if p["id"] == "tarn-thistle")
    keys = Keys(portal["consumer_key"], portal["consumer_secret"])
    assert _initiate(nuorder_sandbox, keys).status_code == 401


def test_a_revoked_app_is_signed_out(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    assert ana.get("/api/orders/approved/list").status_code == 200
    assert nuorder_sandbox.control("portals/tarn-thistle/revoke")["revoked"] == 1
    assert ana.get("/api/orders/approved/list").status_code == 401


def test_one_portals_token_sees_nothing_of_another(nuorder_sandbox: NuOrderSandbox):
    ana = nuorder_sandbox.connect("tarn-thistle")
    other = nuorder_sandbox.connect("kestrel-lane")
    theirs = other.get("/api/orders/approved/detail").json()[0]
    product = theirs["line_items"][0]["product"]
    for path in (
        f"/api/order/{theirs['_id']}",
        f"/api/order/number/{theirs['order_number']}",
        f"/api/product/{product['_id']}",
        f"/api/product/external_id/{product['brand_id']}",
        f"/api/inventory/{product['_id']}",
        f"/api/company/{theirs['retailer']['_id']}",
        f"/api/company/code/{theirs['retailer']['retailer_code']}",
    ):
        assert other.get(path).status_code in (200, 403, 404)
        assert ana.get(path).status_code == 404, path
    assert theirs["_id"] not in ana.get("/api/orders/approved/list").json()
    mixed = Keys(
        ana.keys.consumer_key, ana.keys.consumer_secret, other.keys.token, other.keys.token_secret
    )
    assert Buyer(ana.url, "tarn-thistle", mixed).get("/api/schemas").status_code == 401
