"""What the X-Series tests share: a sandbox on a real socket, our connection, jobs on its lane."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from integrations import engine, lanes
from integrations.engine import Job
from integrations.models import Connection, Cursor, SyncTask
from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import running
from integrations.sandbox.xseries.app import create_app
from retailers.models import Retailer
from tests.factories import ConnectionFactory, LaneFactory
from tests.sandbox.till import XSeriesSandbox
from tests.sandbox.tiny import tiny_world

SCALE = 0.05
PREFIX = "alder-quay"


@dataclass
class Till(XSeriesSandbox):
    """The sandbox, as the till and as our connection see it."""

    connection: Connection

    def __init__(self, url: str, shop: Retailer, prefix: str = PREFIX, **facts: Any) -> None:
        super().__init__(url, prefix)
        known = {
            "retailer": shop,
            "system": Connection.System.XSERIES,
            "state": Connection.State.ACTIVE,
            "name": "Alder & Quay",
            "domain_prefix": prefix,
            "token": self.tokens["access_token"],
            "refresh_token": self.tokens["refresh_token"],
            "scopes": self.tokens["scope"],
        }
        self.connection = ConnectionFactory(**known | facts)
        LaneFactory(connection=self.connection)

    @contextmanager
    def job(self, subject: str = "mirror:", **facts: Any) -> Iterator[Job]:
        """A claimed task of ours on this connection's lane."""
        self.connection.refresh_from_db()
        task = engine.ask(self.connection, subject, **facts)
        fence = lanes.claim(self.connection.pk)
        assert fence is not None, "the lane is held by somebody else"
        try:
            yield Job(task, self.connection, fence)
        finally:
            lanes.release(fence)
            SyncTask.objects.filter(pk=task.pk).delete()

    def cursor(self, stream: str) -> Cursor:
        return Cursor.objects.get(connection=self.connection, stream=stream)

    def calls(self, route: str = "") -> list[dict[str, Any]]:
        """API calls the other side has seen, in order."""
        seen = self.control("GET", "/ledger").json()["calls"]
        return [call for call in seen if route in f"{call['method']} {call['route']}"]


@contextmanager
def open_till(
    shop: Retailer, settings: Any, *, world: str = "tiny", **facts: Any
) -> Iterator[Till]:
    """Start a sandbox X-Series for this shop; `world` is tiny (three mugs) or a world size."""
    more: dict[str, Any] = {"build": tiny_world} if world == "tiny" else {}
    size = "tiny" if world in {"tiny", "small"} else world
    app = create_app(Store(None), size=size, lag_scale=SCALE, **more)
    with running(app) as url:
        point_at(url, settings)
        yield Till(url, shop, **facts)


def point_at(url: str, settings: Any) -> None:
    """Let the app speak to a sandbox instead of Lightspeed."""
    settings.XSERIES_URL = f"{url}/{{prefix}}"
    settings.XSERIES_CONNECT_URL = f"{url}/connect"
    settings.XSERIES_CLIENT_ID = "sandbox-client"
    settings.XSERIES_CLIENT_SECRET = "sandbox-secret"
    settings.TRUSTED_ORIGINS = [url]
    settings.SYNC_TIME_SCALE = SCALE
