"""Consignments: stock orders, transfers and returns, and the states they go through."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from flask import Response, request

from integrations.sandbox.kit.store import Doc, IndexValue
from integrations.sandbox.xseries.auth import need_one, needs
from integrations.sandbox.xseries.lists import version_page
from integrations.sandbox.xseries.refusals import Body, refuse, refuse_fields, sent_body
from integrations.sandbox.xseries.routes import api, data
from integrations.sandbox.xseries.shop import Shop, current
from integrations.sandbox.xseries.stock import move_stock

CHAINS = {
    "SUPPLIER": ("OPEN", "SENT", "DISPATCHED", "RECEIVED"),
    "OUTLET": ("OPEN", "SENT", "RECEIVED"),
    "RETURN": ("OPEN", "SENT"),
}
FINAL = ("RECEIVED", "CANCELLED")
WRITE_SCOPES = {
    "SUPPLIER": "consignments:write:stock_order",
    "RETURN": "consignments:write:stock_order",
    "OUTLET": "consignments:write:stock_transfer",
    "STOCKTAKE": "consignments:write:inventory_count",
}
_TEXTS = ("name", "supplier_invoice", "reference")
_MOMENTS = ("due_at", "consignment_date")


def need_write(kind: str | None = None) -> None:
    """403 unless the caller may write consignments, of this type when it is known."""
    need_one(*([WRITE_SCOPES[kind]] if kind in WRITE_SCOPES else sorted(WRITE_SCOPES.values())))


@api.get("/consignments")
@needs("consignments:read")
def list_consignments() -> Response:
    filters: dict[str, IndexValue] = {
        name: request.args[sent]
        for name, sent in (("type", "type"), ("status", "status"), ("outlet", "outlet_id"))
        if request.args.get(sent)
    }
    return version_page(current(), "consignments", where=filters)


@api.get("/consignments/<consignment_id>")
@needs("consignments:read")
def get_consignment(consignment_id: str) -> Response:
    return data(current().need("consignments", consignment_id, "Consignment"))


@api.post("/consignments")
def create_consignment() -> Response:
    """Flat or wrapped in `data`; unknown members are tolerated. Begins OPEN or SENT."""
    need_write()
    shop, body = current(), sent_body(wrapped=True)
    kind = body.need("type")
    if kind and kind not in WRITE_SCOPES:
        body.wrong("type", f"must be one of {', '.join(WRITE_SCOPES)}")
    body.need("name")
    body.need("outlet_id")
    status = body.text("status") or "OPEN"
    members = _header(shop, body)
    body.check()
    need_write(kind)
    if kind not in CHAINS:
        raise refuse_fields({"type": ["inventory counts are not kept here"]})
    if status not in ("OPEN", "SENT"):
        raise refuse_fields({"status": [f"a consignment cannot be created as {status}"]})
    if kind == "OUTLET" and not members.get("source_outlet_id"):
        raise refuse_fields({"source_outlet_id": ["is required for a transfer"]})
    with shop.store.transaction():
        consignment = _blank(shop, kind, status) | members
        shop.save("consignments", consignment)
        reference, own = consignment["reference"], consignment["id"]
        shop.effect(
            "consignment_created",
            own,
            type=kind,
            status=status,
            reference=reference,
            name=consignment["name"],
            supplier=consignment["supplier_id"],
            outlet=consignment["outlet_id"],
        )
        if status == "SENT":
            shop.announce("consignment.send", consignment)
    return data(consignment, 201)


def _blank(shop: Shop, kind: str, status: str) -> Doc:
    now = shop.now()
    return {
        "id": shop.new_id(),
        "outlet_id": None,
        "name": "",
        "due_at": None,
        "consignment_date": now,
        "received_at": None,
        "type": kind,
        "status": status,
        "supplier_id": None,
        "source_outlet_id": None,
        "supplier_invoice": None,
        "reference": None,
        "total_count_gain": None,
        "total_cost_gain": None,
        "total_count_loss": None,
        "total_cost_loss": None,
        "show_inactive": False,
        "filters": None,
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
    }


def _header(shop: Shop, body: Body) -> Doc:
    """The header members that were sent, checked."""
    members: Doc = {name: body.text(name) for name in _TEXTS if name in body}
    members |= {name: _moment(body, name) for name in _MOMENTS if name in body}
    if "name" in members and not members["name"]:
        body.wrong("name", "is required")
    known = (
        ("outlet_id", "outlets", "an outlet"),
        ("source_outlet_id", "outlets", "an outlet"),
        ("supplier_id", "suppliers", "a supplier"),
    )
    for name, resource, words in known:
        if name in body:
            members[name] = body.text(name)
            if members[name] and shop.get(resource, members[name]) is None:
                body.wrong(name, f"is not {words}")
    if "outlet_id" in members and not members["outlet_id"]:
        body.wrong("outlet_id", "is required")
    return members


def _moment(body: Body, name: str) -> str | None:
    """A timestamp as X-Series writes it, in UTC; a date alone is its first moment."""
    sent = body.text(name)
    if not sent:
        return None
    try:
        moment = datetime.fromisoformat(sent)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    except (ValueError, OverflowError):
        body.wrong(name, "must be a timestamp such as 2026-12-01T00:00:00+00:00")
        return None


@api.put("/consignments/<consignment_id>")
def update_consignment(consignment_id: str) -> Response:
    """Header members, and the status one step along the chain."""
    need_write()
    shop, body = current(), sent_body(wrapped=True)
    with shop.store.transaction():
        consignment = shop.need("consignments", consignment_id, "Consignment")
        need_write(consignment["type"])
        refuse_final(consignment)
        members, status = _header(shop, body), body.text("status")
        if "type" in body and body.text("type") not in (None, consignment["type"]):
            body.wrong("type", "cannot be changed")
        body.check()
        consignment |= members | {"updated_at": shop.now()}
        if status is not None and status != consignment["status"]:
            move_on(shop, consignment, status)
        else:
            shop.save("consignments", consignment)
            shop.effect("consignment_updated", consignment_id, fields=sorted(members))
    return data(consignment)


def refuse_final(consignment: Doc) -> None:
    """A received or cancelled consignment is frozen."""
    if consignment["status"] in FINAL:
        raise refuse(f"A {consignment['status']} consignment cannot be changed")


def move_on(shop: Shop, consignment: Doc, status: str) -> None:
    """Take the consignment to `status`, with what follows for stock and webhooks."""
    held, chain = consignment["status"], CHAINS[consignment["type"]]
    lines = shop.find("lines", consignment=consignment["id"])
    if not lines:
        raise refuse("Cannot update status of a consignment without products")
    step = status in chain and chain.index(status) == chain.index(held) + 1
    if not step and status != "CANCELLED":
        raise refuse_fields({"status": [f"cannot go from {held} to {status}"]})
    if status == "RECEIVED":
        _receive(shop, consignment, lines)
    elif status == "SENT" and consignment["type"] in ("OUTLET", "RETURN"):
        source = consignment["source_outlet_id"] or consignment["outlet_id"]
        for line in lines:
            move_stock(shop, line["product_id"], source, -Decimal(line["count"]), "sent")
    set_status(shop, consignment, status)


def set_status(shop: Shop, consignment: Doc, status: str) -> None:
    """Write the new status, the ledger entry and the news."""
    held = consignment["status"]
    consignment |= {"status": status, "updated_at": shop.now()}
    shop.save("consignments", consignment)
    shop.effect("consignment_status", consignment["id"], old=held, new=status)
    news = {"SENT": "consignment.send", "RECEIVED": "consignment.receive"}.get(status)
    if news:
        shop.announce(news, consignment)


def _receive(shop: Shop, consignment: Doc, lines: list[Doc]) -> None:
    """Stock rises by what was received; the order is closed with that."""
    if not any(Decimal(line["received"]) for line in lines):
        raise refuse("At least one product must have been received")
    for line in lines:
        received = Decimal(line["received"])
        line["status"] = "RECEIVE_SUCCESS"
        shop.save("lines", line)
        if received:
            cost = Decimal(line["cost"]) if line["cost"] is not None else None
            product = line["product_id"]
            move_stock(shop, product, consignment["outlet_id"], received, "received", cost)
    consignment["received_at"] = shop.now()


@api.delete("/consignments/<consignment_id>")
def delete_consignment(consignment_id: str) -> Response:
    """Anything but a received one can go; its lines go with it."""
    need_write()
    shop = current()
    with shop.store.transaction():
        consignment = shop.need("consignments", consignment_id, "Consignment")
        need_write(consignment["type"])
        if consignment["status"] == "RECEIVED":
            raise refuse("A RECEIVED consignment cannot be deleted")
        bury_consignment(shop, consignment)
    return Response("", 204)


def bury_consignment(shop: Shop, consignment: Doc) -> None:
    """Soft delete the consignment and its lines."""
    for line in shop.find("lines", consignment=consignment["id"]):
        shop.bury("lines", line)
    shop.bury("consignments", consignment)
    shop.effect("consignment_deleted", consignment["id"], reference=consignment["reference"])


@api.get("/consignments/<consignment_id>/totals")
@needs("consignments:read")
def consignment_totals(consignment_id: str) -> Response:
    """One object in a list, decimal texts."""
    shop = current()
    shop.need("consignments", consignment_id, "Consignment")
    totals = dict.fromkeys(
        ("sent_count", "sent_cost", "received_count", "received_cost"), Decimal()
    )
    for line in shop.find("lines", consignment=consignment_id):
        cost = Decimal(line["cost"] or 0)
        for name, member in (("sent", "count"), ("received", "received")):
            totals[f"{name}_count"] += Decimal(line[member])
            totals[f"{name}_cost"] += Decimal(line[member]) * cost
    return data([{f"total_{name}": f"{value:.5f}" for name, value in totals.items()}])
