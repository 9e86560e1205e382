"""A shop's products as X-Series shows them: families, simple products, old untidiness."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from integrations.sandbox.world.brandside import slug
from integrations.sandbox.world.ids import stream, uuid_text
from integrations.sandbox.world.model import Colour, Doc, Shop, Style, number
from integrations.sandbox.world.seasons import instant, xseries_time
from integrations.sandbox.world.vocabulary import MAKER

CENT = Decimal("0.01")
_ONE_SIZE = {"OS", "onesize", "default"}


class Shelf:
    """Puts products on one shop's shelf, numbering SKUs from 10001 in the order they come."""

    def __init__(self, seed: int, shop: Shop, anchor: date) -> None:
        self.seed = seed
        self.shop = shop
        self.anchor = anchor
        self._sku = 10_000
        self._named: dict[str, str] = {}
        self._categories = {row["name"]: row for row in shop.categories}
        self._attributes = {row["name"]: row for row in shop.variant_attributes}
        self._colour_word = "Color" if "Color" in self._attributes else "Colour"
        self._supplier_names = {row["id"]: row["name"] for row in shop.suppliers}

    @property
    def full(self) -> int:
        """How many products (variants counted singly) stand there."""
        return len(self.shop.products)

    def add_style(self, style: Style, supplier: str, room: int) -> None:
        """Put `style` up as this shop knows it, at most `room` variants of it."""
        pairs = [(colour, size) for colour in self._colours(style) for size in style.sizes][:room]
        if not pairs:
            return
        colours = {colour.name for colour, _ in pairs}
        sizes = {size for _, size in pairs}
        parent: Doc | None = None
        for colour, size in pairs:
            options = self._options(style, colour, size, colours, sizes)
            row = self._row(style, colour, size, options, supplier)
            if options:
                row["family_id"] = uuid_text(self.shop.prefix, "family", style.number)
                row["variant_parent_id"] = parent["id"] if parent else None
                row["has_variants"] = parent is None
                row["variant_count"] = len(pairs) if parent is None else None
            parent = parent or row
            self.shop.products.append(row)

    def add_simple(self, name: str, key: str, price: str, **changes: object) -> Doc:
        """One product without variants, brand or supplier unless `changes` gives them."""
        row = self._blank(key, name, Decimal(price) / 2, Decimal(price))
        row.update(changes)
        self.shop.products.append(row)
        return row

    def _colours(self, style: Style) -> list[Colour]:
        """The colours the shop carries: now and then one fewer than the brand makes."""
        colours = list(style.colours)
        luck = stream(self.seed, self.shop.prefix, "colours", style.number).random()
        if style.standing == "carry" or (len(colours) > 1 and luck < 0.3):
            return colours[:-1] or colours
        return colours

    def _options(
        self, style: Style, colour: Colour, size: str, colours: set[str], sizes: set[str]
    ) -> list[Doc]:
        """Attribute values, only of what varies within the family."""
        options = []
        if len(colours) > 1:
            word = "Scent" if style.silhouette == "candle" else self._colour_word
            word = word if word in self._attributes else self._colour_word
            options.append(self._option(word, colour.name))
        if len(sizes) > 1 and size not in _ONE_SIZE:
            options.append(self._option("Size", size))
        return options

    def _option(self, word: str, value: str) -> Doc:
        return {"id": self._attributes[word]["id"], "name": word, "value": value}

    def _name(self, style: Style) -> str:
        """The family's name; the POS has each only once, so a second one carries its brand."""
        name = shop_name(style)
        if self._named.setdefault(name, style.number) != style.number:
            name = f"{name} ({MAKER[style.brand].name})"
        return name

    def _row(
        self, style: Style, colour: Colour, size: str, options: list[Doc], supplier: str
    ) -> Doc:
        cost = style.wholesale
        if style.standing in ("carry", "code"):
            cost = (cost * Decimal("0.95")).quantize(CENT)
        name = self._name(style)
        row = self._blank(f"{style.number}/{colour.name}/{size}", name, cost, style.retail)
        row["variant_options"] = options
        row["variant_name"] = name + "".join(f" / {o['value']}" for o in options)
        if style.category in self._categories:
            row["product_category"] = self._categories[style.category]
        row["description"] = f"<p>{style.name}.</p>"
        if style.standing in ("upc", "none"):
            code = style.gtins[colour.name, size]
            row["product_codes"].append(
                self._code(row["id"], code, "UPC" if len(code) == 12 else "EAN")
            )
        if style.standing != "name":
            row["brand_id"] = uuid_text(self.shop.prefix, "brand", style.brand)
            row["brand"] = {"id": row["brand_id"], "name": MAKER[style.brand].name}
            self._bind_supplier(row, supplier, supplier_code(style, options), cost)
        return row

    def _bind_supplier(self, row: Doc, supplier: str, code: str, cost: Decimal) -> None:
        supplier_id = uuid_text(self.shop.prefix, "supplier", supplier)
        name = self._supplier_names.get(supplier_id, supplier)
        row["supplier_id"] = supplier_id
        row["supplier_code"] = code
        row["supplier"] = {"id": supplier_id, "name": name}
        row["product_suppliers"] = [
            {
                "id": uuid_text("product supplier", row["id"]),
                "product_id": row["id"],
                "supplier_id": supplier_id,
                "supplier_name": name,
                "code": code,
                "price": number(cost),
            }
        ]

    def _code(self, product_id: str, code: str, kind: str) -> Doc:
        return {"id": uuid_text("code", product_id, code), "code": code, "type": kind}

    def _blank(self, key: str, name: str, cost: Decimal, retail: Decimal) -> Doc:
        self._sku += 1
        shop = self.shop
        product_id = uuid_text(shop.prefix, "product", key)
        made = xseries_time(instant(self.anchor, -420, self._sku % 1440))
        untaxed = retail if shop.tax_exclusive else (retail / Decimal("1.2")).quantize(CENT)
        return {
            "id": product_id,
            "family_id": uuid_text(shop.prefix, "family", key),
            "variant_parent_id": None,
            "has_variants": False,
            "variant_count": None,
            "variant_name": name,
            "variant_options": [],
            "name": name,
            "handle": slug(name).replace("-", ""),
            "sku": str(self._sku),
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
            "supply_price": number(cost),
            "product_suppliers": [],
            "product_codes": [self._code(product_id, str(self._sku), "CUSTOM")],
            "product_category": None,
            "tag_ids": [],
            "categories": [],
            "price_excluding_tax": number(untaxed),
            "price_including_tax": None if shop.tax_exclusive else number(retail),
            "image_url": "",
            "image_thumbnail_url": "",
            "images": [],
            "skuImages": [],
            "attributes": [],
            "customizations": [],
            "packaging": {"breaks_into": [], "made_from": []},
            "created_at": made,
            "updated_at": made,
            "deleted_at": None,
        }


def shop_name(style: Style) -> str:
    """What the shop calls `style`: the brand's words, or its own for those it typed from memory."""
    if style.standing == "name":
        words = style.name.split()
        return " ".join([*words[1:], words[0]])
    return style.name


def supplier_code(style: Style, options: list[Doc]) -> str:
    """Style number joined with the variant's options, as the POS keeps supplier codes."""
    return "-".join([style.number, *(str(option["value"]) for option in options)])


def lay_untidiness(seed: int, shop: Shop) -> None:
    """Old data as every shop has it: inactive rows, untracked ones, and a shared barcode."""
    for row in shop.products:
        luck = stream(seed, "untidy", row["id"]).random()
        if luck < 0.03:
            row["active"] = row["is_active"] = False
        elif luck < 0.035:
            row["has_inventory"] = False
        elif luck < 0.06 and len(row["product_codes"]) > 1:
            del row["product_codes"][1:]
    twins = [row for row in shop.products if row["name"].startswith("Shop Umbrella")]
    shared = "012345678905"
    for row in twins[:2]:
        row["product_codes"].append(
            {"id": uuid_text("code", row["id"], shared), "code": shared, "type": "UPC"}
        )
