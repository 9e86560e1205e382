"""The Flask app both servers start from: hooks for ledger and faults, JSON, the control API."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, redirect, request
from werkzeug.exceptions import HTTPException

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.clock import Clock
from integrations.sandbox.kit.faults import Faults, Rule
from integrations.sandbox.kit.ledger import Ledger
from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.wire import FAULT_KEY, running, serve

__all__ = [
    "Hooks",
    "Sandbox",
    "as_json",
    "broken_json",
    "fill",
    "json_body",
    "list_lag",
    "make_app",
    "running",
    "serve",
    "text",
    "this",
    "wants_json",
]


@dataclass
class Sandbox:
    """One server: what it stores, records and is told to do wrong.

    `lag_scale` multiplies every waiting time of the server (rate window, image processing,
    webhook retries); `list_lag` is how many seconds new objects stay out of lists.
    """

    name: str
    store: Store
    ledger: Ledger
    faults: Faults
    clock: Clock = field(default_factory=Clock)
    seed: int = 7
    size: str = "demo"
    lag_scale: float = 1.0
    list_lag: float = 0.0


@dataclass
class Hooks:
    """What an app tells the kit about itself.

    `canonical` shortens a path to the form that faults and ledger speak of; `guard` runs before
    everything else and may answer instead of the app (rate limits); `who` names the caller;
    `reseed` empties the app's own memory and fills the store again.
    """

    reseed: Callable[[int, str], None]
    canonical: Callable[[str], str] = lambda path: path
    guard: Callable[[], Response | None] = lambda: None
    who: Callable[[], str] = lambda: "anonymous"


def this() -> Sandbox:
    """The sandbox that is serving the current request."""
    sandbox: Sandbox = current_app.extensions["sandbox"]
    return sandbox


def as_json(value: object, status: int = 200) -> Response:
    """A JSON answer, numbers written exactly as given."""
    return Response(jsontext.dumps(value), status, content_type="application/json")


def text(words: str, status: int = 200) -> Response:
    """A plain text answer."""
    return Response(words, status, content_type="text/plain; charset=utf-8")


def broken_json() -> Response:
    """The answer to a body that is not JSON."""
    return as_json({"error": "Bad Request", "message": "The body is not valid JSON"}, 400)


def json_body() -> Any:
    """The request's JSON; raises `ValueError` when it is not JSON or not UTF-8."""
    return jsontext.loads(request.get_data())


def wants_json() -> bool:
    """Did the caller ask for JSON rather than for a page?"""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"


def list_lag() -> float:
    """How many seconds new objects stay out of the list being asked for."""
    rule: Rule | None = g.get("fault")
    if rule is not None and rule.kind == "stale_list":
        return rule.seconds(30)
    return this().list_lag


def make_app(
    name: str,
    store: Store,
    ledger: Ledger,
    faults: Faults,
    *,
    hooks: Hooks,
    seed: int = 7,
    size: str = "demo",
    lag_scale: float = 1.0,
    list_lag: float = 0.0,
) -> Flask:
    """An app with hooks, control API and play page basics in place; the caller adds its routes.

    An empty store is seeded by `hooks.reseed`; one that has documents is kept as it is.
    """
    from integrations.sandbox.kit import control, play

    app = Flask(name, root_path=str(Path(__file__).parent), static_folder=None)
    sandbox = Sandbox(
        name,
        store,
        ledger,
        faults,
        seed=seed,
        size=size,
        lag_scale=lag_scale,
        list_lag=list_lag,
    )
    app.extensions["sandbox"] = sandbox
    app.jinja_env.globals["sandbox_name"] = name
    app.extensions["sandbox.hooks"] = hooks
    app.url_map.strict_slashes = False
    app.register_blueprint(control.blueprint)
    app.register_blueprint(play.blueprint)
    app.add_url_rule("/", "front", lambda: redirect("/_sandbox/"))
    _hook(app, sandbox, hooks)
    if not store.kinds():
        fill(sandbox, hooks, seed, size)
    return app


def fill(sandbox: Sandbox, hooks: Hooks, seed: int, size: str) -> None:
    """Empty the store and seed it; what is seeded is old news and never lags in lists.

    Raises `KeyError`, with everything as it was, when the world has no such size.
    """
    with sandbox.store.transaction():
        sandbox.store.clear()
        hooks.reseed(seed, size)
        sandbox.store.mark_old()
    sandbox.seed, sandbox.size = seed, size
    sandbox.ledger.recount()


def _hook(app: Flask, sandbox: Sandbox, hooks: Hooks) -> None:
    """Put guard, faults and ledger around every request."""
    from integrations.sandbox.kit import spoiling

    @app.before_request
    def begin() -> Response | None:
        g.began = time.perf_counter()
        g.headers = {}
        if request.path == "/" or request.path.startswith("/_sandbox"):
            return None
        refusal = hooks.guard()
        if refusal is not None:
            return refusal
        path = hooks.canonical(request.path)
        rule = sandbox.faults.take(request.method, _template(hooks), path)
        if rule is None:
            return None
        g.fault = rule
        request.environ[FAULT_KEY] = rule
        return spoiling.instead_of_the_work(rule)

    @app.after_request
    def end(response: Response) -> Response:
        rule: Rule | None = g.get("fault")
        if rule is not None:
            response = spoiling.after_the_work(rule, response)
        response.headers["Date"] = sandbox.clock.http_date()
        for name, value in g.get("headers", {}).items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/_sandbox"):
            _record(sandbox, hooks, response, rule)
        return response

    @app.errorhandler(Exception)
    def broke(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            name = error.name or "Error"
            return as_json({"error": name, "message": error.description}, error.code or 500)
        traceback.print_exception(error)
        message = f"The sandbox itself broke: {type(error).__name__}"
        return as_json({"error": "Internal Server Error", "message": message}, 500)


def _template(hooks: Hooks) -> str:
    """The route's pattern with ``{names}``; an app may put the real version in `g.api_version`."""
    if request.url_rule is None:
        return "(no route)"

    def name(match: re.Match[str]) -> str:
        version = g.get("api_version") if match[1] == "version" else None
        return str(version) if version else f"{{{match[1]}}}"

    return hooks.canonical(re.sub(r"<(?:[^:<>]+:)?(\w+)>", name, request.url_rule.rule))


def _record(sandbox: Sandbox, hooks: Hooks, response: Response, rule: Rule | None) -> None:
    sandbox.ledger.call(
        request.method,
        _template(hooks),
        request.full_path.rstrip("?"),
        response.status_code,
        hooks.who(),
        rule.kind if rule else None,
        (time.perf_counter() - g.began) * 1000 if "began" in g else 0.0,
    )
