"""The control API under ``/_sandbox``: for tests and for the play page, loopback only."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from integrations.sandbox.kit.faults import UnknownFault
from integrations.sandbox.kit.web import (
    Hooks,
    as_json,
    broken_json,
    fill,
    json_body,
    this,
)

blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")


def _refuse(message: str, status: int = 400) -> Response:
    return as_json({"error": message}, status)


@blueprint.before_request
def loopback_only() -> Response | None:
    """The server binds to loopback; this also refuses pages of other sites in a browser."""
    host = request.host.rpartition(":")[0] or request.host
    if host not in ("127.0.0.1", "localhost", "[::1]"):
        return _refuse("the control API answers on loopback only", 403)
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and origin != request.host_url.rstrip("/"):
        return _refuse("other sites cannot use the control API", 403)
    return None


@blueprint.get("/health")
def health() -> Response:
    """Is the server up, and with which settings?"""
    box = this()
    return as_json(
        {
            "ok": True,
            "name": box.name,
            "seed": box.seed,
            "size": box.size,
            "now": box.clock.now().isoformat(),
            "documents": box.store.kinds(),
        }
    )


@blueprint.get("/ledger")
def ledger() -> Response:
    """Calls and effects numbered above `after`, and the counts by endpoint and status."""
    after = request.args.get("after", "0")
    if not after.isdigit():
        return _refuse("after is a number")
    book = this().ledger
    return as_json(
        {
            "calls": book.calls(int(after)),
            "effects": book.effects(after=int(after)),
            "counts": book.counts(),
        }
    )


@blueprint.get("/faults")
def faults() -> Response:
    """The rules in force."""
    return as_json({"faults": [rule.as_json() for rule in this().faults.rules()]})


@blueprint.post("/faults")
def add_faults() -> Response:
    """Switch on one fault or a list of them."""
    try:
        asked = json_body()
    except ValueError:
        return broken_json()
    wanted = asked if isinstance(asked, list) else [asked]
    try:
        added = [this().faults.add_json(rule) for rule in wanted]
    except UnknownFault as error:
        return _refuse(str(error))
    return as_json({"faults": [rule.as_json() for rule in added]}, 201)


@blueprint.delete("/faults")
def clear_faults() -> Response:
    """Switch off the fault `?id=`, or all of them."""
    wanted = request.args.get("id")
    if wanted is None:
        this().faults.clear()
    elif not wanted.isdigit() or not this().faults.remove(int(wanted)):
        return _refuse("no such fault", 404)
    return faults()


@blueprint.post("/reset")
def reset() -> Response:
    """Forget everything, rules and clock included, and seed again."""
    try:
        asked = json_body() if request.get_data() else {}
    except ValueError:
        return broken_json()
    box = this()
    if not isinstance(asked, dict):
        return _refuse("the body is an object")
    seed, size = asked.get("seed", box.seed), asked.get("size", box.size)
    if type(seed) is not int or not isinstance(size, str):
        return _refuse("seed is an integer, size is a text")
    hooks: Hooks = current_app.extensions["sandbox.hooks"]
    try:
        fill(box, hooks, seed, size)
    except KeyError:
        return _refuse(f"no world of size {size!r}")
    box.faults.clear()
    box.clock.offset_seconds = 0.0
    return health()


@blueprint.get("/state")
def kinds() -> Response:
    """The kinds of documents and how many there are of each."""
    return as_json(this().store.kinds())


@blueprint.get("/state/<kind>")
def documents(kind: str) -> Response:
    """All raw documents of a kind, as stored."""
    return as_json({"data": this().store.find(kind)})


@blueprint.get("/state/<kind>/<path:doc_id>")
def document(kind: str, doc_id: str) -> Response:
    """One raw document, as stored."""
    doc = this().store.get(kind, doc_id)
    return as_json(doc) if doc is not None else _refuse("no such document", 404)


@blueprint.post("/clock")
def clock() -> Response:
    """Let the server's clock run `offset_seconds` ahead (negative: behind)."""
    try:
        offset = json_body()["offset_seconds"]
        this().clock.offset_seconds = float(offset)
    except (ValueError, KeyError, TypeError):
        return _refuse("offset_seconds is a number")
    return as_json({"now": this().clock.now().isoformat()})
