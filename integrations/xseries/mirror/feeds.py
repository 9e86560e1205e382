"""Walking a change feed: a page of rows and its cursor are stored together, or not at all.

A worker that dies in the middle goes on at the last page that was stored (B7). A row whose version
is not newer than the one we hold is left alone (B2), and a shop that was restored to an older day
is found out and read from the beginning (B6).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.utils import timezone

from catalog.models import StockLevel
from integrations.engine import Job
from integrations.models import Cursor, PosOrder, RemoteLink
from integrations.xseries.api import PAGE, Page
from integrations.xseries.payloads import Versioned

T = TypeVar("T", bound=Versioned)
V = TypeVar("V", bound=Versioned)
MOST_TROUBLES = 20
# How often a quiet feed is asked whether the row we know last is still there.
SOUND_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Feed(Generic[T]):
    """One feed: how it is read after a version, and how a page of it is taken in.

    `tombstones` says whether deleted rows stay in the list. `sweep` runs after a walk from the
    beginning: what has no version still was not shown, so it is gone.
    """

    stream: str
    after: Callable[[int], Iterator[Page[T]]]
    take: Callable[[list[T]], Any]
    tombstones: bool = True
    sweep: Callable[[], None] | None = None


def run_feed(job: Job, feed: Feed[T], *, thorough: bool = True) -> int:
    """Bring one feed up to date; the number of rows that came.

    Not `thorough` means: a page that is far from full is taken for the last one, which saves the
    call for the empty page. Right before a first write that is enough; after an unknown outcome
    it is not.
    """
    cursor = cursor_of(job, feed.stream)
    full = bool(cursor.facts.get("full"))
    before, count = cursor.value, 0
    for page in feed.after(cursor.value):
        with job.writing():
            feed.take(page.rows)
            _store(cursor, page)
        count += page.size
        if not thorough and not full and feed.tombstones and page.size < PAGE // 2:
            return count
    if full:
        _end_of_full_walk(job, feed, cursor)
    elif thorough and before and not count and feed.tombstones:
        _check_it_is_sound(job, feed, cursor)
    return count


def _end_of_full_walk(job: Job, feed: Feed[Any], cursor: Cursor) -> None:
    """Every row was seen; a link that still has no version is of something that is gone (B3)."""
    with job.writing():
        # A row that could not be read was there all the same: then nothing is called gone.
        if feed.sweep is not None and not cursor.facts.get("unreadable"):
            feed.sweep()
        del cursor.facts["full"]
        cursor.save(update_fields=["facts"])


def cursor_of(job: Job, stream: str) -> Cursor:
    """Where this feed has been read up to."""
    return Cursor.objects.get_or_create(connection=job.connection, stream=stream)[0]


def _store(cursor: Cursor, page: Page[Any]) -> None:
    cursor.value = page.cursor
    if page.troubles:
        kept = [*cursor.facts.get("unreadable", []), *page.troubles]
        cursor.facts["unreadable"] = kept[-MOST_TROUBLES:]
    cursor.save(update_fields=["value", "facts", "updated"])


def _check_it_is_sound(job: Job, feed: Feed[T], cursor: Cursor) -> None:
    """A quiet feed must still hold the row our cursor stands on; if not, the shop was restored.

    That row can only have moved to a later version, so the page after the one before it is never
    empty in a sound feed.
    """
    checked = cursor.facts.get("sound_at")
    if checked and datetime.fromisoformat(checked) > timezone.now() - _scaled(SOUND_FOR):
        return
    page = next(feed.after(cursor.value - 1), None)
    with job.writing():
        if page is None:
            start_over(job)
        else:
            feed.take(page.rows)
            cursor.facts["sound_at"] = timezone.now().isoformat()
            cursor.value = max(cursor.value, page.cursor)
            cursor.save(update_fields=["value", "facts", "updated"])
    if page is None:
        run_feed(job, feed)


def start_over(job: Job) -> None:
    """Read every feed from the beginning, and take every row for news."""
    Cursor.objects.filter(connection=job.connection).update(value=0, facts={"full": True})
    RemoteLink.objects.filter(connection=job.connection).update(version=0)
    PosOrder.objects.filter(connection=job.connection).update(version=0)
    StockLevel.objects.update(version=0)


def unseen(job: Job, kind: str) -> list[int]:
    """Our rows of a kind whose link has no version: after a whole walk, nobody showed them."""
    links = RemoteLink.objects.filter(connection=job.connection, kind=kind, version=0)
    return list(links.values_list("local_id", flat=True))


def _scaled(wait: timedelta) -> timedelta:
    return wait * float(settings.SYNC_TIME_SCALE)


# --- links -------------------------------------------------------------------------------------


class Links:
    """RemoteLinks of one kind for one page: read once, changed in memory, written once."""

    def __init__(self, job: Job, kind: str, remote_ids: Iterable[str]) -> None:
        self._job, self.kind = job, kind
        self.by_remote = {
            link.remote_id: link
            for link in RemoteLink.objects.filter(
                connection=job.connection, kind=kind, remote_id__in=list(remote_ids)
            )
        }
        self._new: list[RemoteLink] = []
        self._changed: dict[int, RemoteLink] = {}

    def local(self, remote_id: str) -> int | None:
        """Our row for their id."""
        link = self.by_remote.get(remote_id)
        return None if link is None else link.local_id

    def news(self, rows: Iterable[V]) -> list[V]:
        """The rows that are newer than what we hold (B2); rows without a version always count."""
        return [
            row
            for row in rows
            if (link := self.by_remote.get(row.remote_id)) is None
            or not row.version
            or row.version > link.version
        ]

    def bind(self, remote_id: str, local_id: int, version: int, **facts: Any) -> None:
        """Remember that their row is ours, in this version."""
        link = self.by_remote.get(remote_id)
        if link is None:
            link = RemoteLink(
                connection=self._job.connection,
                kind=self.kind,
                local_id=local_id,
                remote_id=remote_id,
                version=version,
                facts=facts,
            )
            self.by_remote[remote_id] = link
            self._new.append(link)
            return
        link.local_id, link.version, link.facts = local_id, version, link.facts | facts
        if link.pk is not None:
            self._changed[link.pk] = link

    def save(self) -> None:
        """Write what was bound: two statements."""
        RemoteLink.objects.bulk_create(self._new, batch_size=500)
        upsert(RemoteLink, self._changed.values(), ["local_id", "version", "facts"])


def upsert(model: Any, rows: Iterable[Any], fields: list[str]) -> None:
    """Write these columns of rows that exist; far quicker than an UPDATE with a CASE for each."""
    found = list(rows)
    if found:
        model.objects.bulk_create(
            found,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=fields,
        )
