"""Purchase order reads: the richer view of supplier consignments, read-only.

Ids equal consignment ids here; whether they do in the real service is not known. Money is null
without the scope `products:read:costs`.
"""

from __future__ import annotations

import uuid
from decimal import Decimal

from flask import Response

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.store import Doc, IndexValue
from integrations.sandbox.xseries.auth import has_scope, needs
from integrations.sandbox.xseries.lists import envelope, texts_asked_for
from integrations.sandbox.xseries.refusals import missing
from integrations.sandbox.xseries.routes import api, data
from integrations.sandbox.xseries.shop import Shop, current

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000


def _order(shop: Shop, order_id: str) -> Doc:
    consignment = shop.need("consignments", order_id, "Purchase order")
    if consignment["type"] != "SUPPLIER":
        raise missing("Purchase order")
    return consignment


def _money(value: Decimal | str | None) -> str | None:
    if value is None or not has_scope("products:read:costs"):
        return None
    return f"{Decimal(value):.5f}"


def _zulu(moment: str | None) -> str | None:
    """Newer objects write UTC as ``Z``."""
    return moment.replace("+00:00", "Z") if moment else None


def _sum(lines: list[Doc], member: str, *, cost: bool = False) -> Decimal:
    factors = (Decimal(line["cost"] or 0) if cost else Decimal(1) for line in lines)
    amounts = (Decimal(line[member]) for line in lines)
    return sum((a * f for a, f in zip(amounts, factors, strict=True)), Decimal(0))


def _shown(shop: Shop, consignment: Doc) -> Doc:
    lines = shop.find("lines", consignment=consignment["id"])
    return {
        "id": consignment["id"],
        "version": consignment["version"],
        "user_id": shop.find("users")[0]["id"],
        "order_number": consignment["reference"],
        "notes": consignment["name"],
        "delivery_outlet_id": consignment["outlet_id"],
        "allocation_outlet_ids": [consignment["outlet_id"]],
        "supplier_id": consignment["supplier_id"],
        "supplier_invoice": consignment["supplier_invoice"],
        "status": consignment["status"],
        "due_at": _zulu(consignment["due_at"]),
        "cost_price_total": _money(_sum(lines, "count", cost=True)),
        "quantity_total": f"{_sum(lines, 'count'):.5f}",
        "costs": [],
        "discounts": [],
        "created_at": _zulu(consignment["created_at"]),
        "updated_at": _zulu(consignment["updated_at"]),
    }


def _page(shop: Shop, resource: str, **index: IndexValue) -> list[str]:
    return texts_asked_for(
        shop, resource, default=DEFAULT_PAGE, largest=LARGEST_PAGE, deleted=False, where=index
    )


@api.get("/purchase_orders")
@needs("consignments:read")
def list_purchase_orders() -> Response:
    shop = current()
    texts = _page(shop, "consignments", type="SUPPLIER")
    return envelope([jsontext.dumps(_shown(shop, jsontext.loads(text))) for text in texts])


@api.get("/purchase_orders/<order_id>")
@needs("consignments:read")
def get_purchase_order(order_id: str) -> Response:
    shop = current()
    return data(_shown(shop, _order(shop, order_id)))


@api.get("/purchase_orders/<order_id>/line_items")
@needs("consignments:read")
def list_order_lines(order_id: str) -> Response:
    shop = current()
    order = _order(shop, order_id)
    return envelope([jsontext.dumps(_order_line(order, line)) for line in _lines(shop, order)])


def _lines(shop: Shop, order: Doc) -> list[Doc]:
    texts = _page(shop, "lines", consignment=order["id"])
    return [jsontext.loads(text) for text in texts]


def _order_line(order: Doc, line: Doc) -> Doc:
    return {
        "id": _id("line", line["id"]),
        "version": line["version"],
        "purchase_order_id": order["id"],
        "product_id": line["product_id"],
        "quantity": line["count"],
        "cost_price": _money(line["cost"]),
        "allocations": [{"outlet_id": order["outlet_id"], "quantity": line["count"]}],
        "components": [],
        "created_at": _zulu(line["created_at"]),
        "updated_at": _zulu(line["updated_at"]),
    }


def _id(kind: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{name}"))


@api.get("/purchase_orders/<order_id>/deliveries")
@needs("consignments:read")
def list_deliveries(order_id: str) -> Response:
    """One delivery, from the moment that goods arrive."""
    shop = current()
    order = _order(shop, order_id)
    if order["status"] not in ("DISPATCHED", "RECEIVED"):
        return envelope([])
    return envelope([jsontext.dumps(_delivery(shop, order))])


def _delivery(shop: Shop, order: Doc) -> Doc:
    lines = shop.find("lines", consignment=order["id"])
    return {
        "id": _id("delivery", order["id"]),
        "version": order["version"],
        "purchase_order_id": order["id"],
        "outlet_id": order["outlet_id"],
        "user_id": shop.find("users")[0]["id"],
        "notes": None,
        "status": order["status"],
        "due_at": _zulu(order["due_at"]),
        "received_at": _zulu(order["received_at"]),
        "invoice_date": None,
        "supplier_invoice": order["supplier_invoice"],
        "cost_price_total": _money(_sum(lines, "received", cost=True)),
        "received_quantity_total": f"{_sum(lines, 'received'):.5f}",
        "costs": [],
        "discounts": [],
        "created_at": _zulu(order["created_at"]),
        "updated_at": _zulu(order["updated_at"]),
    }


@api.get("/purchase_orders/<order_id>/deliveries/<delivery_id>/line_items")
@needs("consignments:read")
def list_delivery_lines(order_id: str, delivery_id: str) -> Response:
    shop = current()
    order = _order(shop, order_id)
    if delivery_id != _id("delivery", order_id):
        raise missing("Delivery")
    rows = [_delivery_line(order, line) for line in _lines(shop, order)]
    return envelope([jsontext.dumps(row) for row in rows])


def _delivery_line(order: Doc, line: Doc) -> Doc:
    quantities = {"expected_quantity": line["count"], "received_quantity": line["received"]}
    return {
        "id": _id("delivery-line", line["id"]),
        "version": line["version"],
        "purchase_order_delivery_id": _id("delivery", order["id"]),
        "purchase_order_line_item_id": _id("line", line["id"]),
        "product_id": line["product_id"],
        **quantities,
        "cost_price": _money(line["cost"]),
        "allocations": [{"outlet_id": order["outlet_id"], **quantities}],
        "components": [],
        "created_at": _zulu(line["created_at"]),
        "updated_at": _zulu(line["updated_at"]),
    }
