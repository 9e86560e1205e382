"""The kit: storage, JSON that keeps its digits, the ledger, and every fault on the wire."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import request

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.faults import KINDS, Faults, Rule
from integrations.sandbox.kit.ledger import Ledger
from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import Hooks, as_json, json_body, list_lag, make_app, running


class Shelf:
    """A server with one list and one way to add to it."""

    def __init__(self) -> None:
        self.store = Store(None)
        self.ledger = Ledger(self.store)
        self.faults = Faults()
        self.app = make_app(
            "shelf", self.store, self.ledger, self.faults, hooks=Hooks(reseed=self._seed)
        )
        self.app.add_url_rule("/things", "things", self._things, methods=["GET", "POST"])
        self.url = ""

    def _seed(self, seed: int, size: str) -> None:
        for number in (1, 2):
            self.store.put("thing", str(number), {"id": str(number), "price": Decimal("1.10")})

    def _things(self) -> Any:
        if request.method == "GET":
            rows = self.store.find("thing")
            return as_json({"data": rows, "version": {"min": 1, "max": len(rows)}})
        made = json_body()
        self.store.put("thing", made["id"], made)
        self.ledger.effect("thing_made", made["id"])
        return as_json({"data": made["id"], "lag": list_lag()}, 201)

    def get(self, **more: Any) -> requests.Response:
        return self._ask("GET", allow_redirects=False, **more)

    def post(self, own: str = "9", **more: Any) -> requests.Response:
        return self._ask("POST", json={"id": own}, **more)

    def _ask(self, method: str, timeout: float = 5, **more: Any) -> requests.Response:
        return requests.request(method, f"{self.url}/things", timeout=timeout, **more)

    def made(self) -> int:
        """How many things were really made."""
        return len(self.ledger.effects("thing_made"))


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    box = Shelf()
    with running(box.app) as url:
        box.url = url
        yield box


# Storage


def test_a_store_finds_by_index_range_and_order(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "box.sqlite3")
    for number, colour in enumerate(["red", "blue", "red", "red"], start=1):
        store.put("sock", str(number), {"id": number}, colour=colour, version=10 * number)
    assert [d["id"] for d in store.find("sock", colour="red")] == [1, 3, 4]
    assert [d["id"] for d in store.find("sock", above={"version": 10}, order="version")] == [
        2,
        3,
        4,
    ]
    latest = store.find(
        "sock", colour="red", below={"version": 40}, order="version", descending=True, limit=1
    )
    assert [d["id"] for d in latest] == [3]
    store.put("sock", "1", {"id": 1}, colour="green")
    assert store.count("sock", colour="red") == 2
    store.delete("sock", "3")
    assert store.get("sock", "3") is None
    store.close()
    again = Store(tmp_path / "deep" / "box.sqlite3")
    assert [d["id"] for d in again.find("sock")] == [1, 2, 4]


def put_and_fail(store: Store, own: str) -> None:
    with store.transaction():
        store.put("sock", own, {})
        store.next_version("all")
        raise KeyError(own)


def test_a_failed_transaction_leaves_nothing_and_an_inner_one_only_itself() -> None:
    store = Store(None)
    with store.transaction():
        store.put("sock", "1", {})
        with pytest.raises(KeyError):
            put_and_fail(store, "2")
    with pytest.raises(KeyError):
        put_and_fail(store, "3")
    assert store.kinds() == {"sock": 1}
    assert store.next_version("all") == 1


def test_versions_never_repeat_between_threads() -> None:
    store = Store(None)
    seen: list[int] = []

    def take() -> None:
        seen.extend(store.next_version("all") for _ in range(100))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 401))


def test_numbers_keep_their_digits() -> None:
    text = '{"price":90.00,"count":3,"word":"90.00"}'
    assert jsontext.dumps(jsontext.loads(text)) == text


@pytest.mark.parametrize("text", ["{", '{"a":NaN}', "[" * 100_000, b"\xff"])
def test_broken_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        jsontext.loads(text)


# Ledger and control


def test_the_ledger_tells_calls_effects_and_counts(shelf: Shelf) -> None:
    shelf.post("7")
    shelf.get()
    told = requests.get(f"{shelf.url}/_sandbox/ledger", timeout=5).json()
    assert [(c["method"], c["status"]) for c in told["calls"]] == [("POST", 201), ("GET", 200)]
    assert [e["subject"] for e in told["effects"]] == ["7"]
    assert told["counts"] == {"GET /things": {"200": 1}, "POST /things": {"201": 1}}
    last = told["calls"][-1]["seq"]
    assert (
        requests.get(f"{shelf.url}/_sandbox/ledger?after={last}", timeout=5).json()["calls"] == []
    )


def test_reset_forgets_everything_and_seeds_again(shelf: Shelf) -> None:
    shelf.post("7")
    shelf.faults.add("*", "status", count=0)
    answer = requests.post(f"{shelf.url}/_sandbox/reset", json={"seed": 3}, timeout=5)
    assert (answer.json()["seed"], answer.json()["documents"]) == (3, {"thing": 2})
    assert shelf.get().status_code == 200
    assert shelf.made() == 0


def test_the_state_and_the_clock_can_be_asked_and_set(shelf: Shelf) -> None:
    state = f"{shelf.url}/_sandbox/state"
    assert requests.get(f"{state}/thing/1", timeout=5).text == '{"id":"1","price":1.10}'
    assert requests.get(f"{state}/thing/none", timeout=5).status_code == 404
    before = shelf.get().headers["Date"]
    requests.post(f"{shelf.url}/_sandbox/clock", json={"offset_seconds": -86400}, timeout=5)
    assert shelf.get().headers["Date"][:16] != before[:16]


def test_other_sites_cannot_use_the_control_api(shelf: Shelf) -> None:
    answer = requests.post(
        f"{shelf.url}/_sandbox/reset", headers={"Origin": "https://elsewhere.example"}, timeout=5
    )
    assert answer.status_code == 403


def test_the_play_pages_show_ledger_and_faults_and_switch_them(shelf: Shelf) -> None:
    pages = f"{shelf.url}/_sandbox/play"
    form = {"route": "GET /things", "kind": "status", "count": "1", "skip": "0", "code": "503"}
    page = requests.post(f"{pages}/faults", data=form, timeout=5)
    assert "GET /things" in page.text
    assert shelf.get().status_code == 503
    requests.post(f"{pages}/faults/off", timeout=5)
    assert shelf.faults.rules() == []
    refused = requests.post(f"{pages}/faults", data={"kind": "nonsense"}, timeout=5)
    assert "Refused" in refused.text
    assert "/things" in requests.get(f"{pages}/ledger", timeout=5).text


# Faults


def test_a_route_names_method_path_and_the_rest_by_stars() -> None:
    def hits(route: str, path: str = "/api/2026-07/products/p1") -> bool:
        return Rule(1, route, "status").matches("POST", "/api/2026-07/products/{id}", path)

    assert hits("POST /api/2026-07/products/{id}")
    assert hits("POST /api/2026-07/products/p1")
    assert hits("/api/2026-07/products/*")
    assert hits("* /api/*/products/")
    assert hits("*")
    assert not hits("POST /api/2026-07/products")
    assert not hits("GET /api/2026-07/products/p1")


def test_skip_and_count_choose_the_calls(shelf: Shelf) -> None:
    shelf.faults.add("GET /things", "status", skip=1, count=2, params={"code": 502})
    assert [shelf.get().status_code for _ in range(4)] == [200, 502, 502, 200]


def test_nonsense_rules_are_refused_in_words(shelf: Shelf) -> None:
    for rule in (
        {"route": "*", "kind": "nonsense"},
        {"kind": "status"},
        {"route": "*", "kind": "status", "count": "many"},
        {"route": "*", "kind": "status", "speed": 3},
    ):
        answer = requests.post(f"{shelf.url}/_sandbox/faults", json=rule, timeout=5)
        assert answer.status_code == 400
        assert answer.json()["error"]


@pytest.mark.parametrize(
    ("form", "shape"),
    [
        ("date", " GMT"),
        ("seconds", "7"),
        ("garbage", "soon"),
        ("past", " GMT"),
        ("negative", "-30"),
        ("2099", "2099"),
        ("none", ""),
    ],
)
def test_too_many_requests_waits_in_every_form(shelf: Shelf, form: str, shape: str) -> None:
    params = {"code": 429, "retry_after": form, "seconds": 7}
    shelf.faults.add("GET /things", "status", params=params)
    answer = shelf.get()
    assert answer.status_code == 429
    assert answer.json()["message"] == "Rate limiting enforced"
    assert shape in answer.headers.get("Retry-After", "")
    assert ("Retry-After" in answer.headers) == (form != "none")


@pytest.mark.parametrize(
    ("kind", "works"),
    [
        ("status", False),
        ("error_after", True),
        ("conflict", False),
        ("html_login", False),
        ("redirect", False),
        ("empty", True),
        ("wrong_content_type", True),
        ("truncate", True),
        ("close_idle", True),
    ],
)
def test_an_answered_fault_says_whether_the_work_was_done(
    shelf: Shelf, kind: str, works: bool
) -> None:
    shelf.faults.add("POST /things", kind)
    answer = shelf.post(allow_redirects=False)
    assert shelf.made() == int(works)
    expected = {
        "status": 500,
        "error_after": 500,
        "conflict": 409,
        "html_login": 200,
        "redirect": 302,
        "empty": 204,
    }
    assert answer.status_code == expected.get(kind, 201)


@pytest.mark.parametrize(("effect", "made"), [(True, 1), (False, 0)])
def test_a_conflict_can_be_true_or_not(shelf: Shelf, effect: bool, made: int) -> None:
    shelf.faults.add("POST /things", "conflict", params={"effect": effect})
    assert shelf.post().status_code == 409
    assert shelf.made() == made


@pytest.mark.parametrize(("kind", "made"), [("lost_response", 1), ("reset_before", 0)])
def test_a_reset_comes_before_any_byte_of_the_answer(shelf: Shelf, kind: str, made: int) -> None:
    shelf.faults.add("POST /things", kind)
    with pytest.raises(requests.ConnectionError) as trouble:
        shelf.post()
    assert "reset" in str(trouble.value).lower()
    assert shelf.made() == made
    assert shelf.post().status_code == 201


@pytest.mark.parametrize("kind", ["hang_headers", "drip"])
def test_silence_after_the_headers_runs_into_the_clients_time_out(shelf: Shelf, kind: str) -> None:
    shelf.faults.add("POST /things", kind)
    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        shelf.post(timeout=0.3)
    assert shelf.made() == 1


def test_a_late_server_works_after_the_client_has_gone(shelf: Shelf) -> None:
    shelf.faults.add("POST /things", "late", params={"seconds": 1.0})
    with pytest.raises(requests.Timeout):
        shelf.post(timeout=0.1)
    assert shelf.made() == 0
    deadline = time.monotonic() + 5
    while not shelf.made() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert shelf.made() == 1


def test_a_wrong_length_is_noticed(shelf: Shelf) -> None:
    shelf.faults.add("GET /things", "truncate_wrong_length")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        shelf.get()


def test_a_bomb_unpacks_to_far_more_than_it_weighs(shelf: Shelf) -> None:
    shelf.faults.add("GET /things", "gzip_bomb", params={"megabytes": 20})
    answer = shelf.get(stream=True)
    packed = answer.raw.read(decode_content=False)
    assert len(packed) < 30_000
    assert answer.headers["Content-Encoding"] == "gzip"


def test_an_endless_body_has_no_length_and_goes_on(shelf: Shelf) -> None:
    shelf.faults.add("GET /things", "endless")
    answer = shelf.get(stream=True)
    assert "Content-Length" not in answer.headers
    assert len(next(answer.iter_content(2**21))) == 2**21
    answer.close()


def test_huge_headers_are_too_many_for_the_standard_client(shelf: Shelf) -> None:
    shelf.faults.add("GET /things", "huge_headers")
    with pytest.raises(requests.ConnectionError):
        shelf.get()


def test_an_idle_connection_is_closed_without_a_word(shelf: Shelf) -> None:
    shelf.faults.add("GET /things", "close_idle")
    host, port = shelf.url.removeprefix("http://").split(":")
    line = http.client.HTTPConnection(host, int(port), timeout=5)
    line.request("GET", "/things")
    answer = line.getresponse()
    answer.read()
    assert not answer.will_close
    assert isinstance(line.sock, socket.socket)
    assert line.sock.recv(1) == b""


def test_pages_repeat_double_and_empty_themselves(shelf: Shelf) -> None:
    first = shelf.get().json()["data"]
    shelf.faults.add("GET /things", "repeat_page", count=0)
    assert shelf.get().json()["data"] == first
    shelf.store.put("thing", "3", {"id": "3"})
    assert shelf.get().json()["data"] == first
    shelf.faults.clear()
    shelf.faults.add("GET /things", "duplicate_on_page")
    assert [row["id"] for row in shelf.get().json()["data"]] == ["1", "1", "2", "3"]
    shelf.faults.add("GET /things", "empty_page")
    assert shelf.get().json() == {"data": [], "version": {"min": None, "max": None}}
    assert len(shelf.get().json()["data"]) == 3


def test_a_stale_list_tells_the_app_how_far_to_lag(shelf: Shelf) -> None:
    shelf.faults.add("POST /things", "stale_list", params={"seconds": 12})
    assert shelf.post().json()["lag"] == 12
    assert shelf.post().json()["lag"] == 0


def test_every_kind_of_fault_is_carried_out(shelf: Shelf) -> None:
    """No kind is only a name: each one changes the answer, its delivery or its time."""
    well = shelf.get()
    for kind in sorted(KINDS - {"stale_list", "repeat_page", "close_idle"}):
        shelf.faults.clear()
        shelf.faults.add("GET /things", kind, params={"seconds": 0.3, "megabytes": 1})
        began = time.monotonic()
        try:
            answer = shelf.get(timeout=0.6)
        except requests.RequestException:
            continue
        same = (answer.status_code, answer.content) == (well.status_code, well.content)
        slow = time.monotonic() - began >= 0.3
        other_type = answer.headers.get("Content-Type") != well.headers["Content-Type"]
        assert not same or slow or other_type, kind


def test_one_connection_serves_many_calls(shelf: Shelf) -> None:
    host, port = shelf.url.removeprefix("http://").split(":")
    line = http.client.HTTPConnection(host, int(port), timeout=5)
    line.connect()
    assert isinstance(line.sock, socket.socket)
    ours = line.sock.getsockname()
    for _ in range(3):
        line.request("GET", "/things")
        assert line.getresponse().read()
        assert line.sock.getsockname() == ours
