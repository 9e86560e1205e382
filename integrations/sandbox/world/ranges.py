"""What each brand makes: styles with colourways, sizes, prices and true barcodes."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from integrations.sandbox.world import codes
from integrations.sandbox.world.ids import stream
from integrations.sandbox.world.model import Colour, Style
from integrations.sandbox.world.vocabulary import MAKER, PALETTES, PLACES, SIZES, TRADES, Maker

#: How the main shop came to know a brand's styles, by position in its range.
KNOWN = ("upc", "upc", "code", "upc", "carry", "upc", "none", "upc", "code", "name", "none")


def styles_of(seed: int, brand: str, count: int, *, known: int = 0) -> list[Style]:
    """The first `count` styles of `brand`; the first `known` of them stand somehow in the shop."""
    maker = MAKER[brand]
    return [_style(seed, maker, index, known) for index in range(count)]


def _style(seed: int, maker: Maker, index: int, known: int) -> Style:
    rng = stream(seed, "style", maker.key, index)
    trade = TRADES[maker.trade]
    noun, silhouette, floor, run = trade.items[index % len(trade.items)]
    colours = _colours(rng, maker)
    wholesale = _wholesale(rng, floor)
    return Style(
        brand=maker.key,
        number=f"{maker.code}-{1000 + index * 7 + rng.randrange(7)}",
        name=f"{_place(maker, index)} {noun}",
        category=noun.split(",")[0],
        silhouette=silhouette,
        colours=colours,
        sizes=SIZES[run],
        wholesale=wholesale,
        retail=_retail(wholesale, trade.markup),
        gtins=_gtins(maker, index, colours, SIZES[run]),
        standing=KNOWN[index % len(KNOWN)] if index < known else "none",
        season=1 if index % 6 == 5 else 0,
    )


def _place(maker: Maker, index: int) -> str:
    """A word that, with the item's noun, no other style of this brand has."""
    places = PLACES[maker.places]
    nouns = len(TRADES[maker.trade].items)
    return places[(index % nouns + index // nouns * 3 + len(maker.key)) % len(places)]


def _colours(rng: Random, maker: Maker) -> tuple[Colour, ...]:
    trade = TRADES[maker.trade]
    palette = PALETTES[trade.palette]
    return tuple(rng.sample(palette, min(rng.randint(*trade.colours), len(palette))))


def _wholesale(rng: Random, floor: int) -> Decimal:
    cents = rng.choice((0, 0, 0, 50, 25))
    return Decimal(floor) + rng.randrange(0, max(2, floor // 5)) + Decimal(cents) / 100


def _retail(wholesale: Decimal, markup: str) -> Decimal:
    """A price a shop would print: whole units, or .95 below twenty."""
    raw = (wholesale * Decimal(markup)).to_integral_value()
    return raw if raw >= 20 else raw - Decimal("0.05")


def _gtins(
    maker: Maker, index: int, colours: tuple[Colour, ...], sizes: tuple[str, ...]
) -> dict[tuple[str, str], str]:
    make = codes.ean_13 if len(maker.gs1) == 7 else codes.upc_a
    pairs = [(colour.name, size) for colour in colours for size in sizes]
    return {pair: make(maker.gs1, 100 + index * 32 + at) for at, pair in enumerate(pairs)}
