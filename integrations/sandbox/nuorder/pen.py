"""The rep's pen: new orders written for the shop on demand, clean or dirty on purpose."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.nuorder import shelf
from integrations.sandbox.nuorder.desk import CannotDo, Desk
from integrations.sandbox.world.dirty import DIRTY, Scene, dirty
from integrations.sandbox.world.ids import stream
from integrations.sandbox.world.orderbook import choose
from integrations.sandbox.world.orders import STATUSES, Head, Pick, write_order

MOST_LINES = 2000


@dataclass(frozen=True)
class Wish:
    """What the new order should be like."""

    portal: str
    status: str = "approved"
    lines: int = 12
    """Sizes of colourways; the catalogue may have fewer."""
    families: int | None = None
    """Draw from only this many styles."""
    styles: tuple[Doc, ...] = ()
    """Exact lines instead: `{"product": _id, "sizes": {label: quantity}, "discount"?}`."""
    dirty: str | None = None
    """A recipe's name."""
    number: str | None = None
    customer_po: str = ""
    discount: int = 0
    seed: int | None = None
    """Which items are drawn; a number of its own for each order when None."""

    @classmethod
    def from_json(cls, asked: object) -> Wish:
        """The wish as the control API words it; raises `CannotDo` for what it cannot mean."""
        if not isinstance(asked, dict) or not isinstance(asked.get("portal"), str):
            raise CannotDo("portal is required")
        known = {name: asked[name] for name in asked if name in cls.__dataclass_fields__}
        unknown = asked.keys() - known.keys() - {"raw"}
        if unknown:
            raise CannotDo(f"unknown: {', '.join(sorted(unknown))}")
        return _checked(cls(**{**known, "styles": tuple(known.get("styles", ()))}))


def _checked(wish: Wish) -> Wish:
    numbers: tuple[Any, ...] = (wish.lines, wish.discount)
    if any(type(n) is not int or n < 0 for n in numbers) or wish.lines > MOST_LINES:
        raise CannotDo(f"lines is a number up to {MOST_LINES}, discount a percent")
    if wish.families is not None and (type(wish.families) is not int or wish.families < 1):
        raise CannotDo("families is a number above 0")
    if wish.status not in STATUSES:
        raise CannotDo(f"{wish.status} is no status")
    if wish.dirty is not None and wish.dirty not in DIRTY:
        raise CannotDo(f"there is no recipe {wish.dirty}")
    return wish


class Pen:
    """Writes orders into the store through the brand's desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.store = desk.store

    def write(self, wish: Wish, *, raw: bytes | None = None) -> Doc:
        """Make the order, with whatever its recipe adds, and say so in the ledger."""
        portal = self.desk.portal(wish.portal)
        with self.store.transaction():
            count = self.store.next_version("pen")
            order = write_order(self._head(wish, portal, count), self._picks(wish, portal, count))
            scene = self._scene(wish, portal, order)
            if raw is not None:
                scene.raw = raw
            return self._keep(portal, scene, wish)

    def spoil(self, order_id: str, key: str) -> Doc:
        """Apply a recipe to an order that is already there, as if the brand had changed it."""
        with self.store.transaction():
            held = self.desk.order(order_id)
            wish = _checked(Wish(held["portal"], status=held["listed"], dirty=key))
            portal = self.desk.portal(held["portal"])
            scene = self._scene(wish, portal, held["order"])
            if scene.order.get("edited"):
                scene.order |= {"modified_on": self.desk.now(), "edited_on": self.desk.now()}
            self._keep_products(portal, scene)
            for sibling in scene.siblings:
                self._store_order(portal["id"], sibling, dirty=key)
            status = str(scene.order.get("status", "")).lower()
            kept = shelf.put_order(
                self.store,
                portal["id"],
                scene.order,
                listed=None if status in STATUSES else held["listed"],
                raw=scene.raw,
                removed=scene.removed,
                made_at=held["made_at"],
            )
            self.desk.ledger.effect("order_updated", order_id, portal=portal["id"], what=key)
        return kept

    def release(self, name: str) -> Doc:
        """Put a named order that was kept back into its portal, as approved today."""
        with self.store.transaction():
            held = self.store.get("held", name)
            if held is None:
                raise CannotDo(f"Nothing called {name} is kept back.")
            order = held["order"]
            order |= {"created_on": self.desk.now(), "modified_on": self.desk.now()}
            self.store.delete("held", name)
            return self._store_order(held["portal"], order, released=name)

    def _head(self, wish: Wish, portal: Doc, count: int) -> Head:
        now = self.desk.clock.now()
        start = now.date() + timedelta(days=21)
        return Head(
            portal_id=portal["id"],
            currency=portal["currency"],
            company=portal["company"],
            number=wish.number or str(60_000 + count),
            status=wish.status,
            created=now,
            window=(start, start + timedelta(days=25)),
            discount=wish.discount,
            customer_po=wish.customer_po,
            door=count,
            buyer_submitted=wish.status != "pending",
            key=f"pen {count} {secrets.token_hex(4)}",
        )

    def _picks(self, wish: Wish, portal: Doc, count: int) -> list[Pick]:
        if wish.styles:
            return [self._pick(portal["id"], style) for style in wish.styles]
        products = self.store.find("product", portal=portal["id"])
        if wish.families is not None:
            styles = list(dict.fromkeys(p["style_number"] for p in products))[: wish.families]
            products = [p for p in products if p["style_number"] in styles]
        rng = stream(count if wish.seed is None else wish.seed, portal["id"], "pen")
        return choose(rng, products, wish.lines)

    def _pick(self, portal_id: str, style: Doc) -> Pick:
        try:
            product = self.desk.product(portal_id, style["product"])
            sizes = {str(size): int(count) for size, count in style["sizes"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CannotDo("a style is {product, sizes: {label: quantity}}") from error
        pick = Pick(product, sizes, notes=str(style.get("notes", "")))
        return replace(pick, discount=style.get("discount"))

    def _scene(self, wish: Wish, portal: Doc, order: Doc) -> Scene:
        ordered = [line["product"]["_id"] for line in order["line_items"]]
        products = [p for p in (self.store.get("product", one) for one in ordered) if p]
        if wish.dirty is None:
            return Scene(order)
        if len(order["line_items"]) == 0 or sum(len(x["sizes"]) for x in order["line_items"]) < 2:
            raise CannotDo("a dirty order needs at least two lines")
        elsewhere = self.store.get("elsewhere", "shop") or {"codes": [], "names": []}
        others = [o for o in self.store.find("order") if o["portal"] != portal["id"]]
        return dirty(
            wish.dirty,
            order,
            products,
            codes_elsewhere=elsewhere["codes"],
            names_elsewhere=elsewhere["names"],
            numbers_elsewhere=[str(o["order"].get("order_number")) for o in others[:5]],
        )

    def _keep_products(self, portal: Doc, scene: Scene) -> None:
        for product in scene.products:
            shelf.put_product(self.store, portal["id"], product)
        for product_id in scene.removed_products:
            self.store.delete("product", product_id)

    def _keep(self, portal: Doc, scene: Scene, wish: Wish) -> Doc:
        self._keep_products(portal, scene)
        for sibling in scene.siblings:
            self._store_order(portal["id"], sibling, dirty=wish.dirty)
        return self._store_order(
            portal["id"],
            scene.order,
            dirty=wish.dirty,
            listed=wish.status if scene.order.get("status") not in STATUSES else None,
            raw=scene.raw,
            removed=scene.removed,
        )

    def _store_order(
        self,
        portal_id: str,
        order: Doc,
        *,
        listed: str | None = None,
        raw: bytes | None = None,
        removed: bool = False,
        **facts: object,
    ) -> Doc:
        held = shelf.put_order(
            self.store,
            portal_id,
            order,
            listed=listed,
            raw=raw,
            removed=removed,
            made_at=self.desk.clock.seconds(),
        )
        self.desk.ledger.effect(
            "order_created",
            order["_id"],
            portal=portal_id,
            number=order.get("order_number"),
            by="brand",
            **facts,
        )
        return held
