"""A brand's records in NuORDER: products, stock and the retailer's company card."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

from integrations.sandbox.world import codes
from integrations.sandbox.world.ids import object_id, stream
from integrations.sandbox.world.model import Colour, Doc, Style, number
from integrations.sandbox.world.seasons import instant, nuorder_day, nuorder_time, season_label
from integrations.sandbox.world.vocabulary import DESCRIPTIONS, MAKER

SCHEMA_ID = object_id("schema", "product")


def picture_name(style: Style, colour: Colour) -> str:
    """A file name that says what to draw: silhouette, paint, and whose picture it is."""
    return f"{style.silhouette}-{colour.paint}-{slug(style.number)}-{slug(colour.code)}.png"


def slug(text: str) -> str:
    """`text` in lower-case ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


class ProductWriter:
    """Turns styles into NuORDER products for one portal and one anchor day."""

    def __init__(
        self, seed: int, portal_id: str, currency: str, anchor: date, *, clean: bool = False
    ) -> None:
        self.seed = seed
        self.clean = clean
        self.portal_id = portal_id
        self.currency = currency
        self.anchor = anchor

    def colourways(self, style: Style, *, season: int | None = None) -> list[Doc]:
        """One product per colour of `style`, in the season it is offered in (or `season` back)."""
        back = style.season if season is None else season
        return [self.product(style, colour, back) for colour in style.colours]

    def product(self, style: Style, colour: Colour, back: int) -> Doc:
        """One style + season + colour in the read shape; pictures are host-relative paths."""
        maker = MAKER[style.brand]
        season = season_label(self.anchor, back, maker.season_words)
        key = (self.portal_id, style.number, back, colour.name)
        rng = stream(self.seed, "product", *key)
        created = nuorder_time(instant(self.anchor, -120 - 180 * back, rng.randrange(1440)))
        return {
            "_id": object_id("product", *key),
            "brand_id": f"{style.number}_{colour.code}",
            "unique_key": f"{style.number},{season},{colour.name}",
            "style_number": style.number,
            "season": season,
            "seasons": [season],
            "color": colour.name,
            "color_code": colour.code if rng.random() < 0.6 else "",
            "color_family": colour.family,
            "name": style.name,
            "category": style.category,
            "subcategory": "",
            "department": "",
            "division": "",
            "gender": "",
            "brand_name": maker.name,
            "description": f"<p>{DESCRIPTIONS[maker.trade]}</p><p><b>{style.name}</b> "
            f"in {colour.name}.</p>",
            "country_of_origin": rng.choice(("Portugal", "Scotland", "USA", "Peru", "")),
            "sizes": self._sizes(style, colour, key),
            "size_groups": [],
            "banners": [],
            "pricing": self._pricing(style),
            "images": [f"/images/{picture_name(style, colour)}"],
            "active": True,
            "archived": False,
            "cancelled": False,
            "available_now": back > 0,
            "available_from": "" if back else nuorder_day(self.anchor, 45),
            "available_until": "",
            "order_closing": "",
            "created_on": created,
            "modified_on": created,
            "warehouses": [],
            "schema_id": SCHEMA_ID,
        }

    def _sizes(self, style: Style, colour: Colour, key: tuple[object, ...]) -> list[Doc]:
        rows = []
        for order, size in enumerate(style.sizes):
            row: Doc = {
                "_id": object_id("sku", *key, size),
                "size": size,
                "size_group": "default",
                "size_order": order,
                "units_per_pack": 1,
            }
            code = self._listed_code(style, style.gtins[colour.name, size], key, order)
            if code is not None:
                row["upc"] = code
            rows.append(row)
        return rows

    def _listed_code(
        self, style: Style, gtin: str, key: tuple[object, ...], order: int
    ) -> str | None:
        """The barcode as the brand's file carries it: mostly right, sometimes spoiled or absent."""
        if self.clean:
            return gtin
        if style.standing in ("code", "name"):
            return None if order % 2 else "N/A"
        luck = stream(self.seed, "upc", *key).random()
        spoiled = (None, "N/A", gtin.lstrip("0"), codes.gtin_14(gtin))
        return spoiled[int(luck * 4 / 0.14)] if luck < 0.14 else gtin

    def _pricing(self, style: Style) -> Doc:
        own: Doc = {
            "wholesale": number(style.wholesale),
            "retail": number(style.retail),
            "disabled": False,
        }
        pricing: Doc = {self.currency: own}
        if self.currency != "GBP":
            abroad = (style.wholesale * Decimal("0.8")).quantize(Decimal("0.01"))
            pricing["GBP"] = {"wholesale": number(abroad), "retail": "", "disabled": True}
        return pricing


def stock_of(seed: int, product: Doc, warehouse: str, anchor: date, *, hidden: bool) -> Doc | None:
    """The supplier's stock of `product`: now, dated, prebook, or None when none was loaded."""
    rng = stream(seed, "stock", product["_id"])
    kind = rng.choice(("now", "now", "now", "dated", "prebook", "unloaded"))
    if kind == "unloaded":
        return None
    sizes = [row["size"] for row in product["sizes"]]
    now = [{"size": s, "quantity": rng.choice((0, 3, 12, 24, 60, 144))} for s in sizes]
    if kind == "now" and rng.random() < 0.05:
        now[0]["quantity"] = -4  # orders taken beyond the stock: the brand's own arithmetic
    due = nuorder_day(anchor, 30)[:10].replace("-", "/")
    later = [{"size": s, "quantity": rng.choice((0, 24, 48, 96))} for s in sizes]
    buckets = {
        "now": [{"name": "immediate", "sizes": now}],
        "dated": [{"name": "immediate", "sizes": now}, {"name": due, "sizes": later}],
        "prebook": [{"name": "prebook", "sizes": [{"size": s, "quantity": None} for s in sizes]}],
    }
    row = {"warehouse": warehouse, "prebook": kind == "prebook", "wip": buckets[kind]}
    return {"product_id": product["_id"], "hidden": hidden, "rows": [row]}
