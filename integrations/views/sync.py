"""The sync page: lines, what is parked and its ways out, what waits, the call budget."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseStopPolling

from integrations.asking import check_now, drop, try_line
from integrations.models import Connection, SyncTask
from integrations.naming import READING, Titles
from integrations.sending.ways_out import go_on
from integrations.standing import Line, Standing, lane_of, standing
from purchasing.errors import OrderError
from retailers.access import Ability, ShopRequest, needs

# In-step portals beyond this number are one line, until somebody asks for all.
SHOWN_PORTALS = 6


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls to Lightspeed in the running window; None where it has not said so yet."""

    limit: int
    used: int
    total: int

    @property
    def share(self) -> float:
        return 100 * self.used / self.limit if self.limit else 0


@require_GET
@needs(Ability.LOOK)
def sync(request: ShopRequest) -> HttpResponse:
    """How everything stands; the same address answers the poll with the part that changes."""
    now = standing()
    lines, folded = _shown(now, everything="all" in request.GET)
    context = {
        "standing": now,
        "lines": lines,
        "folded": folded,
        "budget": _budget(now),
        "may_act": Ability.BUY in request.abilities,
        "may_connect": Ability.CONNECT in request.abilities,
        "headline": _headline(now),
    }
    if request.htmx and not request.htmx.history_restore_request:
        answer = HttpResponse if now.is_busy else HttpResponseStopPolling
        return answer(render(request, "integrations/sync.html#standing", context).content)
    return render(request, "integrations/sync.html", context)


def _shown(now: Standing, *, everything: bool) -> tuple[list[Line], int]:
    """The lines to show, and how many in-step portals are folded into one."""
    calm = [one for one in now.portals if one.in_step]
    if everything or len(calm) <= SHOWN_PORTALS:
        return now.lines, 0
    hidden = {id(one) for one in calm[SHOWN_PORTALS - 1 :]}
    return [one for one in now.lines if id(one) not in hidden], len(hidden)


def _budget(now: Standing) -> Budget | None:
    lane = lane_of(now.pos.connection) if now.pos else None
    if lane is None or not lane.budget_limit:
        return None
    running = lane.budget_window_ends is not None and lane.budget_window_ends > timezone.now()
    left = lane.budget_left if running and lane.budget_left is not None else lane.budget_limit
    return Budget(lane.budget_limit, max(lane.budget_limit - left, 0), lane.calls)


def _headline(now: Standing) -> str:
    """The page in one sentence."""
    if not now.lines:
        return _("Nothing is connected yet")
    refused = sum(1 for one in now.lines if one.act == "reconnect")
    parked = sum(1 for one in now.parked if one.task.trouble != SyncTask.Trouble.RECONNECT)
    if parked and refused:
        first = _count(parked, _("One task needs an answer"), _("%(n)s tasks need an answer"))
        second = _count(refused, _("one key was refused"), _("%(n)s keys were refused"))
        return f"{first}, {second}"
    if parked:
        return _count(parked, _("One task needs an answer"), _("%(n)s tasks need an answer"))
    if refused:
        return _count(refused, _("One key was refused"), _("%(n)s keys were refused"))
    if any(not one.in_step for one in now.lines):
        return _("Some lines wait; the rest is in step")
    return _("Everything is in step")


def _count(n: int, one: str, many: str) -> str:
    return one if n == 1 else many % {"n": n}


# --- Acts ------------------------------------------------------------------------------------


@require_POST
@needs(Ability.LOOK)
def check_all(request: ShopRequest) -> HttpResponse:
    """Read NuORDER and Lightspeed now instead of at the next round."""
    asked = check_now(by=request.user)
    if asked:
        messages.success(request, _("Asked. New orders appear by themselves in a moment."))
    else:
        messages.warning(request, _("Nothing is connected, so there is nobody to ask."))
    return redirect(_back(request))


@require_POST
@needs(Ability.LOOK)
def try_now(request: ShopRequest, pk: int) -> HttpResponse:
    """Read one line now."""
    connection = get_object_or_404(Connection, pk=pk)
    if try_line(connection, by=request.user):
        messages.success(request, _("%(name)s is asked.") % {"name": connection})
    else:
        messages.warning(request, _("%(name)s is not connected.") % {"name": connection})
    return redirect("sync")


@require_POST
@needs(Ability.BUY)
def task_retry(request: ShopRequest, pk: int) -> HttpResponse:
    """A parked task goes on; what is written already is looked up, not written again."""
    task = _task(pk)
    title = Titles([task]).of(task)
    go_on(task, by=request.user)
    messages.success(request, _("%(task)s: it goes on.") % {"task": title})
    return redirect("sync")


@require_POST
@needs(Ability.BUY)
def task_drop(request: ShopRequest, pk: int) -> HttpResponse:
    """A parked task that only reads is put away; the next round asks again by itself."""
    task = _task(pk)
    title = Titles([task]).of(task)
    if task.kind not in READING:
        messages.error(
            request,
            _("%(task)s writes, so it is not dropped here. Open the order to undo it.")
            % {"task": title},
        )
        return redirect("sync")
    try:
        with transaction.atomic():
            drop(task, by=request.user)
    except OrderError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(task)s: put away.") % {"task": title})
    return redirect("sync")


def _task(pk: int) -> SyncTask:
    return get_object_or_404(SyncTask.objects.select_related("connection"), pk=pk)


def _back(request: ShopRequest) -> str:
    """The page the person came from, if it is one of ours: a path, never a view's name."""
    wanted = request.POST.get("next", "")
    mine = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted.startswith("/") and mine else reverse("sync")
