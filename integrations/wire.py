"""The bottom of the transport: sockets that keep a total deadline and go only where they may.

`requests` times out one silence at a time; a server that drips a byte a second would hold a worker
for ever. Here a timer cuts the socket itself when the call's time is up, and each connection knows
whether a single byte of the request has left, which is what tells *not sent* from *unknown*.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
)

from integrations.addresses import AddressRefused, is_trusted, resolve


class TimeUp(OSError):
    """The call's total time was used up before the request could begin."""


class Clock:
    """One call's time: when it must be over, and what happened on the wire so far."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.touched = False
        self.expired = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.cancel()
        self.watch(None)

    def watch(self, sock: socket.socket | None) -> None:
        """Cut this socket when the time is up (a duplicate: TLS detaches the original)."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = _duplicate(sock) if sock is not None else None
            if self.expired:
                self._shut()

    def leave(self) -> None:
        """The first byte is about to leave; raises TimeUp when it is too late to begin."""
        if not self.touched and (self.expired or time.monotonic() > self.ends):
            raise TimeUp("its time was up before it could begin")
        self.touched = True

    def _cut(self) -> None:
        with self._lock:
            self.expired = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _duplicate(sock: socket.socket) -> socket.socket:
    """A second handle on the same line; shutting it ends the original's reads and writes."""
    return socket.fromfd(sock.fileno(), sock.family, sock.type)


_clock: ContextVar[Clock | None] = ContextVar("call_clock", default=None)


@contextlib.contextmanager
def timed(seconds: float) -> Iterator[Clock]:
    """Calls inside share these seconds, from name look-up to the last byte of the body."""
    clock = Clock(seconds)
    token = _clock.set(clock)
    clock.start()
    try:
        yield clock
    finally:
        clock.stop()
        _clock.reset(token)


class _Watched(HTTPConnection):
    """Connects to checked addresses only and tells the call's clock what it does."""

    def _new_conn(self) -> socket.socket:
        scheme = "https" if isinstance(self, HTTPSConnection) else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        trusted = is_trusted(f"{scheme}://{host}:{self.port}")
        try:
            addresses = resolve(self.host, self.port, trusted=trusted)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except (AddressRefused, UnicodeError) as error:
            raise NewConnectionError(self, str(error)) from error
        return self._first_that_answers(addresses)

    def _first_that_answers(
        self, addresses: list[tuple[socket.AddressFamily, str]]
    ) -> socket.socket:
        failure: OSError = OSError("the name has no address")
        for family, address in addresses:
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                if isinstance(self.timeout, (int, float)):
                    sock.settimeout(self.timeout)
                sock.connect((address, self.port))
            except OSError as error:
                sock.close()
                failure = error
                continue
            if (clock := _clock.get()) is not None:
                clock.watch(sock)
            return sock
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"{self.host} did not answer in time") from failure
        raise NewConnectionError(self, f"{self.host}: {failure}") from failure

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None and (clock := _clock.get()) is not None:
            clock.watch(self.sock)  # a kept-alive connection: this call's clock takes over
        super().request(*args, **kwargs)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # a failure to connect is not yet "sent"
        if (clock := _clock.get()) is not None:
            clock.leave()
        super().send(data)


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class WatchedAdapter(HTTPAdapter):
    """No retries and no redirects of its own: repeating a write belongs to the journal."""

    def __init__(self) -> None:
        super().__init__(pool_connections=2, pool_maxsize=4, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
