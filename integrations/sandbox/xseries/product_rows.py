"""A product's document: codes, prices, suppliers, the parts that create and update share."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.xseries.refusals import Body, refuse_text
from integrations.sandbox.xseries.shop import (
    Shop,
    codes_of,
    folded,
    inventory_id,
    inventory_row,
)

CODE_TYPES = ("CUSTOM", "EAN", "ISBN", "ITF", "JAN", "UPC")
LARGEST_FAMILY, MOST_ATTRIBUTES = 200, 3
_PRICE_STEP = Decimal("0.00001")  # X-Series keeps prices to five decimals


def blank_product(shop: Shop, name: str) -> Doc:
    """A product with every member of the read model and nothing in it yet."""
    now, own = shop.now(), shop.new_id()
    return {
        "id": own,
        "family_id": own,
        "variant_parent_id": None,
        "has_variants": False,
        "variant_count": None,
        "variant_name": name,
        "variant_options": [],
        "name": name,
        "handle": "".join(folded(name).split()),
        "sku": "",
        "description": "",
        "active": True,
        "is_active": True,
        "is_composite": False,
        "has_inventory": True,
        "source": "USER",
        "source_id": None,
        "source_variant_id": None,
        "brand_id": None,
        "supplier_id": None,
        "supplier_code": "",
        "supply_price": 0,
        "product_suppliers": [],
        "product_codes": [],
        "product_category": None,
        "tag_ids": [],
        "categories": [],
        "price_excluding_tax": 0,
        "price_including_tax": 0,
        "image_url": "",
        "image_thumbnail_url": "",
        "images": [],
        "skuImages": [],
        "attributes": [],
        "customizations": [],
        "packaging": {"breaks_into": [], "made_from": []},
        "account_code": None,
        "account_code_purchase": None,
        "created_at": now,
        "updated_at": now,
        "deleted_at": None,
    }


def save_product(shop: Shop, product: Doc) -> None:
    """Store a product, claim its codes, and tell the webhooks.

    Raises the text refusal when one of its codes is another product's.
    """
    before = shop.get("products", product["id"])
    claim_codes(shop, product, codes_of(before) if before else set())
    product["updated_at"] = shop.now()
    shop.save("products", product)
    shop.announce("product.update", product)


def claim_codes(shop: Shop, product: Doc, held: set[str]) -> None:
    """Make the product's codes its own in the whole catalogue, and give up those it dropped."""
    kind, wanted = shop.kind("codes"), codes_of(product)
    for code in sorted(wanted - held):
        owner = shop.store.get(kind, code)
        if owner is not None and owner["product_id"] != product["id"]:
            raise refuse_text(f"Product code {code} is already used by another product")
    for code in sorted(wanted - held):
        shop.store.put(kind, code, {"product_id": product["id"]})
    for code in held - wanted:
        owner = shop.store.get(kind, code)
        if owner is not None and owner["product_id"] == product["id"]:
            shop.store.delete(kind, code)


def bury_product(shop: Shop, product: Doc) -> None:
    """Delete one product: its codes are free again, its stock records go with it."""
    for code in codes_of(product):
        owner = shop.store.get(shop.kind("codes"), code)
        if owner is not None and owner["product_id"] == product["id"]:
            shop.store.delete(shop.kind("codes"), code)
    for row in shop.find("inventory", product=product["id"]):
        shop.bury("inventory", row)
    shop.bury("products", product)
    shop.effect("product_deleted", product["id"], sku=product["sku"])
    shop.announce("product.update", product)


def open_inventory(shop: Shop, product: Doc) -> None:
    """A new product has an empty stock record at every outlet."""
    for outlet in shop.find("outlets"):
        row = {"product_id": product["id"], "outlet_id": outlet["id"]}
        if shop.get("inventory", inventory_id(product["id"], outlet["id"])) is None:
            shop.save("inventory", inventory_row(row))


# Reading the members of a body into a product


def read_codes(body: Body) -> list[Doc] | None:
    """`product_codes` with ids of ours, or None when absent."""
    entries = body.objects("product_codes")
    if entries is None:
        return None
    codes: list[Doc] = []
    for entry in entries:
        code, kind = entry.get("code"), entry.get("type", "CUSTOM")
        if not isinstance(code, str) or not code.strip() or kind not in CODE_TYPES:
            body.wrong("product_codes", f"{code!r} ({kind!r}) is not a product code")
            continue
        if any(folded(known["code"]) == folded(code) for known in codes):
            continue
        codes.append(_code(code.strip(), kind))
    return codes


def _code(code: str, kind: str) -> Doc:
    return {"id": str(uuid.uuid4()), "code": code, "type": kind}


def set_codes(shop: Shop, product: Doc, sku: str | None, codes: list[Doc] | None) -> None:
    """Give the product its SKU and codes; without any code one comes from the SKU sequence."""
    rows = list(codes or [])
    own = [row["code"] for row in rows if row["type"] == "CUSTOM"]
    sku = sku or (own[0] if own else None) or (rows[0]["code"] if rows else None)
    if sku is None:
        sku = _next_sku(shop)
    if not any(folded(row["code"]) == folded(sku) for row in rows):
        rows.insert(0, _code(sku, "CUSTOM"))
    product["sku"], product["product_codes"] = sku, rows


def _next_sku(shop: Shop) -> str:
    while True:
        sku = str(50_000 + shop.store.next_version(shop.kind("sku_sequence")))
        if shop.store.get(shop.kind("codes"), sku) is None:
            return sku


def read_suppliers(shop: Shop, body: Body, product_id: str) -> list[Doc] | None:
    """`product_suppliers` as the read model has them, or None when absent."""
    entries = body.objects("product_suppliers")
    if entries is None:
        return None
    rows: list[Doc] = []
    for entry in entries:
        part = Body(entry, "product_suppliers.")
        supplier_id, code = part.text("supplier_id"), part.text("code")
        price = part.number("price")
        supplier = shop.get("suppliers", supplier_id) if supplier_id else None
        if supplier_id and supplier is None:
            part.wrong("supplier_id", "is not a supplier")
        body.take(part)
        rows.append(
            {
                "id": str(uuid.uuid4()),
                "product_id": product_id,
                "supplier_id": supplier_id,
                "supplier_name": supplier["name"] if supplier else None,
                "code": code,
                "price": price,
            }
        )
    return rows


def set_suppliers(product: Doc, rows: list[Doc]) -> None:
    """Replace the product's suppliers; the first is its default one."""
    first: dict[str, Any] = rows[0] if rows else {}
    product["product_suppliers"] = [row | {"product_id": product["id"]} for row in rows]
    product["supplier_id"] = first.get("supplier_id")
    name = first.get("supplier_name")
    product["supplier"] = {"id": first["supplier_id"], "name": name} if name else None
    product["supplier_code"] = first.get("code") or ""
    if first.get("price") is not None:
        product["supply_price"] = first["price"]


def read_prices(shop: Shop, body: Body) -> Doc:
    """The price sent and the other one worked out by the default tax; both sent is wrong."""
    untaxed, taxed = body.number("price_excluding_tax"), body.number("price_including_tax")
    if untaxed is not None and taxed is not None:
        body.wrong("price_including_tax", "cannot be given together with price_excluding_tax")
        return {}
    factor = 1 + default_rate(shop)
    if untaxed is not None:
        taxed = (untaxed * factor).quantize(_PRICE_STEP)
    elif taxed is not None:
        untaxed = (taxed / factor).quantize(_PRICE_STEP)
    else:
        return {}
    return {"price_excluding_tax": untaxed, "price_including_tax": taxed}


def default_rate(shop: Shop) -> Decimal:
    """The default tax as a fraction; 0.15 is 15 %."""
    taxes = shop.find("taxes")
    default = next((tax for tax in taxes if tax["is_default"]), None)
    rates = default["rates"] if default else []
    return sum((Decimal(rate["rate"]) for rate in rates), Decimal(0))


def read_shared(shop: Shop, body: Body) -> Doc:
    """What a whole family shares: brand, category, tags, description, account codes."""
    shared: Doc = {}
    if "description" in body:
        shared["description"] = body.text("description") or ""
    if "brand_id" in body:
        shared |= _brand(shop, body)
    if "product_category_id" in body:
        shared["product_category"] = _category(shop, body)
    if "tag_ids" in body:
        ids = body.texts("tag_ids") or []
        tags = [shop.get("tags", tag_id) for tag_id in ids]
        if None in tags:
            body.wrong("tag_ids", "names a tag that is not there")
        named = [{"id": tag["id"], "name": tag["name"]} for tag in tags if tag]
        shared |= {"tag_ids": ids, "categories": named}
    for sent, kept in (("account_code_sale", "account_code"), ("account_code_purchase",) * 2):
        if sent in body:
            shared[kept] = body.text(sent)
    return shared


def _brand(shop: Shop, body: Body) -> Doc:
    brand_id = body.text("brand_id")
    brand = shop.get("brands", brand_id) if brand_id else None
    if brand_id and brand is None:
        body.wrong("brand_id", "is not a brand")
    shown = {"id": brand["id"], "name": brand["name"]} if brand else None
    return {"brand_id": brand_id or None, "brand": shown}


def _category(shop: Shop, body: Body) -> Doc | None:
    category_id = body.text("product_category_id")
    category = shop.get("categories", category_id) if category_id else None
    if category_id and category is None:
        body.wrong("product_category_id", "is not a category")
    elif category and not category["leaf_category"]:
        body.wrong("product_category_id", "is not a leaf of the category tree")
    if category is None:
        return None
    return {name: category[name] for name in ("id", "name", "leaf_category", "category_path")}


def read_measures(body: Body) -> Doc:
    """Weight and size, checked against their units."""
    members: Doc = {}
    for name in ("weight", "length", "width", "height"):
        if name in body:
            members[name] = body.number(name)
    units = {
        "weight_unit": ("CT", "G", "OZ", "LB", "KG"),
        "dimensions_unit": ("IN", "CM", "MM", "YD"),
    }
    for name, known in units.items():
        if name in body:
            members[name] = body.text(name)
            if members[name] not in (None, *known):
                body.wrong(name, f"must be one of {', '.join(known)}")
    return members


def family_of(shop: Shop, product: Doc) -> list[Doc]:
    """All live members of the product's family, the parent first."""
    members = shop.find("products", family=product["family_id"])
    return sorted(members, key=lambda member: member["variant_parent_id"] is not None)


def name_taken(shop: Shop, name: str, family_id: str | None = None) -> bool:
    """Does a product of another family carry this name?"""
    found = shop.find("products", name=folded(name))
    return any(product["family_id"] != family_id for product in found)
