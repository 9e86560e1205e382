"""`manage.py demo` (`make run`): sandbox, worker and web on this machine, until Ctrl-C."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from types import FrameType
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations import processes
from integrations.demo.household import Household, settle_ports
from integrations.supervisor import Running, Supervisor

READY_SECONDS = 90.0


class _Stop(Exception):
    """Ctrl-C or SIGTERM."""


class Command(BaseCommand):
    help = "Start a working shop: sandbox, worker and web. Ctrl-C ends all of it."
    requires_system_checks = ()
    _remembered = ""
    _stopping = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", default="demo", help="of the sandbox's world: tiny or demo")

    def handle(self, *args: Any, **options: Any) -> None:
        var = Path(settings.VAR_DIR)
        register = var / "demo-processes.json"
        self._refuse_twice(register)
        household, notes = settle_ports(Path(settings.BASE_DIR), var, size=options["size"])
        for note in notes:
            self._say(note)
        supervisor = Supervisor(self._say)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._asked_to_stop)
        try:
            self._run(household, supervisor, register)
        except _Stop:
            self._say("Stopping …")
        finally:
            supervisor.stop()
            register.unlink(missing_ok=True)
        self._say("Stopped. Everything is kept for the next time.")

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Only noted, so that no process is started and then forgotten; again changes nothing."""
        self._stopping = True

    def _tick(self, supervisor: Supervisor, seconds: float) -> None:
        """A moment of looking after the services; raises _Stop when we were asked to."""
        if self._stopping:
            raise _Stop
        supervisor.check()
        time.sleep(seconds)

    def _run(self, household: Household, supervisor: Supervisor, register: Path) -> None:
        first = not (household.var / "sandbox" / "xseries.sqlite3").exists()
        self._say("Starting …" + (" The first time it makes a shop; give it a minute." * first))
        boxes = [supervisor.start(service) for service in household.sandboxes()]
        self._remember(supervisor, register)
        self._step(household, supervisor, "tables")
        for box, url in zip(boxes, (household.nuorder_url, household.xseries_url), strict=True):
            self._wait_for(box, f"{url}/_sandbox/health", supervisor)
        supervisor.start(household.worker())
        web = supervisor.start(household.server())
        self._remember(supervisor, register)
        self._wait_for(web, f"{household.web_url}/healthz", supervisor)
        self._step(household, supervisor, "accounts")
        self._say("Ctrl-C ends it. Logs: " + str(household.var / "log"))
        while True:
            self._tick(supervisor, 0.25)
            self._remember(supervisor, register)

    def _step(self, household: Household, supervisor: Supervisor, name: str) -> None:
        """Run one step of the preparation beside the services."""
        process = subprocess.Popen(
            household.manage("demo_prepare", name),
            env=household.environment(quiet=True),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=None if name == "accounts" else subprocess.DEVNULL,
        )
        try:
            while process.poll() is None:
                self._tick(supervisor, 0.1)
        finally:
            processes.kill(process.pid)
            process.wait()
        if process.returncode:
            raise CommandError(f"The demo could not be prepared ({name}).")

    def _wait_for(self, one: Running, url: str, supervisor: Supervisor) -> None:
        """Until it answers; says where to look when it does not."""
        ends = time.monotonic() + READY_SECONDS
        while time.monotonic() < ends:
            with contextlib.suppress(requests.RequestException):
                if requests.get(url, timeout=2).ok:
                    return
            self._tick(supervisor, 0.1)
        raise CommandError(f"{one.service.name} did not start; see {one.service.log}.")

    def _refuse_twice(self, register: Path) -> None:
        """One demo a data folder; what a killed one left running is ended first."""
        try:
            last = json.loads(register.read_text())
        except (OSError, ValueError):
            return
        if "demo" in processes.command_of(int(last["supervisor"])):
            raise CommandError("It runs already in another terminal, with the same data.")
        for session, command in last["services"]:
            if command and processes.command_of(int(session)) == command:
                processes.kill(int(session))

    def _remember(self, supervisor: Supervisor, register: Path) -> None:
        """Write down what runs, so that the next start can clear up after a hard end."""
        services = [
            [one.process.pid, processes.command_of(one.process.pid)]
            for one in supervisor.running
            if one.process is not None and one.alive
        ]
        text = json.dumps({"supervisor": os.getpid(), "services": services})
        if text != self._remembered:
            draft = register.with_suffix(".new")
            draft.write_text(text)
            draft.replace(register)
            self._remembered = text

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
