"""The lane: a lease with a fence on the right to speak for one connection.

One compare-and-set on one row is free of races at every isolation level. The fence is a number
that only rises; every local write of a task first proves that it still holds the newest one, so a
worker that was paused and woke up late can no longer change anything here.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Now
from django.utils import timezone

from integrations import pace
from integrations.models import Connection, Lane


class LostLane(Exception):
    """Another worker holds the lane now, or the shop or its connection was switched off: stop."""


@dataclass
class Fence:
    """Proof that this worker holds a lane; `began` is by the process's own clock."""

    lane_id: int
    connection_id: int
    number: int
    began: float = field(default_factory=time.monotonic)

    def used(self) -> float:
        """Seconds since the lane was claimed."""
        return time.monotonic() - self.began


def worker_name() -> str:
    """Who claims: host and process, for people who read the row."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def now_there() -> Any:
    """Now by the database's clock on PostgreSQL, so that hosts with skewed clocks agree."""
    if database.vendor == "postgresql":
        return Now()
    return Value(timezone.now(), output_field=DateTimeField())


def _lease_ends() -> Any:
    lease: timedelta = pace.wait(pace.LEASE_SECONDS)
    return ExpressionWrapper(now_there() + Value(lease), output_field=DateTimeField())


def lane_of(connection_id: int) -> Lane:
    """The connection's lane, made on first use."""
    return Lane.objects.get_or_create(connection_id=connection_id)[0]


def claim(connection_id: int) -> Fence | None:
    """Take the lane; None where another holds it and lives, or where it was told to pause."""
    lane = lane_of(connection_id)
    now = now_there()
    free = Q(claim_until=None) | Q(claim_until__lt=now)
    awake = Q(paused_until=None) | Q(paused_until__lte=now)
    taken = Lane.objects.filter(free, awake, pk=lane.pk, fence=lane.fence).update(
        claimed_by=worker_name(), claim_until=_lease_ends(), fence=F("fence") + 1
    )
    return Fence(lane.pk, connection_id, lane.fence + 1) if taken else None


def renew(fence: Fence) -> None:
    """Prolong the lease; raises LostLane when it is no longer ours or work was switched off."""
    held = Lane.objects.filter(pk=fence.lane_id, fence=fence.number)
    wanted = held.filter(connection__retailer__active=True).exclude(
        connection__state=Connection.State.OFF
    )
    if not wanted.update(claim_until=_lease_ends()):
        raise LostLane(f"lane {fence.lane_id} is no longer held with fence {fence.number}")


@contextmanager
def fenced(fence: Fence, *, durable: bool = False) -> Iterator[None]:
    """A transaction that first proves the fence.

    The proof is an update of the lane's row, so nobody can take the lane before this commits.
    """
    with transaction.atomic(durable=durable):
        held = Lane.objects.filter(pk=fence.lane_id, fence=fence.number)
        if not held.update(claim_until=_lease_ends()):
            raise LostLane(f"lane {fence.lane_id} is no longer held with fence {fence.number}")
        yield


def release(fence: Fence) -> None:
    """Give the lane back, if it is still ours."""
    Lane.objects.filter(pk=fence.lane_id, fence=fence.number).update(
        claim_until=None, claimed_by=""
    )
