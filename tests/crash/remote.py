"""The other side of the crash tests: an HTTP server in a process of its own, with a ledger.

It is nastier than the real ones: nothing is unique, counts add up, lists lag, work goes on after
the client died, and it can kill its client by the process id that comes with each request.
Every run has a room of its own (`/<run>/…`), so that latecomers disturb nobody else.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Room:
    """What one run sees: things with the time they were made, counts, and faults to come."""

    things: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    status: str = ""
    effects: list[str] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)
    lag: float = 0.0
    busy: int = 0


ROOMS: dict[str, Room] = {}
LOCK = threading.RLock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Silence."""

    def do_GET(self) -> None:
        room, what, query = self._where()
        with LOCK:
            if what == "things":
                old = time.monotonic() - room.lag
                found = [t for t in room.things if t["at"] <= old and t["name"] == query["name"][0]]
                self._answer(200, {"data": found})
            elif what == "counts":
                self._answer(200, {"count": room.counts.get(query["ref"][0], 0)})
            elif what == "status":
                self._answer(200, {"status": room.status})
            else:
                self._answer(200, {"effects": room.effects, "busy": room.busy})

    def do_PUT(self) -> None:
        if urlsplit(self.path).path.endswith("/behave"):
            room, _, _ = self._where()
            asked = self._body()
            room.faults, room.lag = asked.get("faults", {}), asked.get("lag", 0.0)
            self._answer(200, {})
            return
        self._write("PUT")

    def do_POST(self) -> None:
        self._write("POST")

    def _write(self, method: str) -> None:
        room, what, _ = self._where()
        body = self._body()
        with LOCK:
            waiting = room.faults.get(f"{method} {what}", [])
            fault, _, seconds = (waiting.pop(0) if waiting else "").partition(":")
            room.busy += 1
        try:
            self._spoiled(room, what, body, fault, float(seconds or 0))
        finally:
            with LOCK:
                room.busy -= 1

    def _spoiled(self, room: Room, what: str, body: dict, fault: str, seconds: float) -> None:
        if fault == "reset_before":
            return self._hang_up()
        if fault == "500_before":
            return self._answer(500, {})
        if fault == "429":
            return self._answer(429, {}, retry_after="1")
        if fault == "kill_before":
            self._kill_client()
        time.sleep(seconds)
        answer = self._do(room, what, body)
        if fault == "kill_after":
            self._kill_client()
        if fault == "lost":
            return self._hang_up()
        if fault == "500_after":
            return self._answer(500, {})
        return self._answer(201, answer)

    def _do(self, room: Room, what: str, body: dict) -> dict[str, Any]:
        with LOCK:
            if what == "things":
                thing = {"id": str(len(room.things) + 1), "at": time.monotonic(), **body}
                room.things.append(thing)
                room.effects.append(f"thing {body['name']}")
                return {"id": thing["id"]}
            if what == "counts":
                room.counts[body["ref"]] = room.counts.get(body["ref"], 0) + body["count"]
                room.effects.append(f"count {body['ref']} +{body['count']}")
                return {"count": room.counts[body["ref"]]}
            room.status = body["status"]
            room.effects.append(f"status {body['status']}")
            return {"status": room.status}

    def _where(self) -> tuple[Room, str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        _, run, what = parts.path.split("/")
        with LOCK:
            return ROOMS.setdefault(run, Room()), what, parse_qs(parts.query)

    def _body(self) -> dict[str, Any]:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _kill_client(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(self.headers["X-Pid"]), signal.SIGKILL)

    def _hang_up(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
        text = json.dumps(body).encode()
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-").title(), value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """A client that was killed is no news here."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)  # noqa: T201 - how the test learns the port
    server.serve_forever()
