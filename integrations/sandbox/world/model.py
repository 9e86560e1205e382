"""The shapes of the made-up world: shops as X-Series shows them, portals as NuORDER shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Doc = dict[str, Any]
"""One JSON object, as it goes over the wire."""


def number(value: Decimal | float | int) -> int | float:
    """`value` as NuORDER and X-Series write numbers: whole ones without a decimal point."""
    exact = Decimal(str(value))
    return int(exact) if exact == exact.to_integral_value() else float(exact)


@dataclass(frozen=True)
class Colour:
    """A colour as a brand names it, with the paint for its pictures."""

    name: str
    code: str
    family: str
    paint: str  # six hex digits


@dataclass(frozen=True)
class Style:
    """One style of one brand: the truth that both the shop's and the brand's records come from.

    `standing` says how the main shop knows it: `upc` (same barcode), `code` (same supplier code,
    no barcode), `carry` (bought in an older season, style number known), `name` (a similar name
    and nothing else) or `none`.
    """

    brand: str
    number: str
    name: str
    category: str
    silhouette: str
    colours: tuple[Colour, ...]
    sizes: tuple[str, ...]
    wholesale: Decimal
    retail: Decimal
    gtins: dict[tuple[str, str], str]
    """Barcode by (colour name, size)."""
    standing: str = "none"
    season: int = 0
    """0 is the season now being ordered, 1 the one before, and so on."""


@dataclass
class Shop:
    """One X-Series retailer; every list holds plain dicts in the read shape, without `version`."""

    prefix: str
    name: str
    currency: str
    timezone: str
    country: str
    tax_exclusive: bool
    outlets: list[Doc] = field(default_factory=list)
    registers: list[Doc] = field(default_factory=list)
    taxes: list[Doc] = field(default_factory=list)
    users: list[Doc] = field(default_factory=list)
    suppliers: list[Doc] = field(default_factory=list)
    brands: list[Doc] = field(default_factory=list)
    variant_attributes: list[Doc] = field(default_factory=list)
    categories: list[Doc] = field(default_factory=list)
    tags: list[Doc] = field(default_factory=list)
    products: list[Doc] = field(default_factory=list)
    inventory: list[Doc] = field(default_factory=list)
    sales: list[Doc] = field(default_factory=list)


@dataclass
class Portal:
    """One NuORDER brand portal as one retailer is connected to it."""

    id: str
    name: str
    shop: str
    """Prefix of the shop whose connection this is."""
    currency: str
    consumer_key: str
    consumer_secret: str
    company: Doc
    warehouses: list[Doc]
    products: list[Doc] = field(default_factory=list)
    inventory: dict[str, Doc] = field(default_factory=dict)
    """By product `_id`: `{"product_id", "hidden", "rows"}`; without one it is not tracked."""
    orders: list[Doc] = field(default_factory=list)
    inventory_shape: str = "bare"
    """How this portal answers an inventory read: `bare` array or `wrapped` in an object."""
    can_create: bool = True
    """Whether the buyer's credentials may create orders (403 otherwise)."""


@dataclass
class World:
    """Everything the two sandbox servers hold when they start."""

    seed: int
    size: str
    anchor: date
    shops: list[Shop]
    portals: list[Portal]
    named: dict[str, tuple[str, str]]
    """Orders to refer to by name: portal id and order `_id`."""
    held: dict[str, Doc]
    """Named orders that are not in their portal yet; released through the control API."""
    pictures: Callable[[str], bytes]

    def shop(self, prefix: str) -> Shop:
        """The shop with this prefix."""
        return next(shop for shop in self.shops if shop.prefix == prefix)

    def portal(self, portal_id: str) -> Portal:
        """The portal with this id."""
        return next(portal for portal in self.portals if portal.id == portal_id)
