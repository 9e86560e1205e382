"""OAuth 2 as X-Series does it: codes, tokens that rotate, scopes, personal tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import current_app, g, request

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json, this
from integrations.sandbox.xseries.limits import TOKEN_CALLS, Limiter
from integrations.sandbox.xseries.refusals import Refusal, refuse_oauth
from integrations.sandbox.xseries.shop import SHOPS, Shop, current

CODE_SECONDS = 600
TOKEN_SECONDS = 86_400
DEFAULT_CLIENT = {
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",  # nosec B105 (opens nothing but this sandbox)
}
APPLICATIONS, CODES, TOKENS, REFRESHES = "applications", "oauth_codes", "tokens", "refresh_tokens"

SCOPES = {
    "products:read": "See products, brands, categories and tags, without costs",
    "products:write": "Add and change products, brands, categories and tags, without costs",
    "products:read:costs": "See product costs",
    "suppliers:read": "See suppliers",
    "suppliers:write": "Add and change suppliers",
    "consignments:read": "See stock orders, transfers and counts",
    "consignments:write:stock_order": "Write stock orders and returns",
    "consignments:write:stock_transfer": "Write stock transfers",
    "consignments:write:inventory_count": "Write inventory counts",
    "inventory:read": "See stock levels",
    "inventory:write": "Adjust stock and reorder points",
    "sales:read": "See sales",
    "users:read": "See users",
    "outlets:read": "See outlets",
    "registers:read": "See registers",
    "retailer:read": "See the retailer",
    "payment_types:read": "See payment types",
    "taxes:read": "See taxes",
    "taxes:write": "Add taxes",
    "webhooks": "Set up webhooks",
}

P = ParamSpec("P")
R = TypeVar("R")


def identify() -> Doc | None:
    """The token document of the caller, kept for the request; None when there is none."""
    if "token" not in g:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        known = kind.lower() == "bearer" and secret
        g.token = this().store.get(TOKENS, secret.strip()) if known else None
    token: Doc | None = g.token
    return token


def caller() -> str:
    """Who calls, for the ledger: the application, never a secret."""
    token = g.get("token")
    if token:
        return str(token["client_id"])
    return str(request.form.get("client_id") or "anonymous")


def authenticate(shop: Shop) -> None:
    """401 unless the token is this shop's and alive; 400 without a User-Agent."""
    if not request.headers.get("User-Agent", "").strip():
        message = "A User-Agent header that names the application is required"
        raise refuse_oauth("invalid_request", message, 400)
    token = identify()
    if token is None or token["shop"] != shop.prefix or token["revoked"]:
        raise refuse_oauth("invalid_token", "The access token is not valid", 401)
    if token["expires"] is not None and token["expires"] <= shop.clock.seconds():
        raise refuse_oauth("invalid_token", "The access token has expired", 401)


def _forbidden(scopes: tuple[str, ...], word: str) -> Refusal:
    named = f" {word} ".join(scopes)
    message = f"This token lacks the scope {named}"
    return Refusal(as_json({"error": "insufficient_scope", "message": message}, 403))


def has_scope(scope: str) -> bool:
    """Does the caller's token hold this scope?"""
    return scope in g.token["scopes"]


def needs(*scopes: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The endpoint needs all of these scopes; 403 otherwise."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not all(has_scope(scope) for scope in scopes):
                raise _forbidden(scopes, "and")
            return view(*args, **kwargs)

        return guarded

    return decorate


def need_one(*scopes: str) -> None:
    """403 unless the caller holds one of these scopes."""
    if not any(has_scope(scope) for scope in scopes):
        raise _forbidden(scopes, "or")


# Codes and tokens


def register_application(client_id: str, client_secret: str, redirect_uri: str | None) -> Doc:
    """Make an application known; without `redirect_uri` any loopback address is taken."""
    doc = {"client_id": client_id, "client_secret": client_secret, "redirect_uri": redirect_uri}
    this().store.put(APPLICATIONS, client_id, doc)
    return doc


def issue_code(client_id: str, redirect_uri: str, prefix: str, scopes: list[str]) -> str:
    """A code, good once and for 10 minutes."""
    code = secrets.token_urlsafe(24)
    this().store.put(
        CODES,
        code,
        {
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "shop": prefix,
            "scopes": scopes,
            "expires": int(this().clock.seconds()) + CODE_SECONDS,
            "used": False,
        },
    )
    return code


def issue_tokens(
    prefix: str, client_id: str, scopes: list[str], *, personal: bool = False
) -> dict[str, Any]:
    """A fresh access token, and for applications a refresh token; answers the token JSON."""
    store, clock = this().store, this().clock
    access = f"lsxs_at_{secrets.token_urlsafe(32)}"
    expires = None if personal else int(clock.seconds()) + TOKEN_SECONDS
    token = {
        "token": access,
        "shop": prefix,
        "client_id": client_id,
        "scopes": scopes,
        "expires": expires,
        "revoked": False,
        "personal": personal,
    }
    store.put(TOKENS, access, token, shop=prefix, client=client_id)
    answer: dict[str, Any] = {
        "access_token": access,
        "token_type": "Bearer",  # nosec B105 (a word of OAuth)
        "domain_prefix": prefix,
        "scope": " ".join(scopes),
    }
    if not personal:
        refresh = f"lsxs_rt_{secrets.token_urlsafe(32)}"
        held = {"token": refresh, "access": access, "used": False, **_owner(token)}
        store.put(REFRESHES, refresh, held, shop=prefix)
        answer |= {"expires": expires, "expires_in": TOKEN_SECONDS, "refresh_token": refresh}
    return answer


def _owner(token: Doc) -> Doc:
    return {name: token[name] for name in ("shop", "client_id", "scopes")}


def token_endpoint() -> Any:
    """``POST /api/1.0/token``: spend a code or a refresh token."""
    limiter: Limiter = current_app.extensions["xseries.token_limiter"]
    limiter.spend(f"{current().prefix}/{request.form.get('client_id')}", lambda: TOKEN_CALLS)
    if request.mimetype != "application/x-www-form-urlencoded":
        raise refuse_oauth("invalid_request", "The body must be form-encoded")
    form = request.form
    application = this().store.get(APPLICATIONS, form.get("client_id", ""))
    secret = form.get("client_secret", "")
    if application is None or not secrets.compare_digest(
        application["client_secret"].encode(), secret.encode()
    ):
        raise refuse_oauth("invalid_client", "Client authentication failed", 401)
    spend = {"authorization_code": _spend_code, "refresh_token": _spend_refresh}
    handler = spend.get(form.get("grant_type", ""))
    if handler is None:
        raise refuse_oauth("unsupported_grant_type", "Unknown grant_type")
    with this().store.transaction():
        return as_json(handler(current()))


def _spend_code(shop: Shop) -> dict[str, Any]:
    form, store = request.form, this().store
    code = form.get("code", "")
    held = store.get(CODES, code)
    good = (
        held is not None
        and not held["used"]
        and held["expires"] > shop.clock.seconds()
        and held["shop"] == shop.prefix
        and held["client_id"] == form.get("client_id")
        and held["redirect_uri"] == form.get("redirect_uri")
    )
    if held is None or not good:
        raise refuse_oauth("invalid_grant", "The code is not valid, was used or has expired")
    store.put(CODES, code, held | {"used": True})
    shop.effect("connected", shop.prefix, client=held["client_id"])
    return issue_tokens(shop.prefix, held["client_id"], held["scopes"])


def _spend_refresh(shop: Shop) -> dict[str, Any]:
    form, store = request.form, this().store
    secret = form.get("refresh_token", "")
    held = store.get(REFRESHES, secret)
    good = (
        held is not None
        and not held["used"]
        and held["shop"] == shop.prefix
        and held["client_id"] == form.get("client_id")
    )
    if held is None or not good:
        raise refuse_oauth("invalid_grant", "The refresh token is not valid or was used")
    store.put(REFRESHES, secret, held | {"used": True}, shop=shop.prefix)
    revoke(held["access"])
    shop.effect("token_refreshed", shop.prefix, client=held["client_id"])
    return issue_tokens(shop.prefix, held["client_id"], held["scopes"])


def revoke(access: str, **changes: object) -> bool:
    """Make an access token useless (or apply other `changes` to it); False when unknown."""
    store = this().store
    token = store.get(TOKENS, access)
    if token is None:
        return False
    token |= changes or {"revoked": True}
    store.put(TOKENS, access, token, shop=token["shop"], client=token["client_id"])
    return True


def shop_exists(prefix: str) -> bool:
    """Is there a shop with this domain prefix?"""
    return this().store.get(SHOPS, prefix) is not None
