"""Stock: what is on hand where, and a dated row for every change of it, from the first run on.

Levels are read, never computed; sales rates and days in stock come from the changes.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from catalog.models import StockChange, StockLevel
from integrations.engine import Job
from integrations.models import RemoteLink
from integrations.xseries.api import Page
from integrations.xseries.client import XSeriesClient
from integrations.xseries.mirror.feeds import Feed, Links, run_feed, upsert
from integrations.xseries.mirror.products import product_feed
from integrations.xseries.payloads import RemoteStock

LEVEL_COLUMNS = [
    "on_hand",
    "average_cost",
    "reorder_point",
    "restock_level",
    "version",
    "read_at",
]


def stock_feed(job: Job, client: XSeriesClient) -> Feed[RemoteStock]:
    """The feed of this module; runs after the products, which its rows speak of."""

    def after(version: int) -> Iterator[Page[RemoteStock]]:
        asked = False
        for page in client.stock_after(version):
            if not asked and _speaks_of_strangers(job, page.rows):
                # A product that was made since its feed was read: its stock comes only once.
                asked = True
                run_feed(job, product_feed(job, client))
            yield page

    return Feed("inventory", after, lambda rows: take_stock(job, rows))


def _speaks_of_strangers(job: Job, rows: Sequence[RemoteStock]) -> bool:
    named = {row.product_id for row in rows if row.deleted_at is None}
    return len(Links(job, "product", named).by_remote) < len(named)


def take_stock(job: Job, rows: Sequence[RemoteStock]) -> list[StockChange]:
    """Upsert levels, note what changed; answers the changes. Rows of unknown products are left."""
    products = Links(job, "product", {row.product_id for row in rows})
    outlets = Links(job, "outlet", {row.outlet_id for row in rows})
    placed: dict[tuple[int, int], RemoteStock] = {}
    for row in sorted(rows, key=lambda row: row.version):
        variant, outlet = products.local(row.product_id), outlets.local(row.outlet_id)
        if variant is not None and outlet is not None and row.deleted_at is None:
            placed[variant, outlet] = row
    held = {
        (level.variant_id, level.outlet_id): level
        for level in StockLevel.objects.filter(variant__in={variant for variant, _ in placed})
    }
    now = timezone.now()
    fresh: list[StockLevel] = []
    kept: list[StockLevel] = []
    changes: list[StockChange] = []
    for (variant, outlet), row in placed.items():
        level = held.get((variant, outlet))
        if level is not None and row.version and row.version < level.version:
            continue
        before = None if level is None else level.on_hand
        if before != row.on_hand:
            changes.append(
                StockChange(
                    variant_id=variant, outlet_id=outlet, before=before, after=row.on_hand, at=now
                )
            )
        (fresh if level is None else kept).append(
            _filled(level or StockLevel(variant_id=variant, outlet_id=outlet), row, now)
        )
    StockLevel.objects.bulk_create(fresh, batch_size=500)
    upsert(StockLevel, kept, LEVEL_COLUMNS)
    StockChange.objects.bulk_create(changes, batch_size=500)
    return changes


def _filled(level: StockLevel, row: RemoteStock, now: Any) -> StockLevel:
    level.on_hand, level.average_cost = row.on_hand, row.average_cost
    level.reorder_point, level.restock_level = row.reorder_point, row.restock_level
    level.version = max(row.version, level.version)
    level.read_at = now
    return level


def read_back(job: Job, client: XSeriesClient, variant_ids: Iterable[int]) -> list[dict[str, Any]]:
    """Read these variants' stock now; what it was and is, by variant and outlet.

    Answers `{"variant", "outlet", "before", "after"}` for every level, amounts as texts and None
    where it was not known before.
    """
    wanted = list(variant_ids)
    linked = RemoteLink.objects.filter(
        connection=job.connection, kind="product", local_id__in=wanted
    )
    rows = client.stock_of(sorted(linked.values_list("remote_id", flat=True)))
    with job.writing():
        before = _levels(wanted)
        take_stock(job, rows)
        after = _levels(wanted)
    return [
        {
            "variant": variant,
            "outlet": outlet,
            "before": _text(before.get((variant, outlet))),
            "after": _text(level),
        }
        for (variant, outlet), level in sorted(after.items())
    ]


def _levels(variant_ids: list[int]) -> dict[tuple[int, int], Decimal]:
    rows = StockLevel.objects.filter(variant__in=variant_ids)
    return {
        (variant, outlet): on_hand
        for variant, outlet, on_hand in rows.values_list("variant_id", "outlet_id", "on_hand")
    }


def _text(level: Decimal | None) -> str | None:
    return None if level is None else f"{level.normalize():f}"
