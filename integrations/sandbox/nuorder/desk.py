"""The brand's desk: what people at the brand do with an order or with their stock.

Each act changes the store and writes one effect to the ledger, in one transaction. Acts that
cannot be carried out raise `CannotDo` with a sentence for whoever tried.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal, DecimalException

from integrations.sandbox.kit.clock import Clock
from integrations.sandbox.kit.ledger import Ledger
from integrations.sandbox.kit.store import Doc, Store
from integrations.sandbox.nuorder import shelf
from integrations.sandbox.world.ids import object_id
from integrations.sandbox.world.model import number
from integrations.sandbox.world.orders import STATUSES, Head, Pick, retotal, write_order
from integrations.sandbox.world.portals import cache_of
from integrations.sandbox.world.seasons import nuorder_time

#: Where an order may go from each status; the real server's own rules are not published.
MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("review", "pending", "cancelled"),
    "review": ("approved", "pending", "cancelled"),
    "pending": ("approved", "review", "cancelled"),
    "approved": ("processed", "shipped", "pending", "cancelled"),
    "processed": ("shipped", "cancelled"),
    "shipped": (),
    "cancelled": (),
}


class CannotDo(Exception):
    """The act is not possible; the message says why."""


class Desk:
    """Acts on orders and stock, with the server's clock and ledger."""

    def __init__(self, store: Store, ledger: Ledger, clock: Clock) -> None:
        self.store = store
        self.ledger = ledger
        self.clock = clock

    # Looking things up

    def portal(self, portal_id: str) -> Doc:
        """The portal, or `CannotDo`."""
        found = self.store.get("portal", portal_id)
        if found is None:
            raise CannotDo(f"There is no portal {portal_id}.")
        return found

    def order(self, order_id: str, portal_id: str | None = None) -> Doc:
        """The order document (of this portal), or `CannotDo`; removed orders are gone."""
        found = self.store.get("order", order_id)
        if found is None or found["removed"] or portal_id not in (None, found["portal"]):
            raise CannotDo("order not found")
        return found

    def now(self) -> str:
        """The present moment as NuORDER writes it."""
        return nuorder_time(self.clock.now())

    # Status

    def move(self, order_id: str, status: str, by: str) -> Doc:
        """Move an order along the ladder. `modified_on` stays: the real server leaves it, too."""
        with self.store.transaction():
            held = self.order(order_id)
            old = held["listed"]
            if status not in STATUSES:
                raise CannotDo(f"{status} is no status.")
            if status not in MOVES[old]:
                raise CannotDo(f"An order in {old} cannot go to {status}.")
            held["listed"] = held["order"]["status"] = status
            held["order"]["locked"] = status == "cancelled"
            if status == "shipped":
                held["order"]["shipments"] = [_shipment(held["order"], self.clock.now())]
                held["order"]["__shipment_status"] = ["shipped"]
            shelf.keep(self.store, held)
            self.ledger.effect(
                "order_status", order_id, portal=held["portal"], old=old, new=status, by=by
            )
        return held

    # Changing an order

    def revise(
        self, order_id: str, what: str, change: Callable[[Doc], None], *, reprice: bool = True
    ) -> Doc:
        """Let `change` alter the order; then dates and sums follow and the ledger says `what`."""
        with self.store.transaction():
            held = self.order(order_id)
            order = held["order"]
            if held["listed"] == "cancelled":
                raise CannotDo("A cancelled order is locked.")
            try:
                change(order)
                if reprice:
                    retotal(order)
            except (KeyError, TypeError, AttributeError, DecimalException) as error:
                raise CannotDo("This order's data is too broken to be edited.") from error
            order |= {"edited": True, "edited_on": self.now(), "modified_on": self.now()}
            held["raw"] = None
            shelf.keep(self.store, held)
            self.ledger.effect("order_updated", order_id, portal=held["portal"], what=what)
        return held

    def set_size(
        self, order_id: str, line: int, size: str, *, quantity: int | None, price: Decimal | None
    ) -> Doc:
        """Change how many of a size are ordered, or what one costs."""

        def change(order: Doc) -> None:
            row = next((r for r in _line(order, line)["sizes"] if r["size"] == size), None)
            if row is None:
                raise CannotDo(f"The line has no size {size}.")
            if quantity is not None:
                row["quantity"] = quantity
            if price is not None:
                row["original_price"] = number(price)

        return self.revise(order_id, f"size {size} of line {line + 1}", change)

    def set_window(self, order_id: str, start: str, end: str) -> Doc:
        """Move the ship window (both `YYYY-MM-DD`) of the order and all of its lines."""
        for text in (start, end):
            _a_day(text)
        if end < start:
            raise CannotDo("The window ends before it starts.")
        days = {"start": f"{start}T00:00:00.000Z", "end": f"{end}T00:00:00.000Z"}

        def change(order: Doc) -> None:
            order |= {"start_ship": days["start"], "end_ship": days["end"]}
            for line in order["line_items"]:
                line |= {"ship_start": days["start"], "ship_end": days["end"]}

        return self.revise(order_id, "window", change)

    def drop_line(self, order_id: str, line: int) -> Doc:
        """Take a colourway out of the order."""

        def change(order: Doc) -> None:
            order["line_items"].remove(_line(order, line))

        return self.revise(order_id, f"line {line + 1} dropped", change)

    def add_line(self, order_id: str, product_id: str, quantities: dict[str, int]) -> Doc:
        """Add a colourway with these sizes."""
        held = self.order(order_id)
        product = self.product(held["portal"], product_id)
        known = {row["size"] for row in product["sizes"]}
        if not quantities or not quantities.keys() <= known:
            raise CannotDo(f"{product['name']} comes in {', '.join(sorted(known))}.")
        line = self._line_for(held, product, quantities)
        return self.revise(order_id, "line added", lambda order: order["line_items"].append(line))

    def swap_colour(self, order_id: str, line: int, product_id: str) -> Doc:
        """Put another product in a line's place, size for size where it has the size."""
        held = self.order(order_id)
        product = self.product(held["portal"], product_id)
        known = {row["size"] for row in product["sizes"]}

        def change(order: Doc) -> None:
            old = _line(order, line)
            counts = {r["size"]: r["quantity"] for r in old["sizes"] if r["size"] in known}
            if not counts:
                raise CannotDo("The other product has none of these sizes.")
            order["line_items"][line] = self._line_for(held, product, counts)

        return self.revise(order_id, f"line {line + 1} swapped", change)

    def _line_for(self, held: Doc, product: Doc, quantities: dict[str, int]) -> Doc:
        """A line as `write_order` makes it, in the window of the order it goes into."""
        order, portal = held["order"], self.portal(held["portal"])
        start, end = (_a_day(str(order[name])[:10]) for name in ("start_ship", "end_ship"))
        head = Head(
            portal_id=portal["id"],
            currency=str(order["currency_code"]),
            company=portal["company"],
            number=str(order["order_number"]),
            status="approved",
            created=self.clock.now(),
            window=(start.date(), end.date()),
            discount=int(order.get("discount") or 0),
        )
        line: Doc = write_order(head, [Pick(product, quantities)])["line_items"][0]
        line["id"] = object_id("added", order["_id"], secrets.token_hex(4))
        return line

    def product(self, portal_id: str, product_id: str) -> Doc:
        """A product of this portal, or `CannotDo`."""
        found = self.store.get("product", product_id)
        if found is None or not self.store.count("product", portal=portal_id, own_id=product_id):
            raise CannotDo("product not found")
        return found

    def remove(self, order_id: str) -> Doc:
        """Make an order vanish at the source: 404 by id, absent from every list."""
        with self.store.transaction():
            held = self.order(order_id) | {"removed": True}
            shelf.keep(self.store, held)
            self.ledger.effect("order_removed", order_id, portal=held["portal"])
        return held

    # Stock

    def set_stock(self, portal_id: str, product_id: str, size: str, quantity: int | None) -> Doc:
        """Set what is available now of one size; None takes the size's figure away."""
        product = self.product(portal_id, product_id)
        if size not in {row["size"] for row in product["sizes"]}:
            raise CannotDo(f"There is no size {size}.")
        stock = self.store.get("inventory", product_id) or _no_stock(product)
        wip = stock["rows"][0]["wip"]
        bucket = next((b for b in wip if b["name"] == "immediate"), None)
        if bucket is None:
            bucket = {"name": "immediate", "sizes": []}
            wip.insert(0, bucket)
        bucket["sizes"] = [s for s in bucket["sizes"] if s["size"] != size]
        if quantity is not None:
            bucket["sizes"].append({"size": size, "quantity": quantity})
        return self._keep_stock(portal_id, product, stock, size=size, quantity=quantity)

    def hide_stock(self, portal_id: str, product_id: str, *, hidden: bool) -> Doc:
        """Hide a product's figures from buyers, or show them again."""
        product = self.product(portal_id, product_id)
        stock = self.store.get("inventory", product_id) or _no_stock(product)
        return self._keep_stock(portal_id, product, stock | {"hidden": hidden}, hidden=hidden)

    def _keep_stock(self, portal_id: str, product: Doc, stock: Doc, **facts: object) -> Doc:
        warehouse = self.portal(portal_id)["warehouses"][0]
        product["__tracks_inventory"] = True
        product["__inventory_cache"] = cache_of(product, stock, warehouse)
        with self.store.transaction():
            self.store.put("inventory", product["_id"], stock, portal=portal_id)
            shelf.put_product(self.store, portal_id, product)
            self.ledger.effect("stock_set", product["_id"], portal=portal_id, **facts)
        return stock


def _line(order: Doc, at: int) -> Doc:
    lines: list[Doc] = order["line_items"]
    if not 0 <= at < len(lines):
        raise CannotDo(f"The order has no line {at + 1}.")
    return lines[at]


def _a_day(text: str) -> datetime:
    with suppress(ValueError):
        return datetime.fromisoformat(f"{text[:10]}T00:00:00+00:00")
    raise CannotDo(f"{text} is no date (YYYY-MM-DD).")


def _no_stock(product: Doc) -> Doc:
    row = {"warehouse": "default", "prebook": False, "wip": []}
    return {"product_id": product["_id"], "hidden": False, "rows": [row]}


def _shipment(order: Doc, moment: datetime) -> Doc:
    return {
        "type": "shipment",
        "status": "shipped",
        "shipment_date": nuorder_time(moment),
        "tracking_numbers": [f"1Z{object_id('track', order['_id'])[:10].upper()}"],
        "line_items": [
            {
                **{
                    name: line["product"].get(name)
                    for name in ("brand_id", "season", "style_number", "color")
                },
                "sizes": [{"size": r["size"], "quantity": r["quantity"]} for r in line["sizes"]],
            }
            for line in order.get("line_items") or []
            if isinstance(line.get("product"), dict) and line.get("sizes")
        ],
    }
