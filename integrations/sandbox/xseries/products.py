"""Products, model 2026-07: lists, single reads, updates, deletes."""

from __future__ import annotations

from flask import Response, request

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.store import Doc, IndexValue
from integrations.sandbox.kit.web import as_json
from integrations.sandbox.xseries.auth import needs
from integrations.sandbox.xseries.lists import (
    LARGEST_PAGE,
    envelope,
    page_of_texts,
    texts_asked_for,
)
from integrations.sandbox.xseries.product_create import full_name
from integrations.sandbox.xseries.product_rows import (
    bury_product,
    family_of,
    name_taken,
    read_codes,
    read_measures,
    read_prices,
    read_shared,
    read_suppliers,
    save_product,
    set_codes,
    set_suppliers,
)
from integrations.sandbox.xseries.refusals import Body, query_flag, refuse_fields, sent_body
from integrations.sandbox.xseries.routes import api, data
from integrations.sandbox.xseries.shop import Shop, current, folded
from integrations.sandbox.xseries.stock import read_stock, set_stock

COMMON = (
    "name",
    "description",
    "brand_id",
    "product_category_id",
    "tag_ids",
    "product_suppliers",
    "track_inventory",
    "variant_attributes",
    "account_code_sale",
    "account_code_purchase",
)
DETAILS = (
    "is_active",
    "product_codes",
    "price_excluding_tax",
    "price_including_tax",
    "all_outlets_tax",
    "outlet_taxes",
    "product_suppliers",
    "variant_attribute_values",
    "inventory",
    "loyalty_amount",
    "composite_components",
    "packaging",
    "weight",
    "weight_unit",
    "length",
    "width",
    "height",
    "dimensions_unit",
)


@api.get("/products")
@needs("products:read")
def list_products() -> Response:
    """By version; `sku`, `name` or `family_name` make every other parameter ignored."""
    shop, args = current(), request.args
    if args.get("sku"):
        return envelope(_named(shop, sku=args["sku"].strip().lower()))
    name = args.get("name") or args.get("family_name")
    if name:
        return envelope(_named(shop, name=folded(name)))
    texts = texts_asked_for(shop, "products")
    if not query_flag("include_images", default=True):
        texts = [jsontext.dumps(_without_images(jsontext.loads(text))) for text in texts]
    return envelope(texts)


def _named(shop: Shop, **index: IndexValue) -> list[str]:
    return page_of_texts(
        shop, "products", after=0, before=None, size=LARGEST_PAGE, deleted=False, where=index
    )


def _without_images(product: Doc) -> Doc:
    return product | {"images": [], "skuImages": []}


@api.get("/products/<product_id>")
@needs("products:read")
def get_product(product_id: str) -> Response:
    """One product; a deleted one is still shown, with its date, as its row stays."""
    shop = current()
    product = shop.store.get(shop.kind("products"), product_id)
    return data(product or shop.need("products", product_id, "Product"))


@api.put("/products/<product_id>")
@needs("products:write")
def update_product(product_id: str) -> Response:
    """`common` changes the whole family, `details` this product; lists are replaced whole."""
    shop, body = current(), sent_body()
    body.only(("common", "details"))
    for part in ("common", "details"):
        if not isinstance(body.members.get(part, {}), dict):
            body.wrong(part, "must be an object")
    body.check()
    common = Body(body.members.get("common", {}), "common.")
    details = Body(body.members.get("details", {}), "details.")
    common.only(COMMON)
    details.only(DETAILS)
    with shop.store.transaction():
        product = shop.need("products", product_id, "Product")
        family = family_of(shop, product)
        own = next(member for member in family if member["id"] == product_id)
        changed = _change_family(shop, common, family) if common.members else []
        stock = _change_one(shop, details, own)
        common.take(details)
        common.check()
        for member in family:
            if member in changed or member is own:
                save_product(shop, member)
        set_stock(shop, own, stock, "product_updated")
        fields = sorted([*common.members, *details.members])
        shop.effect("product_updated", product_id, fields=fields)
    return as_json({})


def _change_family(shop: Shop, common: Body, family: list[Doc]) -> list[Doc]:
    shared = read_shared(shop, common)
    if "name" in common:
        name = common.need("name")
        if name and name_taken(shop, name, family[0]["family_id"]):
            common.wrong("name", "is already used by another product family")
        shared["name"] = name
    tracked = common.flag("track_inventory")
    if tracked is not None:
        shared["has_inventory"] = tracked
    _keep_attributes(common, family[0])
    for member in family:
        member.update(shared)
        rows = read_suppliers(shop, common, member["id"])
        if rows is not None:
            set_suppliers(member, rows)
        if shared.get("name"):
            member["variant_name"] = full_name(member)
    return family


def _keep_attributes(common: Body, parent: Doc) -> None:
    """The attributes of a family can be named again, but not exchanged for others."""
    wanted = common.objects("variant_attributes")
    held = [option["id"] for option in parent["variant_options"]]
    if wanted is not None and [entry.get("attribute_id") for entry in wanted] != held:
        common.wrong("variant_attributes", "cannot be changed for a family with variants")


def _change_one(shop: Shop, details: Body, product: Doc) -> list[Doc]:
    active = details.flag("is_active")
    if active is not None:
        product["active"] = product["is_active"] = active
    codes = read_codes(details)
    if codes is not None:
        if not codes:
            details.wrong("product_codes", "needs at least one code")
        set_codes(shop, product, _kept_sku(product, codes), codes)
    rows = read_suppliers(shop, details, product["id"])
    if rows is not None:
        set_suppliers(product, rows)
    product |= read_prices(shop, details) | read_measures(details)
    _change_values(details, product)
    if details.members.get("composite_components"):
        details.wrong("composite_components", "composite products are not kept here")
    return read_stock(shop, details)


def _kept_sku(product: Doc, codes: list[Doc]) -> str | None:
    """The SKU stays when it is among the new codes; else the first custom code becomes it."""
    same = (code["code"] for code in codes if folded(code["code"]) == folded(product["sku"]))
    return next(same, None)


def _change_values(details: Body, product: Doc) -> None:
    for entry in details.objects("variant_attribute_values") or []:
        value = entry.get("attribute_value")
        options = [o for o in product["variant_options"] if o["id"] == entry.get("attribute_id")]
        if not options or not isinstance(value, str) or not value.strip():
            details.wrong("variant_attribute_values", "names no attribute of this product")
            continue
        options[0]["value"] = value
        product["variant_name"] = full_name(product)


@api.delete("/products/<product_id>")
@needs("products:write")
def delete_product(product_id: str) -> Response:
    """One product; a parent can only go with its family while it has variants."""
    shop = current()
    with shop.store.transaction():
        product = shop.need("products", product_id, "Product")
        family = family_of(shop, product)
        if product["has_variants"] and len(family) > 1:
            raise refuse_fields({"global": ["delete the variants or the whole family"]})
        bury_product(shop, product)
        parent = family[0]
        if parent["id"] != product_id and parent["has_variants"]:
            shop.save("products", parent | {"variant_count": len(family) - 1})
    return as_json({})


@api.delete("/products/<product_id>/all")
@needs("products:write")
def delete_family(product_id: str) -> Response:
    """The product with all others of its family."""
    shop = current()
    with shop.store.transaction():
        for member in family_of(shop, shop.need("products", product_id, "Product")):
            bury_product(shop, member)
    return as_json({})
