"""The control API of this server, for tests: orders on demand, named orders, keys at once."""

from __future__ import annotations

import base64
import binascii

from flask import Blueprint, Response, current_app

from integrations.sandbox.kit.control import loopback_only
from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json, broken_json, json_body, this
from integrations.sandbox.nuorder import shelf
from integrations.sandbox.nuorder.desk import CannotDo
from integrations.sandbox.nuorder.guard import Door
from integrations.sandbox.nuorder.order_routes import desk
from integrations.sandbox.nuorder.pen import Pen, Wish
from integrations.sandbox.nuorder.vault import Vault
from integrations.sandbox.world.dirty import DIRTY

blueprint = Blueprint("nuorder_control", __name__, url_prefix="/_sandbox")
blueprint.before_request(loopback_only)


@blueprint.errorhandler(CannotDo)
def cannot(error: CannotDo) -> Response:
    """A wish that cannot be met."""
    return as_json({"error": str(error)}, 422)


@blueprint.errorhandler(ValueError)
def unreadable(error: ValueError) -> Response:
    """A body that is not JSON."""
    return broken_json()


def door() -> Door:
    """The door of the running server."""
    found: Door = current_app.extensions["nuorder.door"]
    return found


@blueprint.post("/orders")
def make_order() -> Response:
    """Make an order; the answer is the order as a client would read it, `raw` aside.

    `{portal, status, lines | styles, families, dirty, number, customer_po, discount, seed, raw}`;
    `raw` is base64 of a body to be sent in the order's place.
    """
    asked = json_body()
    raw = _decoded(asked.get("raw")) if isinstance(asked, dict) else None
    held = Pen(desk()).write(Wish.from_json(asked), raw=raw)
    return as_json(held["order"], 201)


def _decoded(text: object) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error as error:
        raise CannotDo("raw is base64") from error


@blueprint.post("/orders/<order_id>/dirty")
def spoil_order(order_id: str) -> Response:
    """Spoil an order that is already there: `{"recipe": key}`."""
    held = Pen(desk()).spoil(order_id, str(json_body().get("recipe")))
    return as_json(held["order"])


@blueprint.post("/release")
def release() -> Response:
    """Let a named order appear that was kept back: `{"name": "repeat_40"}`."""
    held = Pen(desk()).release(str(json_body().get("name")))
    return as_json(held["order"], 201)


@blueprint.get("/named")
def named() -> Response:
    """The named orders: portal, id, and whether it is still kept back."""
    store = this().store
    rows = {
        row["name"]: {
            "portal": row["portal"],
            "order_id": row["order_id"],
            "held": store.get("held", row["name"]) is not None,
        }
        for row in store.find("named")
    }
    return as_json(rows)


@blueprint.get("/recipes")
def recipes() -> Response:
    """Every dirty-data recipe with what is wrong and which numbers it covers."""
    return as_json(
        [
            {"key": r.key, "wrong": r.wrong, "covers": list(r.covers), "raw": r.is_raw}
            for r in DIRTY.values()
        ]
    )


@blueprint.get("/portals")
def portals() -> Response:
    """All portals with their consumer keys and what is true of them."""
    return as_json(
        [
            {name: portal[name] for name in _PORTAL_FIELDS}
            | {"company_code": portal["company"]["code"]}
            for portal in this().store.find("portal")
        ]
    )


_PORTAL_FIELDS = (
    "id",
    "name",
    "shop",
    "currency",
    "consumer_key",
    "consumer_secret",
    "keys_generated",
    "can_create",
    "inventory_shape",
)


@blueprint.post("/portals/<portal_id>/credentials")
def credentials(portal_id: str) -> Response:
    """Generate the portal's keys and a permanent token at once, without the handshake."""
    box = this()
    portal = generate_keys(portal_id)
    token = Vault(box.store).issue(portal_id, None)
    box.ledger.effect("token_issued", portal_id, portal=portal_id)
    return as_json(
        {
            "portal": portal_id,
            "consumer_key": portal["consumer_key"],
            "consumer_secret": portal["consumer_secret"],
            "token": token["token"],
            "token_secret": token["secret"],
        },
        201,
    )


@blueprint.post("/portals/<portal_id>/approve")
def approve(portal_id: str) -> Response:
    """Approve a pending application, named by id or by its name: `{"application": …}`."""
    wanted = str(json_body().get("application"))
    application = find_application(portal_id, wanted)
    return as_json({"verifier": approved(application), "application": application["id"]})


@blueprint.post("/portals/<portal_id>/revoke")
def revoke(portal_id: str) -> Response:
    """End all tokens of a portal: later calls are 401."""
    return as_json({"revoked": revoked(portal_id)})


@blueprint.post("/portals/<portal_id>/settings")
def settings(portal_id: str) -> Response:
    """Change a portal's habits: `{"can_create": bool, "inventory_shape": "bare"|"wrapped"}`."""
    asked = json_body()
    portal = desk().portal(portal_id)
    if asked.keys() - {"can_create", "inventory_shape"}:
        raise CannotDo("can_create and inventory_shape can be set")
    shelf.put_portal(this().store, portal | asked)
    return as_json(portal | asked)


@blueprint.post("/door")
def set_door() -> Response:
    """Server-wide habits: `{"style_a_with_query": bool, "concurrent": n}`."""
    asked = json_body()
    held = door()
    held.style_a_with_query = bool(asked.get("style_a_with_query", held.style_a_with_query))
    held.concurrent = int(asked.get("concurrent", held.concurrent))
    return as_json({"style_a_with_query": held.style_a_with_query, "concurrent": held.concurrent})


# Shared with the play page


def generate_keys(portal_id: str) -> Doc:
    """Make the portal's consumer key pair valid."""
    portal = desk().portal(portal_id) | {"keys_generated": True}
    shelf.put_portal(this().store, portal)
    return portal


def find_application(portal_id: str, wanted: str) -> Doc:
    """An application of the portal by id, else the newest pending one of that name."""
    desk().portal(portal_id)
    store = this().store
    found = Vault(store).application(portal_id, wanted)
    named = [a for a in store.find("application", portal=portal_id) if a["name"] == wanted]
    pending = [a for a in named if a["state"] == "pending"]
    chosen = found or next(reversed(pending or named), None)
    if chosen is None:
        raise CannotDo(f"{portal_id} has no application {wanted}.")
    return chosen


def approved(application: Doc) -> str:
    """Approve it; the verification code."""
    box = this()
    if application["state"] == "revoked":
        raise CannotDo("This application was revoked.")
    with box.store.transaction():
        was_pending = application["state"] == "pending"
        verifier = Vault(box.store).approve(application)
        if was_pending:
            box.ledger.effect(
                "application_approved", application["id"], portal=application["portal"]
            )
    return verifier


def revoked(portal_id: str, application_id: str | None = None) -> int:
    """End tokens; how many."""
    desk().portal(portal_id)
    box = this()
    with box.store.transaction():
        ended = Vault(box.store).revoke(portal_id, application_id)
        box.ledger.effect("application_revoked", application_id or portal_id, portal=portal_id)
    return ended
