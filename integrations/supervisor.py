"""Keeps a few services running: starts them, restarts what dies, and ends all of them in order.

Each service has a process session of its own. Stopping is SIGTERM to its main process only (the
queue's cluster hangs when its whole group gets one), then, after its grace, the hard end of the
session.
"""

import contextlib
import logging
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from integrations import processes

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
CALM_SECONDS = 60.0
HEALTH_EVERY_SECONDS = 15.0


@dataclass(frozen=True)
class Service:
    """What to run, and how patient to be with it.

    `grace` is how long it may take to stop. `healthy` is asked every 15 s once `settle` seconds
    have passed; a service that says no is restarted as if it had died.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    grace: float = 3.0
    healthy: Callable[[], bool] | None = None
    settle: float = 240.0


@dataclass
class Running:
    """A service and the process that is it just now."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    checked: float = 0.0
    starts: int = 0
    again_at: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    past: list[int] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.service.log.parent.mkdir(parents=True, exist_ok=True)
        with self.service.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.service.command,
                env=dict(self.service.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.past.append(self.process.pid)
        self.started = self.checked = time.monotonic()
        self.starts += 1

    def bury(self) -> None:
        """Its main process is gone: end what it left behind."""
        if self.process is not None:
            processes.kill(self.process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=2)

    def ask_to_stop(self) -> None:
        if self.process is not None and self.alive:
            self.process.terminate()

    def wait(self, until: float) -> bool:
        """Has it ended by then?"""
        if self.process is None:
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=max(0.0, until - time.monotonic()))
        return not self.alive


class Supervisor:
    """Call `check` again and again; `say` gets a sentence for each thing that happened."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.running: list[Running] = []

    def start(self, service: Service) -> Running:
        one = Running(service)
        one.start()
        self.running.append(one)
        return one

    def check(self) -> None:
        """Restart what died, after a pause that grows while it keeps dying."""
        now = time.monotonic()
        for one in self.running:
            if one.alive:
                self._check_living(one, now)
            elif one.again_at == 0.0:
                code = one.process.returncode if one.process else None
                if now - one.started > CALM_SECONDS:
                    one.pause = FIRST_PAUSE_SECONDS
                one.again_at = now + one.pause
                self._say(
                    f"{one.service.name} ended (exit {code}) and is started again; "
                    f"see {one.service.log}."
                )
                one.bury()
            elif now >= one.again_at:
                one.pause = min(one.pause * 2, LONGEST_PAUSE_SECONDS)
                one.again_at = 0.0
                one.start()

    def _check_living(self, one: Running, now: float) -> None:
        healthy = one.service.healthy
        if healthy is None or now - one.started < one.service.settle:
            return
        if now - one.checked < HEALTH_EVERY_SECONDS:
            return
        one.checked = now
        if not healthy():
            self._say(f"{one.service.name} gives no sign of life and is started again.")
            one.bury()

    def stop(self) -> None:
        """End all services, the last started first, each within its grace; leave no process."""
        for one in reversed(self.running):
            one.ask_to_stop()
            if not one.wait(time.monotonic() + one.service.grace):
                logger.info("%s did not stop in time and is ended.", one.service.name)
            one.bury()
        for one in self.running:
            for session in one.past:
                if processes.members(session):
                    processes.kill(session)
        self.running.clear()


def python_environment(**values: str) -> dict[str, str]:
    """Our environment with these values, and output that reaches the log at once."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", **values}
