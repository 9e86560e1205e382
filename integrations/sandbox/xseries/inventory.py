"""Inventory: bare arrays, reads by POST, stock adjustments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, request

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json
from integrations.sandbox.xseries.auth import needs
from integrations.sandbox.xseries.lists import page_of_texts, version_page
from integrations.sandbox.xseries.product_rows import family_of
from integrations.sandbox.xseries.refusals import Body, query_flag, query_number, refuse, sent_body
from integrations.sandbox.xseries.routes import api, data, known
from integrations.sandbox.xseries.shop import Shop, current
from integrations.sandbox.xseries.stock import move_stock

DEFAULT_SIZE, LARGEST_SIZE = 1000, 5000
REASONS = (
    "DAMAGE",
    "EXPIRY",
    "INTERNAL_USE",
    "THEFT",
    "DONATION",
    "STOCK_FOUND",
    "SAMPLE_FOR_SALE",
    "CUSTOM",
)


def _bare(texts: list[str]) -> Response:
    return Response(f"[{','.join(texts)}]", content_type="application/json")


@api.post("/inventory")
@needs("inventory:read")
def list_inventory() -> Response:
    """A read although it is a POST. Sorted by version; the default direction is descending."""
    shop, body = current(), sent_body()
    after, before = body.number("after"), body.number("before")
    size, product = body.number("size"), body.text("product_id")
    variants, deleted = body.flag("variants"), body.flag("include_deleted")
    direction = body.text("sort_direction") or "desc"
    if direction not in ("asc", "desc"):
        body.wrong("sort_direction", "must be asc or desc")
    body.check(400)
    return _records(
        shop,
        product,
        bool(variants),
        after=int(after or 0),
        before=int(before) if before else None,
        size=int(size) if size else DEFAULT_SIZE,
        deleted=bool(deleted),
        descending=direction == "desc",
    )


@api.get("/inventory/<product_id>")
@needs("inventory:read")
def product_inventory(product_id: str) -> Response:
    shop = current()
    shop.need("products", product_id, "Product")
    return _records(
        shop,
        product_id,
        query_flag("variants"),
        after=query_number("after", 0),
        before=query_number("before", 0) or None,
        size=query_number("page_size", DEFAULT_SIZE),
        deleted=query_flag("include_deleted"),
        descending=request.args.get("order_direction", "desc") == "desc",
    )


def _records(
    shop: Shop,
    product_id: str | None,
    variants: bool,
    *,
    after: int,
    before: int | None,
    size: int,
    deleted: bool,
    descending: bool,
) -> Response:
    bounds: dict[str, Any] = {
        "after": after,
        "before": before,
        "size": max(1, min(size, LARGEST_SIZE)),
        "deleted": deleted,
        "descending": descending,
    }
    if product_id is None:
        return _bare(page_of_texts(shop, "inventory", **bounds))
    wanted = [product_id]
    product = shop.get("products", product_id)
    if variants and product is not None:
        wanted = [member["id"] for member in family_of(shop, product)]
    texts = [
        text
        for each in wanted
        for text in page_of_texts(shop, "inventory", where={"product": each}, **bounds)
    ]
    return _bare(texts[: bounds["size"]])


# Levels


@api.post("/inventory_levels")
@needs("inventory:read")
def list_levels() -> Response:
    """A read by POST: levels of up to 1000 products and locations, by offset."""
    shop, body = current(), sent_body()
    wanted = {
        name: body.texts(name)
        for name in ("product_ids", "root_product_ids", "location_ids", "supplier_ids")
    }
    for name, ids in wanted.items():
        if ids is not None and len(ids) > 1000:
            body.wrong(name, "must be at most 1000")
    offset, size = body.number("offset"), body.number("size")
    inactive = body.flag("include_inactive")
    body.check(400)
    rows = [row for row in _levels(shop, bool(inactive)) if _asked_for(row, wanted)]
    start, length = int(offset or 0), min(int(size) if size else 100, 10_000)
    return as_json(rows[start : start + length])


@api.get("/inventory_levels/<product_id>")
@needs("inventory:read")
def product_levels(product_id: str) -> Response:
    shop = current()
    shop.need("products", product_id, "Product")
    rows = _levels(shop, query_flag("include_inactive"), product_id)
    return as_json(rows)


def _asked_for(row: Doc, wanted: dict[str, list[str] | None]) -> bool:
    members = {
        "product_ids": "product_id",
        "root_product_ids": "root_product_id",
        "location_ids": "location_id",
        "supplier_ids": "supplier_id",
    }
    return all(ids is None or row.get(members[name]) in ids for name, ids in wanted.items())


def _levels(shop: Shop, inactive: bool, product_id: str | None = None) -> list[Doc]:
    held = [shop.need("products", product_id, "Product")] if product_id else None
    products = {p["id"]: p for p in held or shop.find("products")}
    index = {} if product_id is None else {"product": product_id}
    levels = []
    for row in shop.find("inventory", **index):
        product = products.get(row["product_id"])
        if product is None or not (inactive or product["is_active"]):
            continue
        levels.append(_level(row, product))
    return levels


def _level(row: Doc, product: Doc) -> Doc:
    count, cost = Decimal(row["current_inventory_level"]), row["average_cost"]
    level = {
        "product_id": product["id"],
        "root_product_id": product["variant_parent_id"] or product["id"],
        "location_id": row["outlet_id"],
        "name": product["variant_name"] or product["name"],
        "brand_id": product["brand_id"],
        "supplier_id": product["supplier_id"],
        "product_type_id": (product["product_category"] or {}).get("id"),
        "current_inventory_level": row["current_inventory_level"],
        "average_cost": cost,
        "total_cost": None if cost is None else count * Decimal(cost),
        "quantity_to_procure": row["quantity_to_procure"],
        "reorder_method": row["reorder_method"],
        "reorder_threshold": row["reorder_point"],
        "reorder_amount": row["reorder_amount"],
        "reorder_target": row["reorder_target"],
    }
    return known(level)


# Adjustments


@api.get("/stock_adjustments")
@needs("inventory:write")
def list_adjustments() -> Response:
    return version_page(current(), "adjustments", default=100, largest=1000, deleted=False)


@api.post("/stock_adjustments")
@needs("inventory:write")
def adjust_stock() -> Response:
    """1 to 1000 signed changes, all or none."""
    shop, body = current(), sent_body()
    entries = body.objects("stock_adjustments")
    body.only(("stock_adjustments",))
    body.check(400)
    if not entries or len(entries) > 1000:
        raise refuse("stock_adjustments must have 1 to 1000 entries", 400)
    with shop.store.transaction():
        rows = [_adjust(shop, Body(entry)) for entry in entries]
    return data(rows, 201)


def _adjust(shop: Shop, entry: Body) -> Doc:
    entry.only(
        ("product_id", "outlet_id", "quantity", "reason", "custom_inventory_adjustment_reason_id")
    )
    product, outlet = entry.need("product_id"), entry.need("outlet_id")
    sent, reason = entry.need("quantity"), entry.need("reason")
    quantity = entry.number("quantity", text_too=True, least=None) or Decimal(0)
    if not quantity and not entry.errors:
        entry.wrong("quantity", "must not be zero")
    if shop.get("products", product) is None:
        entry.wrong("product_id", "is not a product")
    if shop.get("outlets", outlet) is None:
        entry.wrong("outlet_id", "is not an outlet")
    if reason and reason not in REASONS:
        entry.wrong("reason", f"must be one of {', '.join(REASONS)}")
    entry.check()
    now = shop.now()
    row: Doc = {
        "id": shop.new_id(),
        "user_id": shop.find("users")[0]["id"],
        "product_id": product,
        "outlet_id": outlet,
        "quantity": sent,
        "reason": reason,
        "created_at": now,
        "updated_at": now,
    }
    shop.save("adjustments", row)
    move_stock(shop, product, outlet, quantity, f"adjustment {reason}")
    return row
