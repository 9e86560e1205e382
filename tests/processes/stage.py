"""The sandboxes and the queue's cluster as processes of their own, on the test's database.

The cluster is what production runs, `manage.py qcluster` in a session of its own; the database is
the one pytest made, SQLite or PostgreSQL; the broker is the database, or Redis where REDIS_URL is
set. The test plays the people and the clock.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import requests
from django.conf import settings as django_settings
from django.db import connection as database
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf

from integrations import processes, tasks
from integrations.demo import ports
from integrations.demo.household import Household
from integrations.models import SyncTask
from integrations.slices import due_lanes
from integrations.supervisor import Running, Service
from retailers.models import Retailer
from retailers.scope import acting_for, unscoped
from tests.sandbox.brand import NuOrderSandbox
from tests.sandbox.till import XSeriesSandbox
from tests.town import SHOP, Town

# A lease is 9 s, an outcome settles in 6 s, a call may take 3.2 s.
SCALE = 0.05
READY_SECONDS = 90.0
SWEEP_EVERY_SECONDS = 1.0
# Of Redis's 16 databases the upper half; the lower one is for the caches of the tests.
FIRST_REDIS, REDIS_NUMBERS = 8, 8


@dataclass
class Stage:
    """Everything that runs, where it is, and the worker that can be killed."""

    household: Household
    environment: dict[str, str]
    redis_url: str
    boxes: list[Running] = field(default_factory=list)
    worker: Running | None = None
    kills: int = 0

    def start_boxes(self) -> None:
        for service in self.household.sandboxes():
            self.boxes.append(self._start(service))
        ends = time.monotonic() + READY_SECONDS
        for url in (self.household.nuorder_url, self.household.xseries_url):
            while not _answers(f"{url}/_sandbox/health"):
                assert time.monotonic() < ends, self.logs()
                time.sleep(0.1)

    def start_worker(self) -> None:
        self.worker = self._start(self.household.worker())

    def _start(self, service: Service) -> Running:
        environment = {**service.environment, **self.environment}
        one = Running(replace(service, environment=environment))
        one.start()
        return one

    def kill_worker(self) -> None:
        """SIGKILL to every process of the cluster's session, and nothing left of it."""
        assert self.worker is not None
        session = self.worker.past[-1]
        self.worker.bury()
        ends = time.monotonic() + 10
        while processes.members(session):
            assert time.monotonic() < ends, "a killed worker is still there"
            time.sleep(0.01)
        self.kills += 1

    def lose_messages(self) -> int:
        """Empty the queue, as a Redis that was restarted would be; how many messages were lost."""
        broker = get_broker()
        lost = int(broker.queue_size())
        broker.delete_queue()
        return lost

    def stop(self) -> None:
        for one in [*self.boxes, *([self.worker] if self.worker else [])]:
            one.bury()

    def logs(self) -> str:
        """The end of each log, for a failure that has to be understood."""
        logs = sorted((self.household.var / "log").glob("*.log"))
        return "\n".join(f"--- {log}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)


@dataclass
class StaffedTown(Town):
    """A town whose worker is the cluster: `work` waits for it instead of working here."""

    stage: Stage = None  # type: ignore[assignment]
    patience: float = 240.0

    def work(self, rounds: int = 60) -> None:
        """Until nothing of this shop is due or being worked on."""
        self.wait(lambda: not self._busy())

    def settle(self, seconds: float = 20) -> None:
        """Until nothing of an order waits."""
        self.wait(lambda: not self.waiting() or bool(self.troubles()))

    def wait(self, happened: Callable[[], bool], *, sweeping: bool = True) -> None:
        """Until it happened; meanwhile the sweeper comes by, as it does each minute."""
        ends = time.monotonic() + self.patience
        swept = time.monotonic()
        while not happened():
            assert time.monotonic() < ends, f"{self._state()}\n{self.stage.logs()}"
            if sweeping and time.monotonic() - swept > SWEEP_EVERY_SECONDS:
                tasks.sweep()
                swept = time.monotonic()
            time.sleep(0.05)

    def _busy(self) -> bool:
        with acting_for(self.shop):
            rows = SyncTask.objects.filter(trouble="")
            soon = timezone.now()
            return rows.filter(not_before__lte=soon).exists() or (
                rows.exclude(claimed_at=None).exists()
            )

    def _state(self) -> str:
        with unscoped():
            rows = list(SyncTask.objects.values("subject", "trouble", "trouble_text", "wait_text"))
        return f"kills {self.stage.kills}, due lanes {due_lanes()}, tasks {rows}"

    def slow_down(self) -> None:
        """The POS takes 0.1 s more for each call: what is asked is done after the asker died."""
        self.pos.fault("*", "late", count=0, params={"seconds": 0.1})

    def kill_during(self, chance: Random, kills: int, span: int) -> None:
        """Kill the worker this often at random moments of the next `span` calls, and restart it.

        A moment is a number of calls the POS has answered and up to 0.2 s more; so a kill strikes
        between two statements, in the middle of a request, or before an answer is stored.
        """
        seen = self.calls_seen()
        for mark in sorted(chance.sample(range(1, span), kills)):
            self.wait(lambda mark=mark: self.calls_seen() - seen >= mark)
            assert self.waiting(), f"it was over before call {mark}"
            time.sleep(chance.uniform(0, 0.2))
            self.stage.kill_worker()
            self.stage.start_worker()

    def calls_seen(self) -> int:
        """How many requests to its API the POS has answered."""
        counts = self.pos.control("GET", f"/ledger?after={10**12}").json()["counts"]
        return sum(number for statuses in counts.values() for number in statuses.values())


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(url, timeout=2).ok
    return False


def _database_url() -> str:
    """The test's own database, as an address for another process."""
    facts = database.settings_dict
    if database.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    person = quote(facts["USER"]) + (f":{quote(facts['PASSWORD'])}" if facts["PASSWORD"] else "")
    place = f"{facts['HOST']}:{facts['PORT']}" if facts["PORT"] else facts["HOST"]
    return f"postgres://{person}@{place}/{facts['NAME']}"


def _redis_url() -> str:
    """A Redis database of this test process; "" where the queue lives in the database."""
    if not django_settings.REDIS_URL:
        return ""
    number = FIRST_REDIS + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % REDIS_NUMBERS
    return urlunsplit(urlsplit(django_settings.REDIS_URL)._replace(path=f"/{number}"))


@contextmanager
def stage_in(folder: Path, *, size: str) -> Iterator[Stage]:
    """Sandboxes up, no worker yet; everything is gone afterwards."""
    taken: set[int] = set()
    nuorder, xseries = (ports.pick(_free_port(), taken) for _ in range(2))
    household = Household(
        Path(django_settings.BASE_DIR), folder, 0, nuorder=nuorder, xseries=xseries, size=size
    )
    redis_url = _redis_url()
    environment = {
        "DATABASE_URL": _database_url(),
        "REDIS_URL": redis_url,
        "SYNC_TIME_SCALE": str(SCALE),
        "SECRET_KEY": django_settings.SECRET_KEY,
        "XSERIES_CLIENT_ID": "po-sync",
        "XSERIES_CLIENT_SECRET": "po-sync-secret",
        "WORKERS": "2",
    }
    stage = Stage(household, environment, redis_url)
    try:
        stage.start_boxes()
        stage.lose_messages()
        yield stage
    finally:
        stage.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((ports.HOST, 0))
        return int(probe.getsockname()[1])


def town_on(stage: Stage, shop: Retailer) -> StaffedTown:
    """A shop on this stage; the POS account is new to it."""
    return StaffedTown(
        shop,
        NuOrderSandbox(stage.household.nuorder_url),
        XSeriesSandbox(stage.household.xseries_url, SHOP),
        stage=stage,
    )


def use(stage: Stage, settings: Any, monkeypatch: Any) -> None:
    """Let this process speak of the same addresses, pace and queue as the worker."""
    household = stage.household
    settings.TRUSTED_ORIGINS = [household.nuorder_url, household.xseries_url]
    settings.NUORDER_HOST = household.nuorder_url
    settings.NUORDER_HOSTS = [household.nuorder_url]
    settings.XSERIES_URL = household.xseries_url + "/{prefix}"
    settings.SYNC_TIME_SCALE = SCALE
    if stage.redis_url:
        monkeypatch.setattr(Conf, "REDIS", stage.redis_url)
