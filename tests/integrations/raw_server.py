"""A server on a bare socket, for answers that no honest server gives."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Script = Callable[[socket.socket, "Asked"], None]


@dataclass
class Asked:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RawServer:
    """Each request is answered by the next of `scripts`, the last one stays; `seen` keeps them."""

    scripts: list[Script] = field(default_factory=list)
    seen: list[Asked] = field(default_factory=list)
    connections: int = 0

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._open = False
        self._listener.close()

    def _accept(self) -> None:
        while self._open:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            stream = line.makefile("rb")
            while (asked := _read(stream)) is not None:
                self.seen.append(asked)
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                script(line, asked)
                if getattr(script, "closes", False):
                    return


def _read(stream) -> Asked | None:
    first = stream.readline().decode("latin-1").strip()
    if not first:
        return None
    headers: dict[str, str] = {}
    while text := stream.readline().decode("latin-1").strip():
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    return Asked(first, headers, stream.read(int(headers.get("content-length", "0"))))


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> Script:
    """An honest answer; `retry_after="5"` is the header Retry-After."""

    def script(line: socket.socket, asked: Asked) -> None:
        sent = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        sent |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        line.sendall(f"HTTP/1.1 {status} Words\r\n{head}\r\n".encode() + body)

    return script


def closing(act: Callable[[socket.socket], None]) -> Script:
    """Do this with the line, and hang up."""

    def script(line: socket.socket, asked: Asked) -> None:
        act(line)

    script.closes = True  # type: ignore[attr-defined]
    return script


def reset(line: socket.socket) -> None:
    """Hang up with RST, as a crashed server does."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


@contextlib.contextmanager
def raw_server(*scripts: Script) -> Iterator[RawServer]:
    server = RawServer(list(scripts))
    server.start()
    try:
        yield server
    finally:
        server.stop()
