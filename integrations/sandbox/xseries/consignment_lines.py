"""The lines of a consignment. Single PUT sets, single POST and bulk add.

Bulk is where integrations double their orders: `count` is added while OPEN or SENT, `received`
is added while DISPATCHED, and any `received` at all sends an OPEN or SENT order on its way.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import Response

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json
from integrations.sandbox.xseries.auth import needs
from integrations.sandbox.xseries.consignments import need_write, refuse_final, set_status
from integrations.sandbox.xseries.lists import envelope, texts_asked_for
from integrations.sandbox.xseries.refusals import Body, missing, refuse, sent_body, sent_json
from integrations.sandbox.xseries.routes import api, data, without
from integrations.sandbox.xseries.shop import Shop, current

MOST_IN_BULK = 500
_INTERNAL = ("id", "consignment_id")


@dataclass(frozen=True)
class Entry:
    """One line as sent; None is "not sent"."""

    product: Doc
    count: Decimal | None
    received: Decimal | None
    cost: Decimal | None


@api.get("/consignments/<consignment_id>/products")
@needs("consignments:read")
def list_lines(consignment_id: str) -> Response:
    shop = current()
    shop.need("consignments", consignment_id, "Consignment")
    texts = texts_asked_for(shop, "lines", where={"consignment": consignment_id})
    return envelope([jsontext.dumps(_shown(jsontext.loads(text))) for text in texts])


def _shown(line: Doc) -> Doc:
    return without(line, *_INTERNAL)


@api.post("/consignments/<consignment_id>/products")
def add_line(consignment_id: str) -> Response:
    """Add one product; one that is there already gets more."""
    need_write()
    shop, body = current(), sent_body(wrapped=True)
    with shop.store.transaction():
        consignment = _writable(shop, consignment_id)
        entry = read_entry(shop, body)
        body.check()
        line = _add(shop, consignment, entry)
        if entry.received is not None:
            _goods_came(shop, consignment, single=True)
    return data(_shown(line))


@api.put("/consignments/<consignment_id>/products/<product_id>")
def set_line(consignment_id: str, product_id: str) -> Response:
    """Set count, received or cost of one line: can be repeated without harm."""
    need_write()
    shop, body = current(), sent_body(wrapped=True)
    with shop.store.transaction():
        consignment = _writable(shop, consignment_id)
        line = _line(shop, consignment_id, product_id)
        if line is None:
            raise missing("Product in this consignment")
        sent = Body(dict(body.members) | {"product_id": product_id})
        entry = read_entry(shop, sent)
        sent.check()
        on_order = consignment["status"] in ("OPEN", "SENT")
        if entry.count is not None and on_order:
            _write(shop, line, "count", entry.count)
        if entry.received is not None:
            _write(shop, line, "received", entry.received)
        _write_cost(shop, line, entry.cost)
        if entry.received is not None:
            _goods_came(shop, consignment, single=True)
        _touch(shop, consignment)
    return data({"data": [_shown(line)]})


@api.delete("/consignments/<consignment_id>/products/<product_id>")
def delete_line(consignment_id: str, product_id: str) -> Response:
    need_write()
    shop = current()
    with shop.store.transaction():
        consignment = _writable(shop, consignment_id)
        if consignment["status"] == "DISPATCHED":
            raise refuse("A product cannot be removed from a DISPATCHED consignment")
        line = _line(shop, consignment_id, product_id)
        if line is None:
            raise missing("Product in this consignment")
        shop.bury("lines", line)
        _touch(shop, consignment)
        shop.effect("consignment_line_deleted", consignment_id, product=product_id)
    return Response("", 204)


@api.post("/consignments/<consignment_id>/bulk")
def bulk_lines(consignment_id: str) -> Response:
    """A bare list of lines, **added** to what is there.

    Above 500 entries the real service may time out with part of the work done; here the first
    500 are written and the answer is a 504.
    """
    need_write()
    shop, sent = current(), sent_json()
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise refuse("The body must be a list of objects", 400)
    too_many = len(sent) > MOST_IN_BULK
    with shop.store.transaction():
        consignment = _writable(shop, consignment_id)
        entries = _read_entries(shop, sent[:MOST_IN_BULK])
        totals: Doc = {}
        came = any(entry.received is not None for entry in entries)
        for entry in entries:
            line = _add(shop, consignment, entry)
            totals[line["product_id"]] = {n: line[n] for n in ("count", "received")}
        if came:
            _goods_came(shop, consignment, single=False)
    if too_many:
        return as_json({"error": "Gateway Timeout", "message": "The request timed out"}, 504)
    return data(totals)


def _read_entries(shop: Shop, sent: list[Doc]) -> list[Entry]:
    """All entries, or one refusal that names everything wrong with any of them."""
    whole, entries = Body({}), []
    for number, members in enumerate(sent):
        body = Body(members, f"{number}.")
        entries.append(read_entry(shop, body))
        if members.get("count") is None and members.get("received") is None:
            body.wrong("count", "or received is required")
        whole.take(body)
    whole.check()
    return entries


def read_entry(shop: Shop, body: Body) -> Entry:
    """One line; texts and numbers are both taken. What is wrong is noted in `body`."""
    wanted = body.need("product_id")
    product = shop.get("products", wanted)
    if product is None:
        body.wrong("product_id", "is not a product")
        product = {"id": wanted}
    elif product["is_composite"]:
        body.wrong("product_id", "is a composite product, which consignments do not take")
    count, received = body.number("count", text_too=True), body.number("received", text_too=True)
    cost = body.number("cost", text_too=True)
    return Entry(product, count, received, cost)


def _writable(shop: Shop, consignment_id: str) -> Doc:
    consignment = shop.need("consignments", consignment_id, "Consignment")
    need_write(consignment["type"])
    refuse_final(consignment)
    return consignment


def _line(shop: Shop, consignment_id: str, product_id: str) -> Doc | None:
    return shop.get("lines", f"{consignment_id}:{product_id}")


def _add(shop: Shop, consignment: Doc, entry: Entry) -> Doc:
    """Put `entry` on top of what the line has; in DISPATCHED the ordered count stays."""
    own, product = consignment["id"], entry.product["id"]
    line = _line(shop, own, product) or _blank(shop, own, entry.product)
    if entry.count is not None and consignment["status"] != "DISPATCHED":
        _write(shop, line, "count", Decimal(line["count"]) + entry.count)
    if entry.received is not None:
        _write(shop, line, "received", Decimal(line["received"]) + entry.received)
    _write_cost(shop, line, entry.cost)
    shop.save("lines", line)
    _touch(shop, consignment)
    return line


def _blank(shop: Shop, consignment_id: str, product: Doc) -> Doc:
    now, cost = shop.now(), product["supply_price"]
    return {
        "id": f"{consignment_id}:{product['id']}",
        "consignment_id": consignment_id,
        "product_id": product["id"],
        "product_sku": product["sku"],
        "count": five(Decimal(0)),
        "received": five(Decimal(0)),
        "cost": None if cost is None else five(Decimal(cost)),
        "is_included": True,
        "status": "PENDING",
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
    }


def five(value: Decimal) -> str:
    """A decimal text with five places, as lines show quantities and costs."""
    return f"{value:.5f}"


def _write(shop: Shop, line: Doc, member: str, value: Decimal) -> None:
    """Give `count` or `received` its new value, and the ledger the difference."""
    delta = value - Decimal(line[member])
    line |= {member: five(value), "updated_at": shop.now()}
    shop.save("lines", line)
    shop.effect(
        "consignment_line",
        line["consignment_id"],
        product=line["product_id"],
        member=member,
        delta=five(delta),
        total=five(value),
    )


def _write_cost(shop: Shop, line: Doc, cost: Decimal | None) -> None:
    if cost is not None:
        line["cost"] = five(cost)
        shop.save("lines", line)


def _touch(shop: Shop, consignment: Doc) -> None:
    """A change of a line is news of its consignment."""
    consignment["updated_at"] = shop.now()
    shop.save("consignments", consignment)


def _goods_came(shop: Shop, consignment: Doc, *, single: bool) -> None:
    """Goods are arriving: a supplier's order becomes DISPATCHED by itself.

    In bulk that happens from OPEN and SENT, with single lines from SENT only.
    """
    states = ("SENT",) if single else ("OPEN", "SENT")
    if consignment["type"] == "SUPPLIER" and consignment["status"] in states:
        set_status(shop, consignment, "DISPATCHED")
