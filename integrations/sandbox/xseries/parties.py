"""Suppliers and brands: names need not be unique, so a client's duplicates show."""

from __future__ import annotations

from flask import Response

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json
from integrations.sandbox.xseries.auth import needs
from integrations.sandbox.xseries.lists import version_page
from integrations.sandbox.xseries.refusals import Body, sent_body
from integrations.sandbox.xseries.routes import api, data
from integrations.sandbox.xseries.shop import Shop, current

_CONTACT = (
    "company_name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "fax",
    "website",
    "twitter",
    "physical_address1",
    "physical_address2",
    "physical_suburb",
    "physical_city",
    "physical_postcode",
    "physical_state",
    "physical_country_id",
    "postal_address1",
    "postal_address2",
    "postal_suburb",
    "postal_city",
    "postal_postcode",
    "postal_state",
    "postal_country_id",
)


@api.get("/suppliers")
@needs("suppliers:read")
def list_suppliers() -> Response:
    return version_page(current(), "suppliers")


@api.get("/suppliers/<supplier_id>")
@needs("suppliers:read")
def get_supplier(supplier_id: str) -> Response:
    return data(current().need("suppliers", supplier_id, "Supplier"))


@api.post("/suppliers")
@needs("suppliers:write")
def create_supplier() -> Response:
    """Answers the bare id, with 200."""
    shop, members = current(), _supplier_members(sent_body())
    with shop.store.transaction():
        own = shop.new_id()
        supplier: Doc = {
            "id": own,
            "name": "",
            "source": "USER",
            "description": "",
            "deleted_at": None,
        } | members
        shop.save("suppliers", supplier)
        shop.effect("supplier_created", own, name=supplier["name"])
    return data(own)


@api.put("/suppliers/<supplier_id>")
@needs("suppliers:write")
def update_supplier(supplier_id: str) -> Response:
    """Answers the id without a ``data`` wrapper."""
    shop, members = current(), _supplier_members(sent_body())
    with shop.store.transaction():
        supplier = shop.need("suppliers", supplier_id, "Supplier")
        shop.save("suppliers", supplier | members)
        _show_name(shop, "supplier", supplier_id, members["name"])
        shop.effect("supplier_updated", supplier_id, name=members["name"])
    return as_json({"id": supplier_id})


def _supplier_members(body: Body) -> Doc:
    name = body.need("name")
    members: Doc = {"name": name}
    if "description" in body:
        members["description"] = body.text("description") or ""
    markup = body.number("default_markup")
    if markup is not None:
        members["default_markup"] = markup
    sent = body.members.get("contact")
    if sent is not None and not isinstance(sent, dict):
        body.wrong("contact", "must be an object")
    elif "contact" not in body:
        body.wrong("contact", "is required (it may be empty)")
    else:
        contact = Body(sent or {}, "contact.")
        known = {field: contact.text(field) or "" for field in _CONTACT}
        body.take(contact)
        known["company_name"] = known["company_name"] or name
        members["contact"] = known
    body.check()
    return members


@api.delete("/suppliers/<supplier_id>")
@needs("suppliers:write")
def delete_supplier(supplier_id: str) -> Response:
    """Products lose the supplier; the real service does that a little later, in a job."""
    shop = current()
    with shop.store.transaction():
        shop.bury("suppliers", shop.need("suppliers", supplier_id, "Supplier"))
        for product in shop.find("products", supplier=supplier_id):
            others = [s for s in product["product_suppliers"] if s["supplier_id"] != supplier_id]
            product |= {"supplier_id": None, "supplier": None, "product_suppliers": others}
            shop.save("products", product)
        shop.effect("supplier_deleted", supplier_id)
        job = shop.new_id()
    return data({"id": supplier_id, "job_id": job})


@api.get("/brands")
@needs("products:read")
def list_brands() -> Response:
    return version_page(current(), "brands")


@api.get("/brands/<brand_id>")
@needs("products:read")
def get_brand(brand_id: str) -> Response:
    return data(current().need("brands", brand_id, "Brand"))


@api.post("/brands")
@needs("products:write")
def create_brand() -> Response:
    """Answers the bare id, with 200."""
    shop, members = current(), _brand_members(sent_body())
    with shop.store.transaction():
        own = shop.new_id()
        shop.save("brands", {"id": own, "deleted_at": None} | members)
        shop.effect("brand_created", own, name=members["name"])
    return data(own)


@api.put("/brands/<brand_id>")
@needs("products:write")
def update_brand(brand_id: str) -> Response:
    shop, members = current(), _brand_members(sent_body())
    with shop.store.transaction():
        shop.save("brands", shop.need("brands", brand_id, "Brand") | members)
        _show_name(shop, "brand", brand_id, members["name"])
        shop.effect("brand_updated", brand_id, name=members["name"])
    return data({"id": brand_id})


def _brand_members(body: Body) -> Doc:
    members: Doc = {"name": body.need("name")}
    if "description" in body:
        members["description"] = body.text("description")
    body.check()
    return members


@api.delete("/brands/<brand_id>")
@needs("products:write")
def delete_brand(brand_id: str) -> Response:
    """Documented with one level more than elsewhere."""
    shop = current()
    with shop.store.transaction():
        shop.bury("brands", shop.need("brands", brand_id, "Brand"))
        for product in shop.find("products", brand=brand_id):
            shop.save("products", product | {"brand_id": None, "brand": None})
        shop.effect("brand_deleted", brand_id)
        job = shop.new_id()
    return as_json({"payload": {"data": {"id": brand_id, "job_id": job}}})


def _show_name(shop: Shop, member: str, own: str, name: str) -> None:
    """Products show the new name of their supplier or brand; their versions stay."""
    for product in shop.find("products", **{member: own}):
        product[member] = {"id": own, "name": name}
        for row in product["product_suppliers"]:
            if row["supplier_id"] == own:
                row["supplier_name"] = name
        shop.keep("products", product)
