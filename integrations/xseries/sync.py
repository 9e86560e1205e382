"""What runs in the background for X-Series: connecting, testing, and keeping our copy of the shop.

A handler is called by the engine inside `acting_for` and while it holds the connection's lane.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.engine import Job, Stop, ask
from integrations.errors import Forbidden, RemoteError, Unreadable
from integrations.models import Connection, Cursor, RemoteLink, SyncTask
from integrations.xseries.auth import SCOPES, Tokens
from integrations.xseries.client import XSeriesClient, client_for
from integrations.xseries.mirror.feeds import Feed, run_feed, start_over
from integrations.xseries.mirror.following import follow_pos_orders
from integrations.xseries.mirror.names import name_feeds, read_attributes, read_categories
from integrations.xseries.mirror.pos_orders import consignment_feed
from integrations.xseries.mirror.products import product_feed
from integrations.xseries.mirror.shop import keep_facts, read_registers, shop_feeds
from integrations.xseries.mirror.stock import read_back, stock_feed
from integrations.xseries.payloads import RemoteShop
from purchasing.matching import match_order
from purchasing.models import Decision, PurchaseOrder
from retailers.scope import unscoped

Trouble = SyncTask.Trouble

# In this order: each speaks of rows that an earlier one brought.
QUICK = ("suppliers", "brands", "products", "inventory", "consignments")
SLOW = ("outlets", "registers", "taxes", "users", "attributes", "categories", "tags")
SLOW_EVERY = timedelta(hours=1)
# What matching looks at: after a change of these, open suggestions are made again.
MATCHED_BY = ("suppliers", "brands", "products", "attributes")
BEFORE_WRITING = ("suppliers", "brands", "products", "consignments")


# --- connecting --------------------------------------------------------------------------------


def connect_finish(job: Job) -> None:
    """Spend the code, make sure whose shop it is, learn how it counts, and begin to mirror it."""
    if job.connection.code:
        Tokens(job).spend_code()
    client = client_for(job)
    shop = client.shop()
    _require_own_shop(job, shop)
    keep_facts(job, shop)
    now = timezone.now()
    with job.writing():
        _save(
            job.connection,
            name=shop.name or job.connection.name,
            state=Connection.State.ACTIVE,
            capabilities=job.connection.capabilities | _granted(job.connection),
            connected_at=job.connection.connected_at or now,
            last_ok_at=now,
            last_trouble="",
            last_trouble_at=None,
        )
        ask(job.connection, "mirror:", by=job.task.asked_by, priority=SyncTask.PRIORITY_PERSON)


def test(job: Job) -> None:
    """Ask whether they know us and for whom we speak; a working token also ends "reconnect"."""
    shop = client_for(job).shop()
    _require_own_shop(job, shop)
    with job.writing():
        _save(
            job.connection,
            state=Connection.State.ACTIVE,
            capabilities=job.connection.capabilities | _granted(job.connection),
            last_ok_at=timezone.now(),
            last_trouble="",
            last_trouble_at=None,
        )


def refresh_token(job: Job) -> None:
    """For the clock: refresh ahead of expiry although nobody calls."""
    Tokens(job).refresh_when_due()


def _require_own_shop(job: Job, shop: RemoteShop) -> None:
    """The token must be for the shop that was asked, and that shop for this retailer (C8)."""
    connection = job.connection
    if shop.domain_prefix != connection.domain_prefix:
        raise Stop(
            Trouble.REFUSED,
            _("Lightspeed answered for the shop “%(found)s” where “%(wanted)s” was asked.")
            % {"found": shop.domain_prefix, "wanted": connection.domain_prefix},
        )
    with unscoped():
        elsewhere = (
            RemoteLink.objects.filter(kind="retailer", remote_id=shop.remote_id)
            .exclude(retailer_id=connection.retailer_id)
            .exclude(connection__state=Connection.State.OFF)
            .exists()
        )
    if elsewhere:
        raise Stop(
            Trouble.REFUSED,
            _("The shop “%s” is connected to another account of PO Sync already.") % shop.name,
        )
    before = RemoteLink.objects.filter(connection=connection, kind="retailer").first()
    if before is not None and before.remote_id != shop.remote_id:
        raise Stop(
            Trouble.REFUSED,
            _("“%s” is another shop than the one this connection was made for.") % shop.name,
        )


def _granted(connection: Connection) -> dict[str, bool]:
    """What the consent covers; a personal token does not say."""
    granted = connection.scopes.split()
    return {scope: scope in granted for scope in SCOPES} if granted else {}


def _save(connection: Connection, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(connection, name, value)
    connection.save(update_fields=list(changes))


# --- the mirror --------------------------------------------------------------------------------


def mirror(job: Job) -> None:
    """Bring our copy of the shop up to date; goes on where an earlier run stopped.

    `mirror:full` reads everything from the beginning, which finds what a feed missed (B3).
    """
    if job.key == "full":
        with job.writing():
            start_over(job)
            ask(job.connection, "mirror:")
        return
    client = client_for(job)
    failed: list[RemoteError] = []
    news = 0
    for stream in (*SLOW, *QUICK):
        if stream in SLOW and not _is_due(job, stream):
            continue
        try:
            rows = read_stream(job, client, stream)
            news += rows if stream in MATCHED_BY else 0
        except (Forbidden, Unreadable) as error:
            failed.append(error)  # a missing scope or a broken list does not stop the others
        else:
            _note_read(job, stream)
    follow_pos_orders(job, client)
    if news:
        with job.writing():
            ask(job.connection, "match:")
    if failed:
        raise failed[0]


def match_again(job: Job) -> None:
    """The shop changed: look again at what nobody has decided yet."""
    orders = PurchaseOrder.objects.filter(
        status__in=PurchaseOrder.BEFORE_WRITING, decisions__state=Decision.State.OPEN
    )
    for pk in orders.distinct().order_by("pk").values_list("pk", flat=True):
        job.keep_going()
        match_order(pk)


def bring_up_to_date(
    job: Job, streams: Iterable[str] = BEFORE_WRITING, *, thorough: bool = False
) -> None:
    """Read what changed in these feeds: one call for a feed where nothing or little did.

    `thorough` also asks for the empty page that proves the end; use it after an unknown outcome.
    """
    client = client_for(job)
    for stream in streams:
        read_stream(job, client, stream, thorough=thorough)


def look(job: Job) -> None:
    """Which purchase orders changed in the POS: one page, before a plan is shown."""
    bring_up_to_date(job, streams=("consignments",))


def read_stock(job: Job, variant_ids: Iterable[int]) -> list[dict[str, Any]]:
    """Read the stock of these variants now; what it was and is, see `mirror.stock.read_back`."""
    return read_back(job, client_for(job), variant_ids)


def read_stream(job: Job, client: XSeriesClient, stream: str, *, thorough: bool = True) -> int:
    """Bring one stream up to date; how many rows came."""
    lists: dict[str, Callable[[Job, XSeriesClient], int]] = {
        "registers": read_registers,
        "attributes": read_attributes,
        "categories": read_categories,
    }
    if stream in lists:
        return lists[stream](job, client)
    return run_feed(job, _feeds(job, client)[stream], thorough=thorough)


def _feeds(job: Job, client: XSeriesClient) -> dict[str, Feed[Any]]:
    return {
        **shop_feeds(job, client),
        **name_feeds(job, client),
        "products": product_feed(job, client),
        "inventory": stock_feed(job, client),
        "consignments": consignment_feed(job, client),
    }


def _is_due(job: Job, stream: str) -> bool:
    """Slow lists are read hourly, and once for each time a person asks."""
    cursor = Cursor.objects.filter(connection=job.connection, stream=stream).first()
    read_at = cursor.facts.get("read_at") if cursor else None
    if cursor is None or not read_at or cursor.facts.get("full"):
        return True
    oldest = timezone.now() - SLOW_EVERY * float(settings.SYNC_TIME_SCALE)
    if job.task.asked_by_id is not None:
        oldest = max(oldest, job.task.created)
    return datetime.fromisoformat(read_at) < oldest


def _note_read(job: Job, stream: str) -> None:
    cursor = Cursor.objects.get(connection=job.connection, stream=stream)
    with job.writing():
        cursor.facts.pop("full", None)
        cursor.facts["read_at"] = timezone.now().isoformat()
        cursor.save(update_fields=["facts"])
