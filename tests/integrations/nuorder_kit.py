"""What the NuORDER tests share: a sandbox on a real socket, and a portal connected to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

from django.utils import timezone

from integrations import slices
from integrations.engine import ask
from integrations.models import Connection, SyncTask
from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import running
from integrations.sandbox.nuorder.app import create_app
from purchasing.models import PurchaseOrder
from retailers.models import Retailer
from tests.factories import ConnectionFactory
from tests.sandbox.brand import NuOrderSandbox


@contextmanager
def a_nuorder(settings: Any) -> Iterator[NuOrderSandbox]:
    """A NuORDER with a few brand portals, trusted by our settings."""
    with running(create_app(Store(None), size="tiny")) as url:
        settings.TRUSTED_ORIGINS = [url]
        settings.NUORDER_HOST = url
        yield NuOrderSandbox(url)


def connected(shop: Retailer, brand: NuOrderSandbox, portal: str, **facts: Any) -> Connection:
    """The portal with keys and a token, without the handshake."""
    keys = brand.connect(portal).keys
    row: Any = ConnectionFactory(
        retailer=shop,
        name=facts.pop("name", "Tarn & Thistle"),
        host=brand.url,
        consumer_key=keys.consumer_key,
        consumer_secret=keys.consumer_secret,
        token=keys.token,
        token_secret=keys.token_secret,
        **facts,
    )
    return cast(Connection, row)


def run(connection: Connection, subject: str = "") -> list[SyncTask]:
    """Do what is due on this connection (after asking for `subject`); what is left waiting."""
    if subject:
        ask(connection, subject)
    for _ in range(20):
        if not slices.work(connection.pk):
            break
    connection.refresh_from_db()
    return list(SyncTask.objects.filter(connection=connection))


def long_ago() -> None:
    """As if all orders had been read two days ago."""
    then = timezone.now() - timedelta(days=2)
    PurchaseOrder.objects.update(read_at=then)
