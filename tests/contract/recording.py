"""Writes down what goes over the wire to a sandbox X-Series: requests and answers, to the byte."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `path` begins with `/api/`, the shop's prefix is taken off."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    content_type: str
    body: bytes
    status: int
    answer_type: str
    answer: bytes

    @property
    def is_ours(self) -> bool:
        """Did our own client make this call, rather than a hand of the test?"""
        return self.headers.get("User-Agent", "").startswith("PO-Sync/")


@dataclass
class Recorder:
    """Sits around an app and keeps every API exchange, in order."""

    exchanges: list[Exchange] = field(default_factory=list)

    def around(self, app: Flask) -> Flask:
        """The same app, with ears."""
        inner = app.wsgi_app

        def listen(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            body = environ["wsgi.input"].read()
            environ["wsgi.input"] = io.BytesIO(body)
            told: list[Any] = []

            def tell(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                told[:] = [status, dict(headers)]
                return start_response(status, headers, exc_info)

            answer = b"".join(inner(environ, tell))
            _, _, path = environ["PATH_INFO"].lstrip("/").partition("/")
            if path.startswith("api/"):
                self.exchanges.append(_exchange(environ, f"/{path}", body, told, answer))
            return [answer]

        app.wsgi_app = listen  # type: ignore[method-assign]
        return app


def _exchange(
    environ: dict[str, Any], path: str, body: bytes, told: list[Any], answer: bytes
) -> Exchange:
    status, headers = told
    return Exchange(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=tuple(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        headers={
            name[5:].replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        },
        content_type=environ.get("CONTENT_TYPE", ""),
        body=body,
        status=int(status.split()[0]),
        answer_type=headers.get("Content-Type", ""),
        answer=answer,
    )
