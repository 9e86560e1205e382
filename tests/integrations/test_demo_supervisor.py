"""`make run` keeps its processes: restarts what dies, ends all of them, leaves none behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from django.test import Client

from integrations import processes
from integrations.demo import ports
from integrations.demo.household import settle_ports
from integrations.demo.moves import follow_the_sandbox
from integrations.demo.sign_in import link_for
from integrations.supervisor import Service, Supervisor, python_environment
from tests.factories import ConnectionFactory, SupplierItemFactory

ROOT = Path(__file__).resolve().parents[2]
SLEEP = "import time; time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {DEAF!r}]); {SLEEP}"


def until(true, seconds=10.0):
    """Wait for it; the test fails when it does not come."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen in time")


@pytest.fixture
def supervisor():
    said = []
    one = Supervisor(said.append)
    one.said = said
    yield one
    one.stop()


@pytest.fixture
def service(tmp_path):
    def make(code, **facts):
        return Service(
            "thing",
            [sys.executable, "-c", code],
            python_environment(),
            tmp_path / "log" / "thing.log",
            **{"grace": 0.5, **facts},
        )

    return make


def checked(supervisor, true):
    def look():
        supervisor.check()
        return true()

    return look


def test_what_dies_is_started_again_after_a_pause_that_grows(supervisor, service):
    one = supervisor.start(service("raise SystemExit(3)"))
    until(checked(supervisor, lambda: one.starts >= 3))
    assert "exit 3" in supervisor.said[0]
    assert one.pause >= 1.0


def test_its_words_are_in_its_log(supervisor, service):
    one = supervisor.start(service(f"print('hello', flush=True); {SLEEP}"))
    until(lambda: "hello" in one.service.log.read_text())


def test_what_a_dead_one_left_behind_is_ended_before_it_starts_again(supervisor, service):
    """As when the queue's main process is killed: its workers live on (reliability E4)."""
    one = supervisor.start(service(PARENT))
    first = one.process.pid
    until(lambda: len(processes.members(first)) == 2)
    os.kill(first, signal.SIGKILL)
    until(checked(supervisor, lambda: one.starts == 2))
    assert processes.members(first) == []


def test_who_does_not_listen_is_ended_and_its_children_too(supervisor, service):
    one = supervisor.start(service(PARENT.replace(SLEEP, "", 0)))
    until(lambda: len(processes.members(one.process.pid)) == 2)
    session, began = one.process.pid, time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 5
    assert processes.members(session) == []


def test_one_that_only_seems_alive_is_started_again(supervisor, service):
    """E3: the queue can stall with all its processes up."""
    one = supervisor.start(service(SLEEP, healthy=lambda: False, settle=0.0))
    one.checked = -1000.0
    until(checked(supervisor, lambda: one.starts == 2))
    assert "no sign of life" in supervisor.said[0]


def test_a_taken_port_is_named_and_the_next_is_used(tmp_path):
    import socket

    with socket.create_server((ports.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "demo-ports.json").write_text(json.dumps({"web": port}))
        household, notes = settle_ports(ROOT, tmp_path, size="tiny")
    assert household.web != port
    assert f"Port {port} is in use" in notes[0]
    again, notes = settle_ports(ROOT, tmp_path, size="tiny")
    assert (again.web, notes) == (household.web, []), "the next start keeps the choice"


def test_one_server_that_moves_leaves_the_others_where_they_were(tmp_path):
    import socket

    with socket.create_server((ports.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        memory = {"web": port + 7, "nuorder": port, "xseries": port + 1}
        (tmp_path / "demo-ports.json").write_text(json.dumps(memory))
        household, _notes = settle_ports(ROOT, tmp_path, size="tiny")
    assert household.nuorder > port + 1, "the POS's port is not free for the taking"


def test_portals_and_pictures_follow_the_sandbox_to_another_port(in_shop, settings):
    settings.NUORDER_HOST = "http://127.0.0.1:8804"
    was, elsewhere = "http://127.0.0.1:8801", "https://buyer.nuorder.com"
    portal = ConnectionFactory(retailer=in_shop, host=was)
    real = ConnectionFactory(retailer=in_shop, host=elsewhere)
    item = SupplierItemFactory(
        retailer=in_shop, image_urls=[f"{was}/images/a.png", "https://cdn.example/b.png"]
    )
    assert follow_the_sandbox() == 1
    for row in (portal, real, item):
        row.refresh_from_db()
    assert (portal.host, real.host) == (settings.NUORDER_HOST, elsewhere)
    assert item.image_urls == ["http://127.0.0.1:8804/images/a.png", "https://cdn.example/b.png"]
    assert follow_the_sandbox() == 0, "nothing is left to do the next time"


# --- the one-click sign-in ---------------------------------------------------------------------


@pytest.mark.django_db
def test_the_link_signs_in_in_the_demo_and_is_unknown_elsewhere(ana, settings):
    address = link_for(ana)
    assert Client().get(address).status_code == 404
    settings.DEMO = True
    browser = Client()
    assert browser.get(address).status_code == 302
    assert browser.session["_auth_user_id"] == str(ana.pk)
    assert Client().get(address[:-3] + "xx/").status_code == 404


# --- all of it ---------------------------------------------------------------------------------


class Demo:
    """`manage.py demo` in a data folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
        }
        self.output = var / "output.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "demo", "--size", "tiny"],
                env={**environment, "VAR_DIR": str(var), "DEMO": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ready(self) -> str:
        """Wait until it says that it is up; what it said."""
        until(lambda: "Ctrl-C ends it" in self.said() or self.process.poll() is not None, 240)
        assert self.process.poll() is None, self.said()
        return self.said()

    def said(self) -> str:
        return self.output.read_text()

    def sessions(self) -> list[int]:
        register = json.loads((self.var / "demo-processes.json").read_text())
        return [session for session, _command in register["services"]]

    def stop(self) -> float:
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)
        return time.monotonic() - began


@pytest.mark.processes
@pytest.mark.slow
def test_the_whole_demo(tmp_path):
    demo = Demo(tmp_path)
    sessions: list[int] = []
    try:
        said = demo.ready()
        sessions = demo.sessions()
        assert len(sessions) == 4
        web = re.search(r"PO Sync +(\S+)", said)[1]
        link = re.search(r"sign in +(\S+)", said)[1]

        browser = requests.Session()
        assert browser.get(link, timeout=20, allow_redirects=False).status_code == 302
        page = browser.get(f"{web}connections/", timeout=20)
        assert page.status_code == 200
        assert "Alder" in page.text

        # A child that dies comes back.
        os.kill(sessions[-1], signal.SIGKILL)

        def answers():
            try:
                return requests.get(f"{web}healthz", timeout=2).ok
            except requests.RequestException:
                return False

        until(lambda: demo.sessions() != sessions and answers(), 60)
        sessions += demo.sessions()

        assert demo.stop() < 15
        assert [pid for session in sessions for pid in processes.members(session)] == []

        # The second start finds everything as it was, on the same ports.
        again = Demo(tmp_path)
        try:
            assert f"PO Sync        {web}" in again.ready()
            sessions += again.sessions()
        finally:
            assert again.stop() < 15
    finally:
        if demo.process.poll() is None:
            demo.stop()
        for session in sessions:
            processes.kill(session)
