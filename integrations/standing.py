"""How things stand with the outside: one line for each system, what waits, what is parked.

Read by the pages Today, Sync and Connections, and by the navigation. A fixed number of queries,
whatever the number of brand portals.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import Connection, Lane, RemoteStep, SyncTask
from integrations.naming import READING, Titles
from retailers.formatting import ago

State = Connection.State


@dataclass(frozen=True, slots=True)
class Line:
    """One connection, in the words of a status line; `tag` is a state of the UI kit."""

    connection: Connection
    tag: str
    word: str
    next_try: str
    waiting: int
    parked: int
    act: str  # try, code, reconnect or nothing

    @property
    def name(self) -> str:
        """`Lightspeed: …` or `NuORDER: Tarn & Thistle`."""
        if _is_pos(self.connection):
            return _("Lightspeed: products, stock, orders")
        return _("NuORDER: %(portal)s") % {"portal": self.connection.name}

    @property
    def short_name(self) -> str:
        """`Lightspeed` or the portal's name."""
        return "Lightspeed" if _is_pos(self.connection) else self.name

    @property
    def in_step(self) -> bool:
        return self.tag == "sure"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task as a page shows it; `kept` says what is safe although it stopped."""

    task: SyncTask
    title: str
    address: str
    tag: str
    word: str
    why: str
    kept: str
    can_drop: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the sync page says."""

    lines: list[Line]
    parked: list[Waiting]
    queue: list[Waiting]

    @property
    def is_busy(self) -> bool:
        """Something is under way now, so the page is worth asking again soon."""
        soon = timezone.now()
        return any(one.task.claimed_at or one.task.not_before <= soon for one in self.queue)

    @property
    def pos(self) -> Line | None:
        return next((one for one in self.lines if _is_pos(one.connection)), None)

    @property
    def portals(self) -> list[Line]:
        return [one for one in self.lines if not _is_pos(one.connection)]


def connections_of_shop() -> list[Connection]:
    """The shop's connections with their lanes, Lightspeed first, then by name (one query)."""
    rows = Connection.objects.select_related("lane", "supplier", "connected_by").exclude(
        state=State.OFF, connected_at__isnull=True
    )
    return sorted(rows, key=lambda one: (not _is_pos(one), one.name.casefold(), one.pk))


def standing() -> Standing:
    """How everything stands, for the retailer in force."""
    connections = connections_of_shop()
    by_id = {one.pk: one for one in connections}
    rows = SyncTask.objects.select_related("asked_by").order_by("priority", "not_before", "id")
    tasks = [task for task in rows if task.connection_id in by_id]
    for task in tasks:
        task.connection = by_id[task.connection_id]
    by_connection: dict[int, list[SyncTask]] = defaultdict(list)
    for task in tasks:
        by_connection[task.connection_id].append(task)
    titles = Titles(tasks)
    kept = _kept(titles, [task for task in tasks if task.trouble])
    shown = [_waiting(task, titles, kept) for task in tasks]
    return Standing(
        lines=[line_of(one, by_connection[one.pk]) for one in connections],
        parked=[one for one in shown if one.task.trouble],
        queue=[one for one in shown if not one.task.trouble],
    )


def line_of(connection: Connection, tasks: Sequence[SyncTask]) -> Line:
    """One status line."""
    parked = sum(1 for task in tasks if task.trouble)
    tag, word, act = _state(connection, parked=parked)
    return Line(
        connection=connection,
        tag=tag,
        word=word,
        next_try=_next_try(connection, tasks),
        waiting=len(tasks) - parked,
        parked=parked,
        act=act,
    )


def _state(connection: Connection, *, parked: int) -> tuple[str, str, str]:
    """Tag, word and the way out."""
    by_state = {
        State.RECONNECT: ("paused", _("Key refused"), "reconnect"),
        State.OFF: ("quiet", _("Disconnected"), "reconnect"),
        State.NEW: ("wait", _("Being connected"), ""),
        State.WAITING: ("paused", _("Waits for the code"), "code"),
    }
    if connection.state in by_state:
        return by_state[State(connection.state)]
    if paused_until(connection):
        return "slow", _("Slowed down"), ""
    if parked:
        return "stopped", _("%(n)s parked") % {"n": parked}, "try"
    if _fails(connection):
        return "slow", _("No answer"), "try"
    return "sure", _("In step"), "try"


def paused_until(connection: Connection) -> datetime | None:
    """Until when the other side asked us to wait; None when we may call."""
    lane = lane_of(connection)
    until = lane.paused_until if lane else None
    return until if until and until > timezone.now() else None


def lane_of(connection: Connection) -> Lane | None:
    """Its lane; None for a connection that has none yet."""
    return getattr(connection, "lane", None)


def _fails(connection: Connection) -> bool:
    """The last thing that happened was trouble."""
    if not connection.last_trouble or connection.last_trouble_at is None:
        return False
    return connection.last_ok_at is None or connection.last_ok_at < connection.last_trouble_at


def _next_try(connection: Connection, tasks: Iterable[SyncTask]) -> str:
    if connection.state in (State.RECONNECT, State.OFF):
        return _("after you sign in")
    if connection.state == State.WAITING:
        return _("after you paste the code")
    if until := paused_until(connection):
        return _("%(when)s, as they asked") % {"when": ago(until)}
    times = [task.not_before for task in tasks if not task.trouble]
    if not times:
        return _("within 5 minutes")
    first = min(times)
    return ago(first) if first > timezone.now() else _("now")


def _waiting(task: SyncTask, titles: Titles, kept: dict[int, str]) -> Waiting:
    tag, word = _task_state(task)
    order, title = titles.order_of(task), titles.of(task)
    return Waiting(
        task=task,
        title=_("%(task)s: stopped") % {"task": title} if task.trouble else title,
        address=titles.address_of(task),
        tag=tag,
        word=word,
        why=task.trouble_text if task.trouble else task.wait_text,
        kept=kept.get(order, "") if order else "",
        can_drop=task.kind in READING,
    )


def _task_state(task: SyncTask) -> tuple[str, str]:
    if task.trouble == SyncTask.Trouble.RECONNECT:
        return "paused", _("Waits for a key")
    if task.trouble:
        return "stopped", _("Parked")
    if task.claimed_at:
        return "sure", _("Under way")
    if task.not_before > timezone.now():
        return "slow", _("Tries again %(when)s") % {"when": ago(task.not_before)}
    return "wait", _("Next")


def _kept(titles: Titles, tasks: Sequence[SyncTask]) -> dict[int, str]:
    """What is written of each stopped order, from the journal (one query)."""
    orders = {order for task in tasks if (order := titles.order_of(task)) is not None}
    if not orders:
        return {}
    done = Count("id", filter=Q(state=RemoteStep.State.DONE))
    steps = RemoteStep.objects.filter(order_id__in=orders).values("order_id").annotate(done=done)
    words = _("%(n)s writes are done and checked. Nothing was written twice.")
    return {row["order_id"]: words % {"n": row["done"]} for row in steps}


def parked() -> QuerySet[SyncTask]:
    """Tasks that wait for a person."""
    return SyncTask.objects.exclude(trouble="")


def _is_pos(connection: Connection) -> bool:
    return connection.system == Connection.System.XSERIES
