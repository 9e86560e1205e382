"""The orders of the guided tour and the big tests: a first order, its repeat, a very long one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from integrations.sandbox.world.brandside import ProductWriter
from integrations.sandbox.world.ids import stream
from integrations.sandbox.world.model import Doc, Portal, Style
from integrations.sandbox.world.orderbook import OrderBook
from integrations.sandbox.world.orders import Pick, write_order
from integrations.sandbox.world.ranges import styles_of

FIRST, LONG = "kestrel-lane", "marrow-bay"
#: Styles of the first order that the shop already has, under its own words and without barcodes.
ALREADY_KNOWN = (1, 2)


def known_by_name(seed: int) -> list[Style]:
    """The two styles of `first_40` that stand in the shop under slightly different names."""
    styles = styles_of(seed, FIRST, 8)
    return [
        replace(styles[at], standing="name", colours=styles[at].colours[:1]) for at in ALREADY_KNOWN
    ]


def first_of_forty(seed: int, portal: Portal, anchor: date) -> Doc:
    """Eight styles in ten colourways: forty lines of a brand the shop never bought."""
    book = OrderBook(seed, portal, anchor)
    head = book.head(stream(seed, "first_40"), "41940", "approved")
    return write_order(replace(head, customer_po="AQ-S-40"), _forty(seed, portal, anchor, more=0))


def repeat_of_forty(seed: int, portal: Portal, anchor: date) -> Doc:
    """The same forty items again with other quantities; nothing of it should need a decision."""
    book = OrderBook(seed, portal, anchor)
    head = book.head(stream(seed, "repeat_40"), "42177", "approved", door=1)
    return write_order(replace(head, customer_po="AQ-S-41"), _forty(seed, portal, anchor, more=1))


def _forty(seed: int, portal: Portal, anchor: date, *, more: int) -> list[Pick]:
    writer = ProductWriter(seed, portal.id, portal.currency, anchor, clean=True)
    picks = []
    for at, style in enumerate(styles_of(seed, FIRST, 8)):
        for colour in style.colours[: 2 if len(style.sizes) == 4 else 1]:
            product = writer.product(style, colour, style.season)
            counts = {size: 2 + (at + n) % 4 + more for n, size in enumerate(style.sizes)}
            picks.append(Pick(product, counts))
    return picks


def thin_pictures(seed: int, portal: Portal) -> None:
    """Leave each family of the long order one picture: that of its first colourway."""
    seen: set[str] = set()
    for product in portal.products:
        if product["style_number"] in seen:
            product["images"] = []
        seen.add(product["style_number"])


def first_of_240(seed: int, portal: Portal, anchor: date) -> Doc:
    """Thirty families, two colours by four sizes each: 240 lines of a brand with nothing here."""
    book = OrderBook(seed, portal, anchor)
    head = book.head(stream(seed, "first_240"), "41502", "approved")
    writer = ProductWriter(seed, portal.id, portal.currency, anchor, clean=True)
    picks = [
        Pick(
            writer.product(style, colour, style.season),
            {size: 1 + n % 3 for n, size in enumerate(style.sizes)},
        )
        for style in styles_of(seed, LONG, 30)
        for colour in style.colours
    ]
    return write_order(replace(head, customer_po="AQ-S-240"), picks)
