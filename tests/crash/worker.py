"""The work that is killed again and again: one made-up order with every kind of write.

A supplier, an order, its lines (which *add*, as the POS's bulk does) and a status.
"""

import os
import time
from dataclasses import dataclass
from typing import Any, ClassVar

import requests
from requests.auth import AuthBase

from integrations import crash, engine, journal, slices
from integrations.engine import Job
from integrations.journal import Found, perform
from integrations.models import RemoteLink, SyncTask
from integrations.transport import Caller
from retailers.scope import unscoped

KIND = "crash-try"
COUNT = 7
WRITES = 4


class _Pid(AuthBase):
    """Tells the server whom to kill."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Pid"] = str(os.getpid())
        return request


@dataclass
class _Base:
    job: Job
    caller: Caller
    run: str
    kind: str = ""
    name: str = ""
    generation: int = 1
    order_id: int | None = None
    delivery_id: int | None = None
    confirm_twice: ClassVar[bool] = True

    @property
    def key(self) -> str:
        return f"{self.run}:{self.name}"

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}"

    def probe(self) -> dict[str, Any]:
        return {"sent": True}

    def record(self, found: Found) -> None:
        RemoteLink.objects.create(
            connection=self.job.connection,
            kind=self.kind,
            local_id=len(self.name),
            remote_id=f"{self.run}:{found.remote_id}",
        )


class Thing(_Base):
    def payload(self) -> Any:
        return {"name": self.name}

    def look(self, probe: dict[str, Any]) -> list[Found]:
        rows = self.caller.read("GET", f"/{self.run}/things", params={"name": self.name}).json()
        return [Found(row["id"]) for row in rows["data"]]

    def send(self, payload: Any) -> Found:
        return Found(self.caller.write("POST", f"/{self.run}/things", json=payload).json()["id"])


class Lines(_Base):
    def payload(self) -> Any:
        return {"ref": self.name, "count": COUNT}

    def look(self, probe: dict[str, Any]) -> list[Found]:
        row = self.caller.read("GET", f"/{self.run}/counts", params={"ref": self.name}).json()
        return [Found("lines")] if row["count"] else []

    def send(self, payload: Any) -> Found:
        self.caller.write("POST", f"/{self.run}/counts", json=payload).json()
        return Found("lines")


class Status(_Base):
    confirm_twice = False

    def payload(self) -> Any:
        return {"status": self.name}

    def look(self, probe: dict[str, Any]) -> list[Found]:
        row = self.caller.read("GET", f"/{self.run}/status").json()
        return [Found("status")] if row["status"] == self.name else []

    def send(self, payload: Any) -> Found:
        self.caller.write("PUT", f"/{self.run}/status", json=payload).json()
        return Found("status")


def handle(job: Job) -> None:
    """Do the four writes; the base address comes with the connection."""
    run = job.key
    with Caller(
        job.connection, base_url=job.connection.host, auth=_Pid(), before_call=job.keep_going
    ) as caller:
        for make, kind, name in (
            (Thing, "supplier", "Northlight"),
            (Thing, "order", "PO-1"),
            (Lines, "lines", "PO-1 lines"),
            (Status, "status", "SENT"),
        ):
            perform(job, make(job, caller, run, kind=kind, name=name))


def without(protection: str) -> None:
    """Take one protection out of the journal, to prove that the tests would notice."""
    if protection == "look":
        journal._look = lambda job, step, write: None
    elif protection == "settle":
        journal._let_settle = lambda step: None
    elif protection == "confirm":
        journal._confirm_absence = lambda job, step, write: None
    elif protection:
        raise ValueError(protection)


def work_until_done(connection_id: int, *, die_at: int | None, missing: str, seconds: float) -> int:
    """Work this connection's lane until nothing is left to do: 0, or 1 when it stopped."""
    engine.HANDLERS[KIND] = "tests.crash.worker.handle"
    engine.async_task = lambda *args: None
    without(missing)
    crash.arm(die_at)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        slices.work(connection_id)
        with unscoped():
            task = SyncTask.objects.filter(connection_id=connection_id).first()
        if task is None:
            return 0
        if task.trouble:
            return 1
        time.sleep(0.02)
    return 2
