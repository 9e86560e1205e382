"""Creating products: a simple one, a family with variants, or one more variant (legacy 2.1)."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, g

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.xseries.auth import needs
from integrations.sandbox.xseries.product_rows import (
    LARGEST_FAMILY,
    MOST_ATTRIBUTES,
    blank_product,
    family_of,
    name_taken,
    open_inventory,
    read_codes,
    read_measures,
    read_prices,
    read_shared,
    read_suppliers,
    save_product,
    set_codes,
    set_suppliers,
)
from integrations.sandbox.xseries.refusals import Body, refuse_fields, sent_body
from integrations.sandbox.xseries.routes import api, data
from integrations.sandbox.xseries.shop import Shop, current, folded
from integrations.sandbox.xseries.stock import read_stock, set_stock

_ON_CREATE = "cannot be attached on create; upload them afterwards"


@api.post("/products")
@needs("products:write")
def create_product() -> Response:
    """A product, or a family with its variants; answers ids only, in no useful order.

    The same path under 2.1 means something else: `add_variant`.
    """
    shop, body = current(), sent_body()
    if g.api_version == "2.1":
        return add_variant()
    with shop.store.transaction():
        products = _build(shop, body)
        body.check()
        for product in products:
            save_product(shop, product)
            _record(shop, product)
        if len(products) > 1:
            name, own = products[0]["name"], products[0]["family_id"]
            shop.effect("family_created", own, name=name, variants=len(products))
        for product, sent in zip(products, _entries(body), strict=True):
            _open_stock(shop, product, sent)
    return data(shuffled([product["id"] for product in products]))


def shuffled(ids: list[str]) -> list[str]:
    """The ids in an order that says nothing, but is the same every time."""
    return sorted(ids, key=lambda each: hashlib.sha256(each.encode()).hexdigest())


def _record(shop: Shop, product: Doc) -> None:
    shop.effect(
        "product_created",
        product["id"],
        sku=product["sku"],
        name=product["name"],
        family=product["family_id"],
        codes=[code["code"] for code in product["product_codes"]],
    )


def _entries(body: Body) -> list[dict[str, Any]]:
    """The body itself for a simple product, else its variants."""
    variants = body.members.get("variants")
    return variants if isinstance(variants, list) and variants else [dict(body.members)]


def _build(shop: Shop, body: Body) -> list[Doc]:
    """The documents that the body describes; what is wrong is noted in it."""
    name = body.need("name").strip()
    if not name and not body.errors:
        body.wrong("name", "is required")
    if name and name_taken(shop, name):
        body.wrong("name", "is already used by another product family")
    shared = read_shared(shop, body) | _once(body, name)
    variants = body.objects("variants") or []
    body.check()
    if not variants:
        return [_one(shop, body, body, name, shared)]
    if len(variants) > LARGEST_FAMILY:
        raise refuse_fields({"variants": [f"must be at most {LARGEST_FAMILY}"]})
    products: list[Doc] = []
    for number, members in enumerate(variants):
        variant = Body(members, f"variants.{number}.")
        product = _one(shop, variant, body, name, shared)
        product["variant_options"] = _definitions(shop, variant, "variant_definitions", "value")
        body.take(variant)
        products.append(product)
    body.check()
    _tie(products)
    return products


def _once(body: Body, name: str) -> Doc:
    """Members of the top level that are neither shared by update nor of a variant."""
    members: Doc = {"handle": body.text("handle") or "".join(folded(name).split())}
    active = body.flag("is_active")
    members["active"] = members["is_active"] = True if active is None else active
    source = body.text("source") or "USER"
    if source not in ("USER", "SHOPIFY"):
        body.wrong("source", "must be USER or SHOPIFY")
    members |= {"source": source, "source_id": body.text("source_id")}
    if body.objects("composite"):
        body.wrong("composite", "composite products are not kept here")
    return members


def _one(shop: Shop, sent: Body, family: Body, name: str, shared: Doc) -> Doc:
    """One product from its own part of the body, falling back on the family's supplier."""
    product = blank_product(shop, name) | shared
    set_codes(shop, product, sent.text("sku"), read_codes(sent))
    if sent.objects("images"):
        sent.wrong("images", _ON_CREATE)
    _buy(shop, product, sent, family)
    product |= read_prices(shop, sent) | read_measures(sent)
    product["source_variant_id"] = sent.text("source_variant_id")
    return product


def _buy(shop: Shop, product: Doc, sent: Body, family: Body) -> None:
    """Supplier, supplier code and cost: a list, or the three single members."""
    rows = read_suppliers(shop, sent, product["id"])
    if rows is None and sent is not family and family.members.get("product_suppliers"):
        rows = read_suppliers(shop, family, product["id"])
    price = sent.number("supply_price")
    if rows is None:
        single = {
            "supplier_id": family.text("supplier_id"),
            "code": sent.text("supplier_code") or family.text("supplier_code"),
            "price": price,
        }
        wrapped = Body({"product_suppliers": [single] if single["supplier_id"] else []})
        rows = read_suppliers(shop, wrapped, product["id"]) or []
        sent.take(wrapped)
    set_suppliers(product, rows)
    if price is not None:
        product["supply_price"] = price


def _definitions(shop: Shop, body: Body, member: str, value_member: str) -> list[Doc]:
    """Attribute values of a variant, as the read model shows them."""
    options: list[Doc] = []
    for entry in body.objects(member) or []:
        attribute = shop.get("variant_attributes", entry.get("attribute_id"))
        value = entry.get(value_member)
        if attribute is None:
            body.wrong(member, "names an attribute that is not there")
        elif not isinstance(value, str) or not value.strip():
            body.wrong(member, "needs a value for each attribute")
        else:
            options.append({"id": attribute["id"], "name": attribute["name"], "value": value})
    if not options and not body.errors:
        body.wrong(member, "is required")
    return options


def _tie(products: list[Doc]) -> None:
    """Make one family of the products; the first becomes the parent."""
    attributes = [option["id"] for option in products[0]["variant_options"]]
    if len(attributes) > MOST_ATTRIBUTES or len(set(attributes)) < len(attributes):
        raise refuse_fields({"variants": [f"use at most {MOST_ATTRIBUTES} different attributes"]})
    seen: set[tuple[str, ...]] = set()
    for product in products:
        if [option["id"] for option in product["variant_options"]] != attributes:
            raise refuse_fields({"variants": ["must all use the same attributes, in one order"]})
        values = tuple(folded(option["value"]) for option in product["variant_options"])
        if values in seen:
            raise refuse_fields({"variants": ["two variants have the same attribute values"]})
        seen.add(values)
    parent = products[0]
    parent |= {"has_variants": True, "variant_count": len(products)}
    for product in products:
        product["family_id"] = parent["id"]
        product["variant_name"] = full_name(product)
        if product is not parent:
            product["variant_parent_id"] = parent["id"]


def full_name(product: Doc) -> str:
    """Family name and attribute values: ``Shell Jacket / Navy / M``."""
    return " / ".join([product["name"], *(o["value"] for o in product["variant_options"])])


def _open_stock(shop: Shop, product: Doc, sent: dict[str, Any]) -> None:
    open_inventory(shop, product)
    part = Body(sent)
    rows = read_stock(shop, part)
    part.check()
    set_stock(shop, product, rows, "product_created")


# Legacy: one more variant for a family that is there


def add_variant() -> Response:
    """``POST /api/2.1/products``: `common.name` names the family, `details` is the variant.

    Only its request members and its statuses (200, 422) are published; the answer follows
    ``POST /products``. `details` may also be a list of one.
    """
    shop, body = current(), sent_body()
    common, details = body.members.get("common"), body.members.get("details")
    if isinstance(details, list) and len(details) == 1:
        details = details[0]
    if not isinstance(common, dict) or not isinstance(details, dict):
        raise refuse_fields({"global": ["common and details are required"]})
    name = Body(common, "common.")
    wanted = name.need("name")
    name.check()
    sent = Body(details, "details.")
    with shop.store.transaction():
        family = [p for p in shop.find("products", name=folded(wanted)) if _in_family(p)]
        if not family:
            raise refuse_fields({"common.name": ["is not the name of a family with variants"]})
        product = _grow(shop, family_of(shop, family[0]), sent)
        save_product(shop, product)
        _record(shop, product)
        _open_stock(shop, product, details)
    return data([product["id"]])


def _in_family(product: Doc) -> bool:
    return bool(product["has_variants"] or product["variant_parent_id"])


def _grow(shop: Shop, family: list[Doc], sent: Body) -> Doc:
    """The new member of the family; its parent's count rises."""
    parent = family[0]
    shared = ("brand_id", "brand", "product_category", "tag_ids", "categories", "description")
    product = _one(shop, sent, sent, parent["name"], {name: parent.get(name) for name in shared})
    if not product["product_suppliers"] and parent["product_suppliers"]:
        set_suppliers(product, parent["product_suppliers"])
    member, value = "variant_attribute_values", "attribute_value"
    if member not in sent:
        member, value = "variant_definitions", "value"
    product["variant_options"] = _definitions(shop, sent, member, value)
    sent.check()
    if len(family) >= LARGEST_FAMILY:
        raise refuse_fields({"details": [f"a family has at most {LARGEST_FAMILY} variants"]})
    _tie([*family, product])
    shop.save("products", parent)
    return product
