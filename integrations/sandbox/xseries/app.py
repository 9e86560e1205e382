"""The sandbox X-Series put together: storage, rate limits, endpoints, play page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

from integrations.sandbox.kit.faults import Faults
from integrations.sandbox.kit.ledger import Ledger
from integrations.sandbox.kit.spoiling import LOGIN_PAGE
from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import Hooks, make_app, this
from integrations.sandbox.xseries import (
    auth,
    categories,
    consent,
    consignment_lines,
    consignments,
    control,
    images,
    inventory,
    parties,
    play,
    product_create,
    products,
    purchase_orders,
    reference,
    sales,
    webhooks,
)
from integrations.sandbox.xseries.limits import WINDOW_SECONDS, Limiter
from integrations.sandbox.xseries.refusals import Refusal, missing
from integrations.sandbox.xseries.routes import api, sign_in
from integrations.sandbox.xseries.shop import Shop, open_shop, seed_shop

if TYPE_CHECKING:
    from integrations.sandbox.world.model import World

Build = Callable[[int, str], "World"]

# Importing a module of endpoints adds them to `api`; named here so that none is forgotten.
ENDPOINTS = (
    categories,
    consignment_lines,
    consignments,
    images,
    inventory,
    parties,
    product_create,
    products,
    purchase_orders,
    reference,
    sales,
    webhooks,
)


def build_world(seed: int, size: str) -> World:
    """The made-up world that both servers share."""
    from integrations.sandbox.world import build

    return build(seed=seed, size=size)


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
    """The X-Series server over `store`, seeded from the world when the store is empty.

    `lag_scale` multiplies the rate window, image processing and webhook retries; `list_lag` is
    the seconds for which new objects stay out of lists; `peer_url` is the NuORDER server, which
    the play page links to; `build` makes the world.
    """
    ledger, faults = Ledger(store), Faults()
    courier = webhooks.Courier(ledger, lag_scale)
    limiters: list[Limiter] = []
    app = make_app(
        "xseries",
        store,
        ledger,
        faults,
        hooks=Hooks(
            reseed=partial(_reseed, store, ledger, build, limiters, courier),
            canonical=without_shop,
            guard=spend_a_call,
            who=auth.caller,
        ),
        seed=seed,
        size=size,
        lag_scale=lag_scale,
        list_lag=list_lag,
    )
    clock = app.extensions["sandbox"].clock
    for name in ("xseries.limiter", "xseries.token_limiter"):
        limiter = Limiter(WINDOW_SECONDS * lag_scale, clock)
        limiters.append(limiter)
        app.extensions[name] = limiter
    app.extensions["xseries.build"] = build
    app.jinja_env.globals["peer_url"] = peer_url
    app.register_error_handler(Refusal, _answer_refusal)
    for blueprint in (api, consent.blueprint, images.pictures, play.blueprint, control.blueprint):
        app.register_blueprint(blueprint)
    _add_loose_routes(app)
    webhooks.send_news(app, store, courier)
    return app


def _reseed(  # noqa: PLR0917 (bound once, in create_app)
    store: Store,
    ledger: Ledger,
    build: Build,
    limiters: list[Limiter],
    courier: webhooks.Courier,
    seed: int,
    size: str,
) -> None:
    """Fill the empty store, and forget what this server remembers besides it."""
    from integrations.sandbox.kit.clock import Clock

    for limiter in limiters:
        limiter.clear()
    courier.forget()
    application = auth.DEFAULT_CLIENT | {"redirect_uri": None}
    store.put(auth.APPLICATIONS, application["client_id"] or "", application)
    for shop in build(seed, size).shops:
        seed_shop(shop, store, ledger, Clock())


def without_shop(path: str) -> str:
    """``/harbour/api/2026-07/brands`` as faults and ledger know it: ``/api/2026-07/brands``."""
    _, _, rest = path.lstrip("/").partition("/")
    return f"/{rest}" if rest.startswith("api/") else path


def spend_a_call() -> Response | None:
    """Count an API call against the caller's window; the token endpoint counts for itself."""
    shop: Shop | None = g.get("shop")
    if shop is None or request.blueprint != "api":
        return None
    token = auth.identify()
    if token is not None and token["shop"] == shop.prefix and not token["revoked"]:
        limiter = this_limiter()
        key = f"{shop.prefix}/{token['client_id']}"
        limiter.spend(key, lambda: 300 * shop.count("registers") + 50)
    return None


def this_limiter() -> Limiter:
    """The limiter of the app that serves this request."""
    from flask import current_app

    limiter: Limiter = current_app.extensions["xseries.limiter"]
    return limiter


def _answer_refusal(refusal: Refusal) -> Response:
    """Nothing of the request took effect, so it announces nothing either."""
    g.pop("announcements", None)
    return refusal.response


def _add_loose_routes(app: Flask) -> None:
    """What is not under a dated version: tokens, world pictures, sign-in for all the rest."""

    @app.post("/<prefix>/api/1.0/token")
    def token(prefix: str) -> Response:
        g.shop = open_shop(prefix)
        if g.shop is None:
            raise missing("Retailer")
        answer: Response = auth.token_endpoint()
        return answer

    @cache
    def draw(seed: int, size: str) -> Callable[[str], bytes]:
        build: Build = app.extensions["xseries.build"]
        return build(seed, size).pictures

    @app.get("/pictures/<path:name>")
    def picture(name: str) -> Response:
        box = this()
        try:
            drawn = draw(box.seed, box.size)(name)
        except (KeyError, ValueError):
            raise missing("Picture") from None
        return Response(drawn, content_type="image/png")

    @app.get("/signin")
    def signin() -> Response:
        return Response(LOGIN_PAGE, content_type="text/html; charset=utf-8")

    @app.route("/<prefix>/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(prefix: str, rest: str) -> Response:
        return sign_in()
