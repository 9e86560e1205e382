"""Sales as a version feed, product search, and a sale rung up at the till."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Response, request

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.xseries.auth import needs
from integrations.sandbox.xseries.lists import version_page
from integrations.sandbox.xseries.product_rows import default_rate
from integrations.sandbox.xseries.refusals import query_flag, query_number, refuse
from integrations.sandbox.xseries.routes import api, data
from integrations.sandbox.xseries.shop import Shop, current
from integrations.sandbox.xseries.stock import move_stock

LARGEST_SALES_PAGE = 500
_FILTERS: dict[str, Callable[[Doc], list[Any]]] = {
    "sku": lambda p: [p["sku"].lower()],
    "_id": lambda p: [p["id"]],
    "supplier_id": lambda p: [row["supplier_id"] for row in p["product_suppliers"]],
    "brand_id": lambda p: [p["brand_id"]],
    "tag_id": lambda p: p["tag_ids"],
    "product_type_id": lambda p: [(p["product_category"] or {}).get("id")],
    "variant_parent_id": lambda p: [p["variant_parent_id"]],
}


@api.get("/sales")
@needs("sales:read")
def list_sales() -> Response:
    return version_page(
        current(), "sales", default=LARGEST_SALES_PAGE, largest=LARGEST_SALES_PAGE, deleted=False
    )


@api.get("/sales/<sale_id>")
@needs("sales:read")
def get_sale(sale_id: str) -> Response:
    return data(current().need("sales", sale_id, "Sale"))


@api.get("/search")
@needs("products:read")
def search() -> Response:
    """Products by repeated filters (any of them), ``-value`` excludes; sku in lower case only.

    Secondary codes are not searched: whether the real service does is not known.
    """
    shop, args = current(), request.args
    if args.get("type") != "products":
        raise refuse("Only type=products can be searched here", 400)
    wanted = {name: args.getlist(name) for name in _FILTERS if name in args}
    if set(wanted) == {"sku"} and not any(sku.startswith("-") for sku in wanted["sku"]):
        found = [p for sku in dict.fromkeys(wanted["sku"]) for p in shop.find("products", sku=sku)]
    else:
        found = [p for p in _everything(shop) if _matches(p, wanted)]
    start = max(0, query_number("offset", 0))
    size = max(1, min(query_number("page_size", 1000), 1000))
    return data(found[start : start + size])


def _everything(shop: Shop) -> list[Doc]:
    if query_flag("deleted"):
        return shop.store.find(shop.kind("products"))
    return shop.find("products")


def _matches(product: Doc, wanted: dict[str, list[str]]) -> bool:
    for name, values in wanted.items():
        held = _FILTERS[name](product)
        excluded = [value[1:] for value in values if value.startswith("-")]
        asked = [value for value in values if not value.startswith("-")]
        if any(value in held for value in excluded):
            return False
        if asked and not any(value in held for value in asked):
            return False
    return True


def ring_up(shop: Shop, product: Doc, outlet_id: str, quantity: int) -> Doc:
    """Sell `quantity` of a product at an outlet: a closed sale, and stock goes down."""
    sale = _sale(shop, product, outlet_id, quantity)
    shop.save("sales", sale)
    move_stock(shop, product["id"], outlet_id, Decimal(-quantity), "sale")
    shop.effect("sale_made", sale["id"], product=product["id"], quantity=quantity)
    shop.announce("sale.update", sale)
    return sale


def _sale(shop: Shop, product: Doc, outlet_id: str, quantity: int) -> Doc:
    price = Decimal(product["price_excluding_tax"])
    tax = (price * default_rate(shop)).quantize(Decimal("0.01"))
    cost, now = product["supply_price"], shop.now()
    registers = [r for r in shop.find("registers") if r["outlet_id"] == outlet_id]
    default = next((t for t in shop.find("taxes") if t["is_default"]), {"id": None})
    line: dict[str, Any] = {
        "id": shop.new_id(),
        "product_id": product["id"],
        "tax_id": default["id"],
        "quantity": quantity,
        "price": price,
        "price_total": price * quantity,
        "cost": cost,
        "cost_total": None if cost is None else Decimal(cost) * quantity,
        "discount": 0,
        "discount_total": 0,
        "tax": tax,
        "tax_total": tax * quantity,
        "loyalty_value": 0,
        "price_set": False,
        "is_return": False,
        "status": "CONFIRMED",
        "sequence": 0,
        "note": None,
    }
    number = str(shop.count("sales") + 1)
    return {
        "id": shop.new_id(),
        "outlet_id": outlet_id,
        "register_id": registers[0]["id"] if registers else None,
        "user_id": shop.find("users")[0]["id"],
        "customer_id": None,
        "invoice_number": number,
        "receipt_number": number,
        "source": "USER",
        "source_id": None,
        "status": "CLOSED",
        "note": "",
        "return_for": None,
        "total_price": price * quantity,
        "total_tax": tax * quantity,
        "total_loyalty": 0,
        "sale_date": now,
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
        "line_items": [line],
        "payments": [],
        "adjustments": [],
    }
