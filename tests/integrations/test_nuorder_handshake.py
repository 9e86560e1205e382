"""Connecting a brand portal: initiate, the copied code, the permanent token, the test."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connecting import take_verifier
from integrations.models import Connection, SyncTask
from integrations.nuorder import auth
from integrations.nuorder.client import client_for
from purchasing.models import PurchaseOrder
from retailers.models import Retailer, User
from tests.factories import ConnectionFactory
from tests.integrations.nuorder_kit import a_nuorder, connected, run
from tests.sandbox.brand import NuOrderSandbox

pytestmark = pytest.mark.django_db
State = Connection.State


@pytest.fixture
def brand(settings: Any) -> Iterator[NuOrderSandbox]:
    with a_nuorder(settings) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _unmatched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("purchasing.matching.match_order", lambda pk: None)


@pytest.fixture
def begun(in_shop: Retailer, brand: NuOrderSandbox) -> Any:
    """Ana pasted the key pair of Tarn & Thistle."""
    keys = brand.connect("tarn-thistle").keys
    row: Any = ConnectionFactory(
        retailer=in_shop,
        name="Tarn & Thistle",
        host=brand.url,
        state=State.NEW,
        consumer_key=keys.consumer_key,
        consumer_secret=keys.consumer_secret,
    )
    return row


def approve(brand: NuOrderSandbox) -> str:
    answer = brand.control("portals/tarn-thistle/approve", {"application": "PO Sync"})
    return str(answer["verifier"])


def test_ana_connects_a_portal_and_its_orders_come_by_themselves(
    begun: Connection, brand: NuOrderSandbox, ana: User
) -> None:
    assert run(begun, "connect-start:") == []
    assert begun.state == State.WAITING
    assert begun.token
    temporary = begun.token
    take_verifier(begun, approve(brand), by=ana)
    assert run(begun) == []
    assert begun.state == State.ACTIVE
    assert begun.token not in ("", temporary)
    assert (begun.code, begun.last_trouble) == ("", "")
    assert begun.connected_at is not None
    assert begun.supplier is not None
    assert begun.capabilities["orders:read"] is True
    assert PurchaseOrder.objects.exists()


def test_a_wrong_code_is_refused_in_words_and_the_next_one_works(
    begun: Connection, brand: NuOrderSandbox, ana: User
) -> None:
    run(begun, "connect-start:")
    verifier = approve(brand)
    take_verifier(begun, "not-the-code", by=ana)
    (left,) = run(begun)
    assert left.trouble == SyncTask.Trouble.RECONNECT
    assert "verification code" in begun.last_trouble
    assert begun.code == ""
    take_verifier(begun, verifier, by=ana)
    assert run(begun) == []
    assert begun.state == State.ACTIVE


def test_a_key_nobody_knows_says_so_and_stays_unconnected(
    begun: Connection, brand: NuOrderSandbox
) -> None:
    begun.consumer_secret = "wrong"
    begun.save()
    (left,) = run(begun, "connect-start:")
    assert left.trouble == SyncTask.Trouble.RECONNECT
    assert "consumer key" in begun.last_trouble
    assert begun.state == State.NEW


def test_a_portal_that_takes_only_their_own_style_is_found_out_once(
    begun: Connection, brand: NuOrderSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    sound = auth.NuOrderAuth.header

    def header(self: auth.NuOrderAuth, method: str, url: str) -> str:
        tried.append(self.signing)
        good = sound(self, method, url)
        return good if self.signing == auth.NUORDER else good.replace("oauth_signature=", "x=")

    monkeypatch.setattr(auth.NuOrderAuth, "header", header)
    assert run(begun, "connect-start:") == []
    assert (begun.state, begun.signing) == (State.WAITING, auth.NUORDER)
    assert tried == [auth.RFC5849, auth.NUORDER]


def test_the_test_of_a_connection_probes_what_it_may_do(
    in_shop: Retailer, brand: NuOrderSandbox
) -> None:
    portal = connected(in_shop, brand, "tarn-thistle", state=State.RECONNECT)
    assert run(portal, "test:") == []
    assert portal.state == State.ACTIVE
    run(portal, "test:")
    assert portal.capabilities == {
        "orders:read": True,
        "products:read": True,
        "inventory:read": True,
    }


def test_the_test_of_a_revoked_token_asks_to_connect_again(
    in_shop: Retailer, brand: NuOrderSandbox
) -> None:
    portal = connected(in_shop, brand, "tarn-thistle")
    brand.control("portals/tarn-thistle/revoke")
    (left,) = run(portal, "test:")
    assert left.trouble == SyncTask.Trouble.RECONNECT
    assert "Connect Tarn & Thistle again" in portal.last_trouble


@pytest.mark.parametrize("signing", [auth.RFC5849, auth.NUORDER])
def test_both_styles_read_orders_products_stock_and_the_company(
    in_shop: Retailer, brand: NuOrderSandbox, signing: str
) -> None:
    portal = connected(in_shop, brand, "tarn-thistle", signing=signing)
    made = brand.order("tarn-thistle", status="approved", lines=3)
    product = made["line_items"][0]["product"]["_id"]
    with client_for(portal) as client:
        assert made["_id"] in client.order_ids("approved")
        assert made["_id"].encode() in client.order(made["_id"])
        assert client.order_by_number(made["order_number"]) == client.order(made["_id"])
        assert product.encode() in client.product(product)
        stock = client.stock(product)
        assert stock is None or all(row.size for row in stock)
        company = client.company(made["retailer"]["_id"])
    assert company.code == made["retailer"]["retailer_code"]
    assert made["retailer"]["buyer_email"] in company.buyer_emails
