"""Build the whole world: the same seed, size and anchor day give the same world, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from integrations.sandbox.world import named
from integrations.sandbox.world.dirty import MILD, dirty
from integrations.sandbox.world.model import Doc, Portal, Shop, World
from integrations.sandbox.world.orderbook import OrderBook
from integrations.sandbox.world.pictures import picture
from integrations.sandbox.world.portals import PLAN, PLANS, build_portal, plan_styles
from integrations.sandbox.world.ranges import styles_of
from integrations.sandbox.world.shelf import Shelf, lay_untidiness
from integrations.sandbox.world.shops import add_brand, add_supplier, alder_and_quay, harbour_row
from integrations.sandbox.world.trading import stock_shelves, trade
from integrations.sandbox.world.vocabulary import MAKER

MAIN, SECOND = "alder-quay", "harbour-row"


@dataclass(frozen=True)
class Scale:
    """How big a world is."""

    products: int
    portals: tuple[str, ...]
    local_brands: tuple[str, ...]
    """Brands the main shop carries that are not on NuORDER."""
    room: int
    """Most products of one brand with a portal."""
    orders: dict[str, int]
    """Ordinary orders by portal, splits counted as one."""
    sales_per_day: tuple[int, int]
    second_products: int


_LOCAL = (
    "calder", "petrel", "bluff-point", "wren", "ottoline", "foxglove", "dunmore", "pebble-pine",
    "fennel", "little-gull", "sable-soap", "croft-mill", "rowan-goods",
)  # fmt: skip
SCALES: dict[str, Scale] = {
    "tiny": Scale(
        products=60,
        portals=("tarn-thistle", "kestrel-lane", "marrow-bay"),
        local_brands=("calder", "petrel"),
        room=24,
        orders={"tarn-thistle": 9},
        sales_per_day=(2, 1),
        second_products=12,
    ),
    "demo": Scale(
        products=1500,
        portals=tuple(plan.id for plan in PLANS),
        local_brands=_LOCAL,
        room=60,
        orders={
            "tarn-thistle": 10,
            "northlight": 9,
            "halden": 8,
            "ferrow": 8,
            "saltmarsh": 9,
            "tolliver": 7,
            "lumen-loom": 7,
            "juniper-fold": 6,
            "pomme-grise": 3,
            "harrow-wick": 4,
        },
        sales_per_day=(18, 3),
        second_products=40,
    ),
}


def build(seed: int = 7, size: str = "demo", *, anchor: date | None = None) -> World:
    """The made-up world.

    `size` is `tiny` or `demo`. Every date counts from `anchor` (today when left out); ids and
    counts do not depend on it. Raises `KeyError` for a size that does not exist.
    """
    scale, day = SCALES[size], anchor or datetime.now(UTC).date()
    main, second = alder_and_quay(day), harbour_row(day)
    _fill_main(seed, main, scale, day)
    _fill_second(seed, second, scale, day)
    shops = {main.prefix: main, second.prefix: second}
    portals = [build_portal(seed, PLAN[p], shops[PLAN[p].shop], day) for p in scale.portals]
    world = World(seed, size, day, [main, second], portals, {}, {}, picture)
    _place_named(world)
    _write_orders(world, scale)
    return world


def _fill_main(seed: int, shop: Shop, scale: Scale, anchor: date) -> None:
    for plan in (PLAN[p] for p in scale.portals if PLAN[p].shop == MAIN and PLAN[p].known):
        add_supplier(shop, plan.id, plan.name or MAKER[plan.brands[0]].name)
        for brand in plan.brands:
            add_brand(shop, brand)
    for brand in scale.local_brands:
        add_supplier(shop, brand, MAKER[brand].name)
        add_brand(shop, brand)
    shelf = Shelf(seed, shop, anchor)
    _house_goods(shelf)
    for style in named.known_by_name(seed):
        shelf.add_style(style, "", 99)
    for plan in (PLAN[p] for p in scale.portals if PLAN[p].shop == MAIN and PLAN[p].known):
        _shelve_portal(seed, shelf, plan.id, scale.room)
    _shelve_local(seed, shelf, scale)
    lay_untidiness(seed, shop)
    stock_shelves(seed, shop)
    trade(seed, shop, anchor, scale.sales_per_day[0])


def _house_goods(shelf: Shelf) -> None:
    """The shop's own odds and ends, without brand or supplier."""
    shelf.add_simple("Shop Umbrella, Green", "umbrella green", "24")
    shelf.add_simple("Shop Umbrella, Green (old)", "umbrella green old", "22")
    shelf.add_simple("Gift Wrapping", "gift wrapping", "4", has_inventory=False)
    shelf.add_simple("Alteration", "alteration", "12", has_inventory=False)
    shelf.add_simple("House Blend Coffee 250 g", "coffee", "11")
    shelf.add_simple("Postcard, Quay Street", "postcard", "1.5")


def _shelve_portal(seed: int, shelf: Shelf, portal_id: str, room: int) -> None:
    left = dict.fromkeys(PLAN[portal_id].brands, room)
    for style in plan_styles(seed, PLAN[portal_id]):
        if style.standing != "none":
            before = shelf.full
            shelf.add_style(style, portal_id, left[style.brand])
            left[style.brand] -= shelf.full - before


def _shelve_local(seed: int, shelf: Shelf, scale: Scale) -> None:
    """Fill the shelf to exactly the planned number with brands that are not on NuORDER."""
    waiting = len(scale.local_brands)
    for brand in scale.local_brands:
        goal = shelf.full + (scale.products - shelf.full) // waiting
        waiting -= 1
        for style in styles_of(seed, brand, 60):
            shelf.add_style(style, brand, goal - shelf.full)


def _fill_second(seed: int, shop: Shop, scale: Scale, anchor: date) -> None:
    plan = PLAN["harrow-wick"]
    add_supplier(shop, plan.id, MAKER[plan.brands[0]].name)
    add_supplier(shop, "calder", MAKER["calder"].name)
    for brand in (*plan.brands, "calder"):
        add_brand(shop, brand)
    shelf = Shelf(seed, shop, anchor)
    _shelve_portal(seed, shelf, plan.id, scale.second_products // 2)
    for style in styles_of(seed, "calder", 40):
        shelf.add_style(style, "calder", scale.second_products - shelf.full)
    stock_shelves(seed, shop)
    trade(seed, shop, anchor, scale.sales_per_day[1])


def _place_named(world: World) -> None:
    seed, anchor = world.seed, world.anchor
    first, long = world.portal(named.FIRST), world.portal(named.LONG)
    named.thin_pictures(seed, long)
    forty = named.first_of_forty(seed, first, anchor)
    again = named.repeat_of_forty(seed, first, anchor)
    many = named.first_of_240(seed, long, anchor)
    first.orders.append(forty)
    long.orders.append(many)
    world.held["repeat_40"] = again
    world.named["first_40"] = (first.id, forty["_id"])
    world.named["repeat_40"] = (first.id, again["_id"])
    world.named["first_240"] = (long.id, many["_id"])
    draft = OrderBook(seed, first, anchor).ordinary(8)
    first.orders.extend(draft)


def _write_orders(world: World, scale: Scale) -> None:
    """The ordinary orders; every fourth that can be imported carries one of the mild faults."""
    faults = iter(MILD)
    importable = 0
    for portal_id, count in scale.orders.items():
        portal = world.portal(portal_id)
        book = OrderBook(world.seed, portal, world.anchor, line_ids=PLAN[portal_id].line_ids)
        for order in (order for at in range(count) for order in book.ordinary(at)):
            can_be_imported = order["status"] in ("approved", "processed", "shipped")
            importable += can_be_imported
            spoil = can_be_imported and importable % 4 == 0
            portal.orders.append(_spoil(world, portal, order, faults) if spoil else order)


def _spoil(world: World, portal: Portal, order: Doc, faults: Iterator[str]) -> Doc:
    key = next(faults, None)
    if key is None:
        return order
    scene = dirty(key, order, portal.products)
    world.named[key] = (portal.id, scene.order["_id"])
    changed = {product["_id"]: product for product in scene.products}
    portal.products[:] = [changed.get(p["_id"], p) for p in portal.products]
    return scene.order
