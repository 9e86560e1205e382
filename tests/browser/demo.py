"""`make run` as a person has it: the command itself, in processes of its own, on free ports."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from integrations.demo.people import PASSWORD
from tests.sandbox.brand import NuOrderSandbox
from tests.sandbox.till import XSeriesSandbox

READY_SECONDS = 240
STOP_SECONDS = 30
TIME_SCALE = "0.1"
"""A call may take 6 s: enough on a busy machine; an outcome settles in 12 s."""
# The demo brings its own; those of the test would lead it to the test's database.
NOT_ITS_OWN = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE")


@dataclass(frozen=True)
class Demo:
    """A running demo: the app's address and both outside systems."""

    url: str
    nuorder: NuOrderSandbox
    pos: XSeriesSandbox
    password: str = PASSWORD

    def all_products(self) -> list[dict[str, Any]]:
        """Every live product of the POS, variants singly."""
        rows: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.pos.ok("GET", f"/products?after={after}&page_size=1000")
            if not page["data"]:
                return rows
            rows += page["data"]
            after = page["version"]["max"]


@contextmanager
def running_demo(var: Path, *, size: str = "tiny") -> Iterator[Demo]:
    """Start the demo, hand it over once it says that it is ready, and end it as Ctrl-C does."""
    var.mkdir(parents=True, exist_ok=True)
    chosen = dict(zip(("web", "nuorder", "xseries"), _free_ports(3), strict=True))
    (var / "demo-ports.json").write_text(json.dumps(chosen))
    environment = {name: value for name, value in os.environ.items() if name not in NOT_ITS_OWN}
    environment |= {"VAR_DIR": str(var), "DEMO": "1", "SYNC_TIME_SCALE": TIME_SCALE}
    said = var / "demo.txt"
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--size", size],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, said)
        addresses = json.loads((var / "demo-ports.json").read_text())
        at = {name: f"http://127.0.0.1:{port}" for name, port in addresses.items()}
        yield Demo(
            at["web"], NuOrderSandbox(at["nuorder"]), XSeriesSandbox(at["xseries"], "alder-quay")
        )
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
            process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", said: Path) -> None:
    ends = time.monotonic() + READY_SECONDS
    while not re.search(r"^Ctrl-C ends it", said.read_text(), re.MULTILINE):
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < ends, said.read_text()
        time.sleep(0.2)


def _free_ports(n: int) -> list[int]:
    """Ports nobody listens on, each another one."""
    sockets = [socket.socket() for _number in range(n)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
