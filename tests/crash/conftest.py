"""Runs of the made-up order in processes of their own, killed and started again."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from django.db import connections

from integrations import engine
from integrations.models import Connection, RemoteLink, RemoteStep
from retailers.scope import unscoped
from tests.crash import worker
from tests.factories import ConnectionFactory

# SETTLE is 2.4 s, a lease 3.6 s, a call 1.3 s; the server is late by 0.2 s at most.
SCALE = 0.02
AT_ONCE = 24
GIVE_UP_SECONDS = 90.0
EFFECTS = ["thing Northlight", "thing PO-1", f"count PO-1 lines +{worker.COUNT}", "status SENT"]


@dataclass
class Run:
    """One order, the crash points at which its workers die, one after another."""

    name: str
    deaths: tuple[int, ...] = ()
    missing: str = ""
    confirming: bool = True
    kill_after: tuple[float, ...] = ()
    connection: Connection = None  # type: ignore[assignment]
    pid: int = 0
    started: float = 0.0
    kills: int = 0
    code: int | None = None
    effects: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Fork a worker; it has no database connection of ours."""
        connections.close_all()
        die_at = self.deaths[self.kills] if self.kills < len(self.deaths) else None
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            code = 70
            try:
                worker.Thing.confirm_twice = self.confirming
                code = worker.work_until_done(
                    self.connection.pk,
                    die_at=die_at,
                    missing=self.missing,
                    seconds=GIVE_UP_SECONDS,
                )
            finally:
                os._exit(code)

    def check(self) -> bool:
        """Is the run over? A killed worker is followed by the next."""
        alive_for = time.monotonic() - self.started
        if self.kills < len(self.kill_after) and alive_for > self.kill_after[self.kills]:
            os.kill(self.pid, signal.SIGKILL)
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return False
        if os.WIFSIGNALED(status):
            self.kills += 1
            self.start()
            return False
        self.code = os.WEXITSTATUS(status)
        return True


@dataclass
class Theatre:
    """The other side, and the runs that play against it."""

    url: str
    shop: object

    def prepare(self, run: Run, *, faults: dict | None = None, lag: float = 0.0) -> Run:
        run.connection = ConnectionFactory(retailer=self.shop, host=self.url, name=run.name)
        behave = {"faults": faults or {}, "lag": lag}
        requests.put(f"{self.url}/{run.name}/behave", json=behave, timeout=10)
        engine.ask(run.connection, f"{worker.KIND}:{run.name}")
        return run

    def play(self, runs: list[Run]) -> None:
        """All runs, some at a time; afterwards each has its code and its effects."""
        waiting, playing = list(runs), []
        while waiting or playing:
            while waiting and len(playing) < AT_ONCE:
                playing.append(waiting.pop(0))
                playing[-1].start()
            playing = [run for run in playing if not run.check()]
            time.sleep(0.01)
        for run in runs:
            self._collect(run)

    def _collect(self, run: Run) -> None:
        """The ledger, when the server has finished what it began."""
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            found = requests.get(f"{self.url}/{run.name}/ledger", timeout=10).json()
            if not found["busy"]:
                break
            time.sleep(0.05)
        run.effects = found["effects"]


def damaged(run: Run) -> list[str]:
    """What is wrong with a run: the three-way comparison of wish, ledger and our own rows."""
    wrong = [] if run.code == 0 else [f"did not finish (exit {run.code})"]
    once = [effect for effect in run.effects if not effect.startswith("status")]
    wrong += [f"doubled: {one}" for one in set(once) if once.count(one) > 1]
    wrong += [f"lost: {one}" for one in EFFECTS if one not in run.effects]
    with unscoped():
        steps = RemoteStep.objects.filter(connection=run.connection)
        states = list(steps.values_list("state", flat=True))
        links = RemoteLink.objects.filter(connection=run.connection).count()
    if states != ["done"] * worker.WRITES or links != worker.WRITES:
        wrong.append(f"our rows: {states}, {links} links")
    return [f"{run.name}: {line}" for line in wrong]


@pytest.fixture
def theatre(shop, settings, transactional_db):
    settings.SYNC_TIME_SCALE = SCALE
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 100}
    program = Path(__file__).with_name("remote.py")
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as server:
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        settings.TRUSTED_ORIGINS = [url]
        try:
            yield Theatre(url, shop)
        finally:
            server.terminate()


def seeded(seed: int) -> random.Random:
    return random.Random(seed)
