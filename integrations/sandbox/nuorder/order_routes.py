"""`/api/orders…` and `/api/order…`: lists by status and date, reads, creation, changes, moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json, json_body, list_lag, this
from integrations.sandbox.nuorder import shelf
from integrations.sandbox.nuorder.desk import CannotDo, Desk
from integrations.sandbox.nuorder.guard import caller, refusal
from integrations.sandbox.nuorder.intake import OPEN_TO_BUYERS, BadOrder, revised, taken
from integrations.sandbox.world.orders import STATUSES

api = Blueprint("orders", __name__, url_prefix="/api")

_SETTABLE = ("external_id", "notes")
_VERBS = {"process": "processed", "cancel": "cancelled", "approve": "approved", "ship": "shipped"}


def desk() -> Desk:
    """The brand's desk of the running server."""
    box = this()
    return Desk(box.store, box.ledger, box.clock)


def _raw(body: bytes, status: int = 200) -> Response:
    return Response(body, status, content_type="application/json")


def _mine(order_id: str) -> Doc | None:
    try:
        return desk().order(order_id, caller().portal["id"])
    except CannotDo:
        return None


def _by_number(number: str) -> Doc | None:
    found = this().store.find("order", portal=caller().portal["id"], number=number)
    return next((held for held in found if not held["removed"]), None)


def _not_found() -> Response:
    return refusal(404, "order not found")


def _fresh_first(held: list[Doc]) -> list[Doc]:
    """Without what is too new for lists, when lists lag."""
    lag = list_lag()
    if not lag:
        return held
    horizon = this().clock.seconds() - lag
    return [one for one in held if one["made_at"] < horizon]


def _payments(held: Doc) -> bytes:
    """The order's body; with `__populate=__payments` it carries its (never any) payments."""
    if request.args.get("__populate") != "__payments" or held["raw"] is not None:
        return shelf.body_of(held)
    order = held["order"] | {"__metadata": {"payments": []}}
    return jsontext.dumps(order).encode()


@api.get("/orders/<status>/list")
def list_ids(status: str) -> Response:
    """Ids of all orders in a status, as one bare array."""
    return _listed(status, lambda held: as_json([one["id"] for one in held]))


@api.get("/orders/<status>/detail")
def list_orders(status: str) -> Response:
    """All orders in a status in full, as one bare array."""
    return _listed(status, lambda held: _raw(b"[" + b",".join(map(_payments, held)) + b"]"))


def _listed(status: str, answer: Callable[[list[Doc]], Response]) -> Response:
    wanted = status.lower()
    if wanted == "edited":
        return as_json([])
    if wanted not in STATUSES:
        return refusal(400, f"invalid status {status}")
    found = this().store.find("order", portal=caller().portal["id"], status=wanted)
    return answer(_fresh_first(found))


@api.get("/orders/list")
def list_by_date() -> Response:
    """Ids of orders made between two days (UTC), both included."""
    try:
        start, end = (date.fromisoformat(request.args[k]) for k in ("start_date", "end_date"))
    except (KeyError, ValueError):
        return refusal(400, "start_date and end_date are required (YYYY-MM-DD)")
    found = this().store.find("order", portal=caller().portal["id"])
    made = [
        held["id"]
        for held in _fresh_first(found)
        if not held["removed"]
        and start.isoformat() <= str(held["order"].get("created_on", ""))[:10] <= end.isoformat()
    ]
    return as_json(made)


@api.get("/order/<order_id>")
def get_order(order_id: str) -> Response:
    """One order."""
    held = _mine(order_id)
    return _raw(_payments(held)) if held else _not_found()


@api.get("/order/number/<path:number>")
def get_by_number(number: str) -> Response:
    """One order by its number; the oldest where several share it."""
    held = _by_number(number)
    return _raw(_payments(held)) if held else _not_found()


@api.put("/order/new")
def create_order() -> Response:
    """Create an order; a clash of number or external id is a 409."""
    box, portal = this(), caller().portal
    try:
        body = json_body()
    except ValueError:
        return refusal(400, "the body is not JSON")
    try:
        with box.store.transaction():
            order = taken(box.store, portal, body, box.clock.now())
            shelf.put_order(box.store, portal["id"], order, made_at=box.clock.seconds())
            box.ledger.effect(
                "order_created",
                order["_id"],
                portal=portal["id"],
                number=order["order_number"],
                external_id=order["external_id"],
                units=order["total_quantity"],
                by="api",
            )
    except BadOrder as error:
        return refusal(error.status, error.message)
    return as_json(order, 201)


@api.post("/order/<order_id>")
def update_order(order_id: str) -> Response:
    """Change an order that the brand has not taken yet."""
    if order_id == "new":  # the documented wrong verb
        raise MethodNotAllowed
    return _update(_mine(order_id))


@api.post("/order/number/<number>")
def update_by_number(number: str) -> Response:
    """The same by number."""
    return _update(_by_number(number))


def _update(held: Doc | None) -> Response:
    if held is None:
        return _not_found()
    if held["listed"] not in OPEN_TO_BUYERS:
        return refusal(403, f"an order in {held['listed']} cannot be edited by the buyer")
    box = this()
    try:
        body = json_body()
    except ValueError:
        return refusal(400, "the body is not JSON")
    portal, now = caller().portal, box.clock.now()
    try:
        changed = desk().revise(
            held["id"],
            "by the retailer",
            lambda order: revised(box.store, portal, order, body, now),
            reprice=False,
        )
    except BadOrder as error:
        return refusal(error.status, error.message)
    except CannotDo as error:
        return refusal(400, str(error))
    return as_json(changed["order"])


@api.post("/order/<order_id>/<word>")
def move_order(order_id: str, word: str) -> Response:
    """Move an order's status. A retailer's app must never call this; the ledger tells."""
    return _move(_mine(order_id), word)


@api.route("/order/number/<number>/<word>", methods=["POST", "PUT"])
def move_by_number(number: str, word: str) -> Response:
    """The same by number."""
    return _move(_by_number(number), word)


def _move(held: Doc | None, word: str) -> Response:
    if held is None:
        return _not_found()
    status = _VERBS.get(word.lower(), word.lower())
    if status == held["listed"]:
        return Response(status=304)
    try:
        return as_json(desk().move(held["id"], status, by="api")["order"])
    except CannotDo as error:
        return refusal(400, str(error))


@api.post("/order/<order_id>/set/<field>/<path:value>")
def set_field(order_id: str, field: str, value: str) -> Response:
    """Set one field; only `external_id` and `notes` may be set this way."""
    held = _mine(order_id)
    if held is None:
        return _not_found()
    if field not in _SETTABLE:
        return refusal(400, f"{field} cannot be set")
    try:
        changed = desk().revise(
            order_id, f"{field} set", lambda order: order.update({field: value}), reprice=False
        )
    except CannotDo as error:
        return refusal(400, str(error))
    return as_json(changed["order"])
