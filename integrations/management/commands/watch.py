"""`manage.py watch`: run the queue's cluster, and start it anew when it dies or only seems alive.

For machines without a supervisor that does it. A cluster can stall with all its processes up; only
a beat that came through the whole queue proves that it works.
"""

import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from integrations.health import beat_is_fresh
from integrations.supervisor import Service, Supervisor, python_environment

GRACE_SECONDS = 150.0


def beats() -> bool:
    """The worker's sign of life; a database that does not answer is no fault of the worker."""
    try:
        return beat_is_fresh()
    except DatabaseError:
        return True
    finally:
        connection.close()


class Command(BaseCommand):
    help = "Run the worker and restart it when it dies or stalls."

    def handle(self, *args: Any, **options: Any) -> None:
        self._going = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        supervisor = Supervisor(self.stdout.write)
        supervisor.start(
            Service(
                "worker",
                [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "qcluster"],
                python_environment(),
                Path(settings.VAR_DIR) / "log" / "worker.log",
                grace=GRACE_SECONDS,
                healthy=beats,
            )
        )
        while self._going:
            supervisor.check()
            time.sleep(0.5)
        supervisor.stop()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._going = False
