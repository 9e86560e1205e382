"""Play the till: what a person in the shop does by hand, on plain pages.

Every form also answers JSON to ``Accept: application/json``; tests use them that way.
"""

from __future__ import annotations

import json
from decimal import Decimal

from flask import Blueprint, Response, g, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from integrations.sandbox.kit.control import loopback_only
from integrations.sandbox.kit.play import done, refused
from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import this
from integrations.sandbox.xseries.consignment_lines import five
from integrations.sandbox.xseries.consignments import (
    bury_consignment,
    move_on,
    refuse_final,
    set_status,
)
from integrations.sandbox.xseries.product_create import full_name
from integrations.sandbox.xseries.product_rows import (
    bury_product,
    family_of,
    name_taken,
    save_product,
)
from integrations.sandbox.xseries.refusals import Refusal, missing, refuse
from integrations.sandbox.xseries.sales import ring_up
from integrations.sandbox.xseries.shop import Shop, open_shop, shop_prefixes
from integrations.sandbox.xseries.stock import stock_row

blueprint = Blueprint("till", __name__, url_prefix="/_sandbox", template_folder="templates")
blueprint.before_request(loopback_only)
ON_A_PAGE = 50


@blueprint.before_request
def choose_shop() -> None:
    """The shop of the form or the address, else the main one."""
    wanted = request.values.get("shop") or shop_prefixes(this().store)[0]
    g.shop = open_shop(wanted)
    if g.shop is None:
        raise missing("Shop")


@blueprint.errorhandler(Refusal)
def say_no(refusal: Refusal) -> BaseResponse:
    """A refusal of the API, in words for the page."""
    if request.method == "GET":
        return refusal.response
    shop = g.shop.prefix if g.get("shop") else ""
    back = "/_sandbox/orders" if "/orders/" in request.path else "/_sandbox/"
    return refused(_words(refusal.response), f"{back}?shop={shop}", refusal.response.status_code)


def _words(response: Response) -> str:
    text = response.get_data(as_text=True)
    try:
        errors = json.loads(text).get("errors", {})
    except ValueError:
        return text
    return ". ".join(message for messages in errors.values() for message in messages) or text


# Products


@blueprint.get("/")
def products_page() -> str:
    """Products with their stock, searchable by name, SKU or code."""
    shop: Shop = g.shop
    words = request.args.get("q", "").casefold().split()
    found = [p for p in reversed(shop.find("products")) if all(w in _text(p) for w in words)]
    outlets = shop.find("outlets")
    rows = [(product, _levels(shop, product, outlets)) for product in found[:ON_A_PAGE]]
    return render_template(
        "xseries/products.html",
        shop=shop.retailer,
        shops=shop_prefixes(shop.store),
        outlets=outlets,
        rows=rows,
        total=len(found),
        q=request.args.get("q", ""),
        price_of=lambda product: _price_of(shop, product),
    )


def _price_of(shop: Shop, product: Doc) -> object:
    """The price on the shelf's label: with tax or without, as the shop keeps its prices."""
    taxed = product["price_including_tax"]
    if shop.retailer["tax_exclusive"] or taxed is None:
        return product["price_excluding_tax"]
    return taxed


def _text(product: Doc) -> str:
    codes = (code["code"] for code in product["product_codes"])
    return " ".join([product["variant_name"] or "", product["sku"], *codes]).casefold()


def _levels(shop: Shop, product: Doc, outlets: list[Doc]) -> list[object]:
    rows = (stock_row(shop, product["id"], outlet["id"]) for outlet in outlets)
    return [row["current_inventory_level"] for row in rows]


def _to_products() -> str:
    return f"/_sandbox/?shop={g.shop.prefix}&q={request.form.get('q', '')}"


@blueprint.post("/play/products/<product_id>/sell")
def sell(product_id: str) -> BaseResponse:
    """Sell `quantity` at `outlet_id` (or the first outlet)."""
    shop: Shop = g.shop
    quantity = request.form.get("quantity", "1")
    if not quantity.isdigit() or not 0 < int(quantity) < 10_000:
        return refused("How many is a whole number above nothing.", _to_products())
    with shop.store.transaction():
        product = shop.need("products", product_id, "Product")
        outlet_id = request.form.get("outlet_id") or shop.find("outlets")[0]["id"]
        shop.need("outlets", outlet_id, "Outlet")
        sale = ring_up(shop, product, outlet_id, int(quantity))
    name = product["variant_name"] or product["name"]
    return done(f"Sold {quantity} of {name}.", _to_products(), sale_id=sale["id"])


@blueprint.post("/play/products/<product_id>/rename")
def rename(product_id: str) -> BaseResponse:
    """Give the product, and so its family, another name."""
    shop: Shop = g.shop
    name = request.form.get("name", "").strip()
    if not name:
        return refused("A product needs a name.", _to_products())
    with shop.store.transaction():
        product = shop.need("products", product_id, "Product")
        if name_taken(shop, name, product["family_id"]):
            raise refuse("Another product family has this name")
        for member in family_of(shop, product):
            member["name"] = name
            member["variant_name"] = full_name(member)
            save_product(shop, member)
        shop.effect("product_updated", product_id, fields=["name"], by="till")
    return done(f"Renamed to {name}.", _to_products())


@blueprint.post("/play/products/<product_id>/active")
def switch(product_id: str) -> BaseResponse:
    """Deactivate the product, or activate it again (``active=1``)."""
    shop: Shop = g.shop
    active = request.form.get("active") == "1"
    with shop.store.transaction():
        product = shop.need("products", product_id, "Product")
        save_product(shop, product | {"active": active, "is_active": active})
        shop.effect("product_updated", product_id, fields=["is_active"], by="till")
    return done("It can be sold again." if active else "Deactivated.", _to_products())


@blueprint.post("/play/products/<product_id>/delete")
def delete(product_id: str) -> BaseResponse:
    """Delete the product; the parent of a family takes the family with it."""
    shop: Shop = g.shop
    with shop.store.transaction():
        product = shop.need("products", product_id, "Product")
        gone = family_of(shop, product) if product["has_variants"] else [product]
        for member in gone:
            bury_product(shop, member)
    return done(f"Deleted {len(gone)} from the catalogue.", _to_products())


# Purchase orders


@blueprint.get("/orders")
def orders_page() -> str:
    """Purchase orders, the latest first, with what was ordered and received."""
    shop: Shop = g.shop
    orders = shop.find("consignments", type="SUPPLIER")[::-1][:ON_A_PAGE]
    suppliers = {supplier["id"]: supplier["name"] for supplier in shop.find("suppliers")}
    outlets = {outlet["id"]: outlet["name"] for outlet in shop.find("outlets")}
    rows = [(order, *_counts(shop, order)) for order in orders]
    return render_template(
        "xseries/orders.html",
        shop=shop.retailer,
        shops=shop_prefixes(shop.store),
        rows=rows,
        suppliers=suppliers,
        outlets=outlets,
    )


def _counts(shop: Shop, order: Doc) -> tuple[int, Decimal, Decimal]:
    lines = shop.find("lines", consignment=order["id"])
    ordered = sum((Decimal(line["count"]) for line in lines), Decimal(0))
    received = sum((Decimal(line["received"]) for line in lines), Decimal(0))
    return len(lines), ordered, received


def _to_orders() -> str:
    return f"/_sandbox/orders?shop={g.shop.prefix}"


def _order(order_id: str) -> Doc:
    order: Doc = g.shop.need("consignments", order_id, "Purchase order")
    refuse_final(order)
    return order


@blueprint.post("/play/orders/<order_id>/receive")
def receive(order_id: str) -> BaseResponse:
    """Receive an order at the till: all that was ordered, or ``share`` percent of each line."""
    shop: Shop = g.shop
    share = request.form.get("share", "100")
    if not share.isdigit() or not 0 < int(share) <= 200:
        return refused("The share is between 1 and 200 percent.", _to_orders())
    with shop.store.transaction():
        order = _order(order_id)
        for line in shop.find("lines", consignment=order_id):
            arrived = (Decimal(line["count"]) * int(share) / 100).to_integral_value()
            line["received"] = five(arrived)
            shop.save("lines", line)
        if order["status"] in ("OPEN", "SENT"):
            set_status(shop, order, "DISPATCHED")
        move_on(shop, order, "RECEIVED")
    return done("Received. Stock has risen.", _to_orders(), status="RECEIVED")


@blueprint.post("/play/orders/<order_id>/cancel")
def cancel(order_id: str) -> BaseResponse:
    """Cancel an order that has lines."""
    shop: Shop = g.shop
    with shop.store.transaction():
        move_on(shop, _order(order_id), "CANCELLED")
    return done("Cancelled.", _to_orders(), status="CANCELLED")


@blueprint.post("/play/orders/<order_id>/delete")
def delete_order(order_id: str) -> BaseResponse:
    """Delete an order that is not received."""
    shop: Shop = g.shop
    with shop.store.transaction():
        order = shop.need("consignments", order_id, "Purchase order")
        if order["status"] == "RECEIVED":
            raise refuse("A RECEIVED consignment cannot be deleted")
        bury_consignment(shop, order)
    return done("Deleted.", _to_orders())
