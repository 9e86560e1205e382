"""Reference data: retailer, outlets, registers, taxes, users, tags, variant attributes."""

from __future__ import annotations

from decimal import Decimal

from flask import Response

from integrations.sandbox.kit.store import Doc, IndexValue
from integrations.sandbox.kit.web import as_json, this
from integrations.sandbox.xseries.auth import needs
from integrations.sandbox.xseries.lists import version_page
from integrations.sandbox.xseries.refusals import query_flag, refuse, refuse_fields, sent_body
from integrations.sandbox.xseries.routes import api, data, without
from integrations.sandbox.xseries.shop import current, folded


@api.get("/retailer")
@needs("retailer:read", "payment_types:read")
def get_retailer() -> Response:
    return data(current().retailer)


@api.get("/outlets")
@needs("outlets:read")
def list_outlets() -> Response:
    return version_page(current(), "outlets")


@api.get("/outlets/<outlet_id>")
@needs("outlets:read")
def get_outlet(outlet_id: str) -> Response:
    return data(current().need("outlets", outlet_id, "Outlet"))


@api.get("/registers")
@needs("registers:read")
def list_registers() -> Response:
    return version_page(current(), "registers")


@api.get("/registers/<register_id>")
@needs("registers:read")
def get_register(register_id: str) -> Response:
    return data(current().need("registers", register_id, "Register"))


@api.get("/users")
@needs("users:read")
def list_users() -> Response:
    return version_page(current(), "users")


@api.get("/user")
@needs("users:read")
def get_user() -> Response:
    """The user behind the token; documented inside a list of one."""
    return data(current().find("users")[:1])


@api.get("/taxes")
@needs("taxes:read")
def list_taxes() -> Response:
    return version_page(current(), "taxes", deleted=False)


@api.post("/taxes")
@needs("taxes:write")
def create_tax() -> Response:
    shop, body = current(), sent_body()
    name, rate = body.need("name"), body.number("rate") or Decimal(0)
    if "rate" not in body:
        body.wrong("rate", "is required")
    body.check()
    if any(folded(tax["name"]) == folded(name) for tax in shop.find("taxes")):
        raise refuse("A tax with this name already exists", 409)
    with shop.store.transaction():
        own, part = shop.new_id(), shop.new_id()
        shown = f"{name} ({rate * 100:g}%)"
        tax: Doc = {
            "id": own,
            "name": name,
            "display_name": shown,
            "is_default": False,
            "deleted_at": None,
            "rates": [{"id": part, "name": name, "display_name": shown, "rate": rate}],
        }
        shop.save("taxes", tax)
        shop.effect("tax_created", own, name=name)
    return data(tax, 201)


# Tags


@api.get("/tags")
@needs("products:read")
def list_tags() -> Response:
    return version_page(current(), "tags")


@api.get("/tags/<tag_id>")
@needs("products:read")
def get_tag(tag_id: str) -> Response:
    return data(current().need("tags", tag_id, "Tag"))


@api.post("/tags")
@needs("products:write")
def create_tag() -> Response:
    """A second tag of one name is refused; the real answer is not published."""
    shop, body = current(), sent_body()
    name = body.need("name")
    body.check()
    with shop.store.transaction():
        if shop.count("tags", name=folded(name)):
            raise refuse_fields({"name": ["A tag with this name already exists"]})
        tag = shop.save("tags", {"id": shop.new_id(), "name": name, "deleted_at": None})
        shop.effect("tag_created", tag["id"], name=name)
    return data(tag)


# Variant attributes: no paging


@api.get("/variant_attributes")
@needs("products:read")
def list_attributes() -> Response:
    shop = current()
    index: dict[str, IndexValue] = {} if query_flag("deleted") else {"live": 1}
    found = this().store.find(shop.kind("variant_attributes"), where=index)
    return data([without(doc, "version") for doc in found])


@api.get("/variant_attributes/<attribute_id>")
@needs("products:read")
def get_attribute(attribute_id: str) -> Response:
    """Answered without a wrapper, as the schema says."""
    doc = current().need("variant_attributes", attribute_id, "Variant attribute")
    return as_json(without(doc, "version"))


@api.post("/variant_attributes")
@needs("products:write")
def create_attribute() -> Response:
    shop, body = current(), sent_body()
    name = body.need("name")
    body.check()
    with shop.store.transaction():
        if shop.count("variant_attributes", name=folded(name)):
            raise refuse_fields({"name": ["A variant attribute with this name already exists"]})
        now = shop.now()
        attribute: Doc = {
            "id": shop.new_id(),
            "name": name,
            "created_at": now,
            "updated_at": now,
            "deleted_at": None,
        }
        shop.save("variant_attributes", attribute)
        shop.effect("attribute_created", attribute["id"], name=name)
    return data(without(attribute, "version", "deleted_at"), 201)


@api.put("/variant_attributes/<attribute_id>")
@needs("products:write")
def rename_attribute(attribute_id: str) -> Response:
    shop, body = current(), sent_body()
    name = body.need("name")
    body.check()
    with shop.store.transaction():
        attribute = shop.need("variant_attributes", attribute_id, "Variant attribute")
        twins = shop.find("variant_attributes", name=folded(name))
        if any(twin["id"] != attribute_id for twin in twins):
            raise refuse_fields({"name": ["A variant attribute with this name already exists"]})
        attribute |= {"name": name, "updated_at": shop.now()}
        shop.save("variant_attributes", attribute)
    return data({"id": attribute_id, "name": name})


@api.delete("/variant_attributes/<attribute_id>")
@needs("products:write")
def delete_attribute(attribute_id: str) -> Response:
    shop = current()
    with shop.store.transaction():
        attribute = shop.need("variant_attributes", attribute_id, "Variant attribute")
        products = shop.find("products")
        if any(o.get("id") == attribute_id for p in products for o in p["variant_options"]):
            raise refuse("The variant attribute is in use")
        shop.bury("variant_attributes", attribute)
        shop.effect("attribute_deleted", attribute_id)
    return data({"id": attribute_id})
