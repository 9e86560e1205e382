"""Control API of this server beyond the kit's: tokens without the handshake, limits."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from integrations.sandbox.kit.control import loopback_only
from integrations.sandbox.kit.web import as_json, this
from integrations.sandbox.xseries.auth import (
    DEFAULT_CLIENT,
    SCOPES,
    TOKENS,
    issue_tokens,
    register_application,
    revoke,
    shop_exists,
)
from integrations.sandbox.xseries.limits import Limiter
from integrations.sandbox.xseries.refusals import Body, missing, sent_body
from integrations.sandbox.xseries.shop import SHOPS

blueprint = Blueprint("xseries_control", __name__, url_prefix="/_sandbox")
blueprint.before_request(loopback_only)


@blueprint.get("/shops")
def shops() -> Response:
    """The shops of this server, the main one first."""
    return as_json({"data": this().store.find(SHOPS)})


@blueprint.post("/applications")
def add_application() -> Response:
    """Register an application; `redirect_uri` may be left out: any loopback address then."""
    body = sent_body()
    client, secret = (
        body.need("client_id"),
        body.need("client_secret"),
    )
    address = body.text("redirect_uri")
    body.check(400)
    return as_json(register_application(client, secret, address), 201)


@blueprint.post("/tokens")
def add_token() -> Response:
    """A token pair (or a personal token) without the consent page, for tests."""
    body = sent_body()
    shop, scopes = body.need("shop"), _scopes(body)
    client = body.text("client_id") or DEFAULT_CLIENT["client_id"]
    personal = bool(body.flag("personal"))
    if shop and not shop_exists(shop):
        body.wrong("shop", "is not a shop")
    body.check(400)
    name = "personal" if personal else client
    return as_json(issue_tokens(shop, name, scopes, personal=personal), 201)


@blueprint.post("/tokens/change")
def change_token() -> Response:
    """Do to a token what a retailer or time would: `action` is revoke, expire or scopes.

    `access_token` names one; `shop` all of a shop's.
    """
    body = sent_body()
    one, shop = body.text("access_token"), body.text("shop")
    action = body.need("action")
    changes: dict[str, dict[str, object]] = {
        "revoke": {"revoked": True},
        "expire": {"expires": 0},
        "scopes": {"scopes": _scopes(body)},
    }
    if action and action not in changes:
        body.wrong("action", "must be revoke, expire or scopes")
    body.check(400)
    found = [t["token"] for t in this().store.find(TOKENS, shop=shop)] if shop else [one or ""]
    changed = [revoke(token, **changes[action]) for token in found]
    if not any(changed):
        raise missing("Token")
    return as_json({"changed": sum(changed)})


def _scopes(body: Body) -> list[str]:
    scopes = body.texts("scopes")
    if scopes is None:
        return list(SCOPES)
    unknown = set(scopes) - SCOPES.keys()
    if unknown:
        body.wrong("scopes", f"unknown: {', '.join(sorted(unknown))}")
    return scopes


@blueprint.post("/limits")
def set_limits() -> Response:
    """Overrule the call limits of a window: `calls` for the API, `token_calls` for tokens.

    Both go back to the real figures when null or left out; the windows start afresh.
    """
    body = sent_body()
    wanted = {
        "xseries.limiter": body.number("calls"),
        "xseries.token_limiter": body.number("token_calls"),
    }
    body.check(400)
    for name, calls in wanted.items():
        limiter: Limiter = current_app.extensions[name]
        limiter.clear()
        limiter.overrule = None if calls is None else int(calls)
    return as_json({"window_seconds": current_app.extensions["xseries.limiter"].window})
