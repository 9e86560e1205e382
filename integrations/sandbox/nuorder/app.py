"""The sandbox NuORDER put together: signed API, pictures, control API, play pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from integrations.sandbox.kit.faults import Faults
from integrations.sandbox.kit.ledger import Ledger
from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import Hooks, Sandbox, as_json, make_app, text
from integrations.sandbox.nuorder import control, goods, handshake, order_routes, play, shelf
from integrations.sandbox.nuorder.guard import Caller, Door, refusal
from integrations.sandbox.nuorder.vault import Vault

if TYPE_CHECKING:
    from integrations.sandbox.world.model import World

Build = Callable[[int, str], "World"]


def build_world(seed: int, size: str) -> World:
    """The made-up world that both servers share."""
    from integrations.sandbox.world import build

    return build(seed, size)


def create_app(
    store: Store,
    *,
    seed: int = 7,
    size: str = "demo",
    lag_scale: float = 1.0,
    list_lag: float = 0.0,
    peer_url: str | None = None,
    build: Build = build_world,
) -> Flask:
    """The NuORDER server over `store`, seeded from the world when the store is empty.

    `list_lag` is the seconds for which new orders stay out of lists; `peer_url` is the X-Series
    server, which the play page links to; `build` makes the world.
    """
    door = Door(Vault(store))

    def reseed(seed: int, size: str) -> None:
        door.reset()
        shelf.fill(store, build(seed, size))

    app = make_app(
        "nuorder",
        store,
        Ledger(store),
        Faults(),
        hooks=Hooks(reseed=reseed, guard=door.check, who=_who),
        seed=seed,
        size=size,
        lag_scale=lag_scale,
        list_lag=list_lag,
    )
    sandbox: Sandbox = app.extensions["sandbox"]
    door.clock = sandbox.clock
    app.extensions["nuorder.door"] = door
    app.jinja_env.globals["peer_url"] = peer_url
    for blueprint in (handshake.api, order_routes.api, goods.api, goods.pictures):
        app.register_blueprint(blueprint)
    app.register_blueprint(control.blueprint)
    app.register_blueprint(play.blueprint)
    app.register_error_handler(MethodNotAllowed, _wrong_verb)
    app.register_error_handler(NotFound, _nothing_here)
    app.after_request(_tell_the_time)
    app.teardown_request(lambda error: door.leave())
    return app


def _who() -> str:
    found: Caller | None = g.get("caller")
    return found.portal["id"] if found else "anonymous"


def _tell_the_time(response: Response) -> Response:
    """`Request-Token` carries the server's clock in milliseconds, as the real one did."""
    clock = current_app.extensions["sandbox"].clock
    response.headers["Request-Token"] = str(int(clock.seconds() * 1000))
    return response


def _wrong_verb(error: MethodNotAllowed) -> Response:
    """A wrong verb is a 500 in plain text, as was seen on the real server."""
    if request.path.startswith("/api/"):
        return text(f"Cannot {request.method} {request.path}", 500)
    return as_json({"error": "Method Not Allowed", "message": str(error)}, 405)


def _nothing_here(error: NotFound) -> Response:
    return refusal(404, "not found")
