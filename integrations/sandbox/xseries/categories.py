"""Product categories: a tree with its own paging, written in bulk."""

from __future__ import annotations

from flask import Response, request

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json
from integrations.sandbox.xseries.auth import needs
from integrations.sandbox.xseries.refusals import Body, missing, query_number, refuse, sent_body
from integrations.sandbox.xseries.routes import api, data, known, without
from integrations.sandbox.xseries.shop import Shop, current

DEFAULT_PAGE = 1000


@api.get("/product_categories")
@needs("products:read")
def list_categories() -> Response:
    """Pages go on after a category id, not a version."""
    found = current().find("categories")
    parent = request.args.get("parent")
    if parent is not None:
        found = [category for category in found if category.get("parent_category_id") == parent]
    after = request.args.get("after")
    if after:
        ids = [category["id"] for category in found]
        if after not in ids:
            raise missing("Category to go on after")
        found = found[ids.index(after) + 1 :]
    size = max(1, min(query_number("page_size", DEFAULT_PAGE), DEFAULT_PAGE))
    page = [without(category, "version", "deleted_at") for category in found[:size]]
    info = {"has_next": len(found) > size, "last_seen": page[-1]["id"] if page else None}
    return as_json({"data": {"categories": page}, "page_info": info})


@api.post("/product_categories/bulk")
@needs("products:write")
def write_categories() -> Response:
    """Create or rename; `payload_id` lets one entry name another of the same call."""
    shop, body = current(), sent_body()
    entries = body.objects("categories")
    if entries is None:
        body.wrong("categories", "is required")
    body.check()
    with shop.store.transaction():
        made: dict[str, str] = {}
        answers = [_write(shop, Body(entry), made) for entry in entries or []]
        _mark_leaves(shop)
    return data(answers)


def _write(shop: Shop, entry: Body, made: dict[str, str]) -> Doc:
    name, own = entry.text("name"), entry.text("id")
    reference = entry.text("payload_id")
    parent = entry.text("parent_category_id")
    parent_reference = entry.text("payload_parent_category_id")
    if own is None and not name:
        entry.wrong("name", "is required")
    if parent_reference is not None:
        parent = made.get(parent_reference)
        if parent is None:
            entry.wrong("payload_parent_category_id", "names no earlier entry of this call")
    if parent is not None and shop.get("categories", parent) is None:
        entry.wrong("parent_category_id", "is not a category")
    entry.check()
    if own is None:
        category: Doc = {"id": shop.new_id(), "deleted_at": None, "parent_category_id": parent}
        shop.effect("category_created", category["id"], name=name)
    else:
        category = shop.need("categories", own, "Category")
    category["name"] = name or category["name"]
    path = shop.need("categories", parent, "Category")["category_path"] if parent else []
    category["category_path"] = [*path, {"id": category["id"], "name": category["name"]}]
    category["root_category_id"] = category["category_path"][0]["id"]
    category["leaf_category"] = category.get("leaf_category", True)
    shop.save("categories", category)
    if reference is not None:
        made[reference] = category["id"]
    answer: Doc = {
        "id": category["id"],
        "name": category["name"],
        "parent_category_id": parent,
        "payload_id": reference,
        "payload_parent_category_id": parent_reference,
    }
    return known(answer)


def _mark_leaves(shop: Shop) -> None:
    everything = shop.find("categories")
    parents = {category.get("parent_category_id") for category in everything}
    for category in everything:
        leaf = category["id"] not in parents
        if category["leaf_category"] != leaf:
            shop.save("categories", category | {"leaf_category": leaf})


@api.delete("/product_categories/bulk")
@needs("products:write")
def delete_categories() -> Response:
    shop, body = current(), sent_body()
    ids = body.texts("category_ids")
    if ids is None:
        body.wrong("category_ids", "is required")
    body.check()
    with shop.store.transaction():
        used = {(p.get("product_category") or {}).get("id") for p in shop.find("products")}
        for category_id in ids or []:
            category = shop.need("categories", category_id, "Category")
            if category_id in used:
                raise refuse("A category that products use cannot be deleted")
            shop.bury("categories", category)
            shop.effect("category_deleted", category_id)
        _mark_leaves(shop)
    return as_json({})
