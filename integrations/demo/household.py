"""The demo's people and services: who runs, with which settings, on which ports."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import requests

from integrations.demo import ports
from integrations.supervisor import Service, python_environment

WEB_PORT, NUORDER_PORT, XSERIES_PORT = 8000, 8801, 8802
CLIENT_ID = "po-sync-demo"
CLIENT_SECRET = "po-sync-demo-secret"  # noqa: S105 - the sandbox's # nosec B105
# Short enough to watch a settle wait (24 s), long enough for a slow machine (13 s a call).
TIME_SCALE = "0.2"


@dataclass(frozen=True)
class Household:
    """Where everything of one demo is."""

    root: Path
    var: Path
    web: int
    nuorder: int
    xseries: int
    size: str = "demo"

    @property
    def web_url(self) -> str:
        return f"http://{ports.HOST}:{self.web}"

    @property
    def nuorder_url(self) -> str:
        return f"http://{ports.HOST}:{self.nuorder}"

    @property
    def xseries_url(self) -> str:
        return f"http://{ports.HOST}:{self.xseries}"

    def environment(self, *, quiet: bool = False) -> dict[str, str]:
        """What makes the app speak to the sandbox; `quiet` for what writes to the terminal."""
        given = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEMO": "1",
            "VAR_DIR": str(self.var),
            "LOG_LEVEL": "WARNING" if quiet else "INFO",
            "BASE_URL": self.web_url,
            "TRUSTED_ORIGINS": f"{self.nuorder_url},{self.xseries_url}",
            "NUORDER_HOSTS": self.nuorder_url,
            "NUORDER_HOST": self.nuorder_url,
            "NUORDER_WEB_URL": self.nuorder_url,
            "XSERIES_URL": f"{self.xseries_url}/{{prefix}}",
            "XSERIES_CONNECT_URL": f"{self.xseries_url}/connect",
            "XSERIES_CLIENT_ID": CLIENT_ID,
            "XSERIES_CLIENT_SECRET": CLIENT_SECRET,
            "SYNC_TIME_SCALE": os.environ.get("SYNC_TIME_SCALE", TIME_SCALE),
        }
        return python_environment(**given)

    def sandboxes(self) -> list[Service]:
        return [self._sandbox("nuorder", self.nuorder), self._sandbox("xseries", self.xseries)]

    def _sandbox(self, name: str, port: int) -> Service:
        data = self.var / "sandbox"
        data.mkdir(parents=True, exist_ok=True)
        scale = self.environment()["SYNC_TIME_SCALE"]
        arguments = ["--port", str(port), "--data", str(data), "--size", self.size]
        arguments += ["--lag-scale", scale]
        arguments += ["--nuorder-url", self.nuorder_url, "--xseries-url", self.xseries_url]
        command = [sys.executable, "-m", "integrations.sandbox", name, *arguments]
        return Service(
            f"sandbox {name}", command, self._in_root(), self.var / "log" / f"{name}.log", grace=2.0
        )

    def worker(self) -> Service:
        return Service(
            "worker",
            self.manage("qcluster"),
            self._in_root(),
            self.var / "log" / "worker.log",
            grace=5.0,
            healthy=self._worker_beats,
        )

    def _worker_beats(self) -> bool:
        """The web says whether a beat came through the queue; a silent web is no proof."""
        try:
            wrong = requests.get(f"{self.web_url}/readyz", timeout=5).json()["wrong"]
        except (requests.RequestException, ValueError, KeyError):
            return True
        return "worker" not in wrong

    def server(self) -> Service:
        command = [sys.executable, "-m", "gunicorn", "config.wsgi:application"]
        command += ["--bind", f"{ports.HOST}:{self.web}", "--chdir", str(self.root)]
        command += ["--worker-class", "gthread", "--workers", "1", "--threads", "8"]
        command += ["--graceful-timeout", "2", "--no-control-socket", "--error-logfile", "-"]
        return Service("web", command, self._in_root(), self.var / "log" / "web.log", grace=4.0)

    def manage(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.root / "manage.py"), *arguments]

    def _in_root(self) -> dict[str, str]:
        path = os.environ.get("PYTHONPATH", "")
        joined = os.pathsep.join(part for part in (str(self.root), path) if part)
        return {**self.environment(), "PYTHONPATH": joined}


def settle_ports(root: Path, var: Path, *, size: str) -> tuple[Household, list[str]]:
    """Take the ports of the last time, else the usual ones, else the next free.

    The sentences say which port was taken by somebody else.
    """
    notes: list[str] = []
    memory = var / "demo-ports.json"
    last = _remembered(memory)
    taken: set[int] = set()
    chosen: dict[str, int] = {}
    wishes = {
        name: last.get(name, usual)
        for name, usual in (("web", WEB_PORT), ("nuorder", NUORDER_PORT), ("xseries", XSERIES_PORT))
    }
    for name, wanted in wishes.items():
        # One that has to move does not push the others from their places.
        kept = {port for other, port in wishes.items() if other != name} - {wanted}
        chosen[name] = ports.pick(wanted, taken | kept)
        taken.add(chosen[name])
        if chosen[name] != wanted:
            notes.append(
                f"Port {wanted} is in use by another program; {name} uses {chosen[name]} instead."
            )
    memory.write_text(json.dumps(chosen))
    return Household(root, var, **chosen, size=size), notes


def _remembered(memory: Path) -> dict[str, int]:
    """Addresses are stored in connections and pictures, so a second start keeps its ports."""
    try:
        found = json.loads(memory.read_text())
        return {str(name): int(port) for name, port in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}
