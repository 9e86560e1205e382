"""A kept connection that the other side has closed: nothing is sent twice because of it (A25)."""

import time
from typing import Any

import pytest

from integrations.errors import Unknown
from integrations.models import Connection
from integrations.transport import Caller
from integrations.xseries import payloads
from integrations.xseries.client import client_for
from retailers.models import Retailer
from tests.factories import ConnectionFactory, LaneFactory
from tests.integrations.raw_server import answer, closing, raw_server, reset
from tests.integrations.xseries_kit import open_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def portal(in_shop: Retailer) -> Connection:
    connection = ConnectionFactory(retailer=in_shop)
    LaneFactory(connection=connection)
    return connection


def test_a25_a_line_closed_while_idle_is_opened_anew_and_the_write_made_once(
    in_shop: Retailer, settings: Any
) -> None:
    with open_till(in_shop, settings) as till, till.job() as job:
        pos = client_for(job)
        till.fault("GET /api/2026-07/retailer", "close_idle", count=1)
        pos.shop()
        time.sleep(0.1)
        pos.create_brand(payloads.brand_payload("Acme"))
        assert len(till.effects("brand_created")) == 1


def test_a25_a_line_closed_under_a_write_is_not_tried_again(
    portal: Connection, settings: Any
) -> None:
    """The library may not repeat it on a new line: whether it was done is not known."""
    with raw_server(answer(), closing(reset)) as server:
        settings.TRUSTED_ORIGINS = [server.url]
        with Caller(portal, base_url=server.url, auth=None) as caller:
            caller.read("GET", "/things")
            with pytest.raises(Unknown):
                caller.write("POST", "/things", json={"name": "Mug"})
        assert [asked.line.split()[0] for asked in server.seen] == ["GET", "POST"]
        assert server.connections == 1
