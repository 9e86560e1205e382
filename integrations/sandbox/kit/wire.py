"""The HTTP server: keep-alive, one thread a connection, and answers spoiled on the wire.

werkzeug's own handler closes after every answer and waits a little each time, so this one reads
the whole request, runs the app and writes the whole answer itself. That also puts it in charge
of the socket, which the delivery faults need.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO, Any, cast

from flask import Flask
from werkzeug.serving import DechunkedInput, ThreadedWSGIServer, WSGIRequestHandler

from integrations.sandbox.kit.faults import Rule

FAULT_KEY = "sandbox.fault"  # where the app leaves the rule for the handler, in the WSGI environ
_LARGEST_BODY = 64 * 2**20

Headers = list[tuple[str, str]]


class Server(ThreadedWSGIServer):
    """A threaded server that can end at once, closing what is still open."""

    daemon_threads = True

    def __init__(self, app: Flask, port: int) -> None:
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__("127.0.0.1", port, app, handler=Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop listening, wake what hangs and cut every open connection."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class Handler(WSGIRequestHandler):
    """Reads one request, runs the app, delivers the answer well or, when told so, badly."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def run_wsgi(self) -> None:
        body = self._read_body()
        if body is None:
            self.close_connection = True
            return
        self.environ = environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(body)
        environ["wsgi.input_terminated"] = True
        status, headers, answer = self._run_app(environ)
        try:
            self._deliver(environ.get(FAULT_KEY), status, headers, answer)
        except OSError:
            self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The ledger records requests; standard error stays quiet."""

    def _read_body(self) -> bytes | None:
        """The request's body, or None when it cannot be read to its end."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            try:
                return bytes(DechunkedInput(cast(IO[bytes], self.rfile)).read(_LARGEST_BODY))
            except OSError:
                return None
        text = self.headers.get("Content-Length", "0").strip()
        if not text.isdigit() or int(text) > _LARGEST_BODY:
            self._send("413 Content Too Large", [], b"")
            return None
        body = self.rfile.read(int(text))
        return body if len(body) == int(text) else None

    def _run_app(self, environ: dict[str, Any]) -> tuple[str, Headers, bytes]:
        answer: list[Any] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> Any:
            answer[:] = [status, headers]
            return lambda data: None

        parts = self.server.app(environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            close: Callable[[], None] | None = getattr(parts, "close", None)
            if close:
                close()
        return answer[0], answer[1], body

    # Delivery

    def _deliver(self, rule: Rule | None, status: str, headers: Headers, body: bytes) -> None:
        spoil = _DELIVERIES.get(rule.kind) if rule else None
        if rule is None or spoil is None:
            self._send(status, headers, body)
        else:
            spoil(self, rule, status, headers, body)

    def _send(self, status: str, headers: Headers, body: bytes, length: int | None = None) -> None:
        """The whole answer in one write; `length` is what Content-Length claims."""
        self.wfile.write(self._head(status, headers, len(body) if length is None else length))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: str, headers: Headers, length: int | None) -> bytes:
        lines = [f"HTTP/1.1 {status}"]
        kept = [(k, v) for k, v in headers if k.lower() not in ("content-length", "connection")]
        lines.extend(f"{name}: {value}" for name, value in kept)
        if length is None:
            self.close_connection = True
        elif not status.startswith(("204", "304")):
            lines.append(f"Content-Length: {length}")
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def abort(self) -> None:
        """Close so that the client sees a reset: no goodbye, unsent bytes thrown away."""
        self.close_connection = True
        linger_not_at_all = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not_at_all)
        os.close(self.connection.detach())


def _reset(handler: Handler, rule: Rule, status: str, headers: Headers, body: bytes) -> None:
    handler.abort()


def _hang(handler: Handler, rule: Rule, status: str, headers: Headers, body: bytes) -> None:
    handler.wfile.write(handler._head(status, headers, len(body)))
    handler.server.stopping.wait(rule.seconds(120))
    handler.abort()


def _drip(handler: Handler, rule: Rule, status: str, headers: Headers, body: bytes) -> None:
    handler.wfile.write(handler._head(status, headers, len(body)))
    for byte in body:
        handler.wfile.write(bytes([byte]))
        if handler.server.stopping.wait(float(rule.params.get("interval", 1.0))):
            return


def _truncate(handler: Handler, rule: Rule, status: str, headers: Headers, body: bytes) -> None:
    handler._send(status, headers, body[: len(body) // 2])


def _truncate_lying(
    handler: Handler, rule: Rule, status: str, headers: Headers, body: bytes
) -> None:
    handler._send(status, headers, body[: len(body) // 2], length=len(body))
    handler.close_connection = True


def _gzip_bomb(handler: Handler, rule: Rule, status: str, headers: Headers, body: bytes) -> None:
    kept = [*headers, ("Content-Encoding", "gzip")]
    handler._send("200 OK", kept, _bomb(int(rule.params.get("megabytes", 200))))


def _endless(handler: Handler, rule: Rule, status: str, headers: Headers, body: bytes) -> None:
    handler.wfile.write(handler._head("200 OK", headers, None))
    spaces = b" " * 65536
    for _ in range(int(rule.params.get("megabytes", 1024)) * 16):
        if handler.server.stopping.is_set():
            return
        handler.wfile.write(spaces)


def _huge_headers(handler: Handler, rule: Rule, status: str, headers: Headers, body: bytes) -> None:
    number, size = (
        int(rule.params.get("count", 1000)),
        int(rule.params.get("bytes", 70_000)),
    )
    many = [(f"X-Filler-{n}", "x") for n in range(number)]
    handler._send(status, [*headers, *many, ("X-Long", "x" * size)], body)


def _close_idle(handler: Handler, rule: Rule, status: str, headers: Headers, body: bytes) -> None:
    handler._send(status, headers, body)
    handler.close_connection = True  # without having said so


_DELIVERIES: dict[str, Callable[[Handler, Rule, str, Headers, bytes], None]] = {
    "lost_response": _reset,
    "reset_before": _reset,
    "hang_headers": _hang,
    "drip": _drip,
    "truncate": _truncate,
    "truncate_wrong_length": _truncate_lying,
    "gzip_bomb": _gzip_bomb,
    "endless": _endless,
    "huge_headers": _huge_headers,
    "close_idle": _close_idle,
}


@cache
def _bomb(megabytes: int) -> bytes:
    """Gzip bytes that unpack to this many megabytes of spaces."""
    packer = zlib.compressobj(9, wbits=31)
    megabyte = b" " * 2**20
    return b"".join([packer.compress(megabyte) for _ in range(megabytes)] + [packer.flush()])


def serve(app: Flask, port: int) -> None:
    """Serve until SIGTERM or SIGINT; says where once it listens. Port 0 picks a free one."""
    server = Server(app, port)

    def end(number: int, frame: object) -> None:
        threading.Thread(target=server.stop, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    sys.stdout.write(f"sandbox {app.name} on http://127.0.0.1:{server.port}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)


@contextmanager
def running(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve `app` from a thread while the block runs; gives the base URL, without a slash."""
    server = Server(app, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
        thread.join(5)
