"""Suppliers, brands, attributes, categories, tags and taxes: rows that are known by a name.

A row of ours that is not in the POS yet is taken to be theirs when the name is the same (edge
cases 35, 36): a supplier that an order brought here and somebody then typed in there is one.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from catalog.models import Attribute, Brand, Category, Named, Tag, Tax
from catalog.names import attribute_alias, name_key
from integrations.engine import Job
from integrations.models import Cursor, RemoteLink
from integrations.xseries.client import XSeriesClient
from integrations.xseries.mirror.feeds import Feed, Links, cursor_of, unseen, upsert
from integrations.xseries.payloads import (
    RemoteAttribute,
    RemoteCategory,
    RemoteSupplier,
    RemoteTax,
)
from purchasing.models import Supplier

Columns = Callable[[Any], dict[str, Any]]


def name_feeds(job: Job, client: XSeriesClient) -> dict[str, Feed[Any]]:
    """The feeds of this module, by stream."""
    return {
        "suppliers": _feed(job, "supplier", Supplier, client.suppliers_after, _supplier),
        "brands": _feed(job, "brand", Brand, client.brands_after),
        "tags": _feed(job, "tag", Tag, client.tags_after),
        "taxes": Feed(
            "taxes",
            client.taxes_after,
            lambda rows: take_named(job, "tax", Tax, rows, _tax),
            tombstones=False,
        ),
    }


def _feed(
    job: Job, kind: str, model: type[Named], after: Any, columns: Columns | None = None
) -> Feed[Any]:
    return Feed(
        f"{kind}s",
        after,
        lambda rows: take_named(job, kind, model, rows, columns),
        sweep=lambda: bury(model, unseen(job, kind), timezone.now()),
    )


def _supplier(row: RemoteSupplier) -> dict[str, Any]:
    return {"in_pos": row.deleted_at is None, "email": row.email}


def _tax(row: RemoteTax) -> dict[str, Any]:
    return {"rate": row.rate, "is_default": row.is_default}


def _category(row: RemoteCategory) -> dict[str, Any]:
    return {"is_leaf": row.is_leaf, "path": " / ".join(row.path)[:500]}


def take_named(
    job: Job,
    kind: str,
    model: type[Named],
    rows: Sequence[Any],
    columns: Columns | None = None,
    *,
    key: Callable[[str], str] = name_key,
) -> None:
    """Upsert a page of named rows: six statements at most.

    `key` is how names are compared to find a row of ours that is not linked yet.
    """
    links = Links(job, kind, [row.remote_id for row in rows])
    news = links.news(rows)
    if not news:
        return
    linked = model.objects.in_bulk([link.local_id for link in links.by_remote.values()])
    unlinked = _Unlinked(job, kind, model, key) if _has_strangers(links, news) else None
    fresh: list[tuple[Any, Any]] = []
    kept: list[tuple[Any, Any]] = []
    for row in news:
        local = linked.get(links.local(row.remote_id) or 0)
        if local is None and row.deleted_at is None and unlinked is not None:
            local = unlinked.take(row.name)
        if local is None and row.deleted_at is not None:
            continue  # it was gone before we knew it
        found = local if local is not None else model()
        _fill(found, row, columns)
        (kept if local is not None else fresh).append((row, found))
    names = ["name", "name_key", "deleted_at", *(columns(news[0]) if columns else ())]
    model.objects.bulk_create([found for _row, found in fresh], batch_size=500)
    upsert(model, [found for _row, found in kept], names)
    for row, found in (*fresh, *kept):
        links.bind(row.remote_id, found.pk, row.version)
    links.save()


def _has_strangers(links: Links, news: Iterable[Any]) -> bool:
    return any(row.remote_id not in links.by_remote for row in news)


def _fill(found: Any, row: Any, columns: Columns | None) -> None:
    found.name = row.name or found.name
    found.deleted_at = row.deleted_at
    for name, value in (columns(row) if columns else {}).items():
        setattr(found, name, value)


class _Unlinked:
    """Our rows of a kind that stand for nothing in the POS yet, by name."""

    def __init__(self, job: Job, kind: str, model: type[Named], key: Callable[[str], str]) -> None:
        self._key = key
        taken = RemoteLink.objects.filter(connection=job.connection, kind=kind)
        rows = model.objects.filter(deleted_at=None).exclude(
            pk__in=taken.values_list("local_id", flat=True)
        )
        self._by_key: dict[str, Any] = {}
        for row in rows.order_by("-pk"):
            self._by_key[key(row.name)] = row

    def take(self, name: str) -> Any | None:
        """The oldest of this name, once."""
        return self._by_key.pop(self._key(name), None)


def bury(model: type[Named], local_ids: Iterable[int], at: datetime) -> None:
    """These are gone in the POS."""
    gone = list(local_ids)
    model.objects.filter(pk__in=gone, deleted_at=None).update(deleted_at=at)
    if model is Supplier:
        Supplier.objects.filter(pk__in=gone).update(in_pos=False)


# --- lists without a version cursor -------------------------------------------------------------


def read_attributes(job: Job, client: XSeriesClient) -> int:
    """All variant attributes, one call; a list without pages, so what it lacks is gone."""
    rows: list[RemoteAttribute] = client.variant_attributes()
    with job.writing():
        take_named(job, "attribute", Attribute, rows, key=attribute_alias)
        _bury_unlisted(job, "attribute", Attribute, {row.remote_id for row in rows})
        _note_read(cursor_of(job, "attributes"))
    return len(rows)


def read_categories(job: Job, client: XSeriesClient) -> int:
    """All categories, page by page; they have no versions, so each row counts as news."""
    listed: set[str] = set()
    for rows in client.categories():
        with job.writing():
            take_named(job, "category", Category, rows, _category)
        listed |= {row.remote_id for row in rows}
    with job.writing():
        _bury_unlisted(job, "category", Category, listed)
        _note_read(cursor_of(job, "categories"))
    return len(listed)


def _bury_unlisted(job: Job, kind: str, model: type[Named], listed: set[str]) -> None:
    held = RemoteLink.objects.filter(connection=job.connection, kind=kind).values_list(
        "remote_id", "local_id"
    )
    gone = [local for remote, local in held if remote not in listed]
    if gone:
        bury(model, gone, timezone.now())


def _note_read(cursor: Cursor) -> None:
    cursor.facts["read_at"] = timezone.now().isoformat()
    cursor.save(update_fields=["facts", "updated"])
