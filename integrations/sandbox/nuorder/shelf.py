"""What the server keeps: the world's portals put into the store, and how orders lie there.

An `order` document is `{"id", "portal", "listed", "order", "raw", "removed"}`: the order itself,
the status it is listed under (a dirty order's own status may be nonsense), and, for broken
answers, the base64 of the body to send instead.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.store import Doc, Store
from integrations.sandbox.world.model import Portal, World
from integrations.sandbox.world.orders import STATUSES


def fill(store: Store, world: World) -> None:
    """Put the world's portals into an empty store; their keys are not generated yet."""
    for portal in world.portals:
        _put_portal(store, portal)
        for product in portal.products:
            put_product(store, portal.id, product)
        for product_id, stock in portal.inventory.items():
            store.put("inventory", product_id, stock, portal=portal.id)
        for order in portal.orders:
            put_order(store, portal.id, order)
    for name, order in world.held.items():
        store.put("held", name, {"name": name, "portal": world.named[name][0], "order": order})
    for name, (portal_id, order_id) in world.named.items():
        store.put("named", name, {"name": name, "portal": portal_id, "order_id": order_id})
    goods = [(row["name"], row["product_codes"]) for row in world.shops[0].products]
    codes = [c["code"] for _, held in goods for c in held if c["type"] != "CUSTOM"]
    store.put("elsewhere", "shop", {"codes": codes[:50], "names": [name for name, _ in goods[:50]]})


def _put_portal(store: Store, portal: Portal) -> None:
    doc: Doc = {
        "id": portal.id,
        "name": portal.name,
        "shop": portal.shop,
        "currency": portal.currency,
        "consumer_key": portal.consumer_key,
        "consumer_secret": portal.consumer_secret,
        "keys_generated": False,
        "company": portal.company,
        "warehouses": portal.warehouses,
        "inventory_shape": portal.inventory_shape,
        "can_create": portal.can_create,
    }
    put_portal(store, doc)


def put_portal(store: Store, portal: Doc) -> None:
    """Keep a portal's own record."""
    store.put("portal", portal["id"], portal, consumer_key=portal["consumer_key"])


def put_product(store: Store, portal_id: str, product: Doc) -> None:
    """Keep a product; `brand_id` is found whatever its case."""
    store.put(
        "product",
        product["_id"],
        product,
        portal=portal_id,
        brand_id=str(product.get("brand_id", "")).lower(),
        season=product.get("season"),
        style=product.get("style_number"),
        own_id=product["_id"],
    )


def put_order(
    store: Store,
    portal_id: str,
    order: Doc,
    *,
    listed: str | None = None,
    raw: bytes | None = None,
    removed: bool = False,
    made_at: float = 0.0,
) -> Doc:
    """Keep an order as it stands, listed under its status or under `listed`.

    `made_at` (seconds of the server's clock) decides how long lagging lists leave it out.
    """
    status = str(order.get("status", "")).lower()
    doc: Doc = {
        "id": order["_id"],
        "portal": portal_id,
        "listed": listed or (status if status in STATUSES else "approved"),
        "order": order,
        "raw": None if raw is None else base64.b64encode(raw).decode(),
        "removed": removed,
        "made_at": made_at,
    }
    keep(store, doc)
    return doc


def keep(store: Store, held: Doc) -> None:
    """Store an order document under its present status and number."""
    store.put(
        "order",
        held["id"],
        held,
        portal=held["portal"],
        status=None if held["removed"] else held["listed"],
        number=str(held["order"].get("order_number", "")).strip(),
        external_id=held["order"].get("external_id"),
    )


def body_of(held: Doc) -> bytes:
    """The JSON (or what stands in for it) that a client is sent for this order."""
    if held["raw"] is not None:
        return base64.b64decode(held["raw"])
    return jsontext.dumps(held["order"]).encode()


def bodies(held: Iterable[Doc]) -> bytes:
    """Several orders as one bare JSON array."""
    return b"[" + b",".join(body_of(one) for one in held) + b"]"
