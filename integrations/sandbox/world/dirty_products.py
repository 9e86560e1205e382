"""Dirty data, chapters 2 and 3: products, variants, seasons, brands."""

from __future__ import annotations

from copy import deepcopy
from itertools import product as every

from integrations.sandbox.world.ids import object_id
from integrations.sandbox.world.model import Doc
from integrations.sandbox.world.recipe import Scene, recipe


def _twin(scene: Scene, line: Doc, at: object, **changes: object) -> Doc:
    """A further line of another product: `line` with another id and `changes`, catalogued too."""
    copied = deepcopy(line)
    new_id = object_id("twin", line["product"]["_id"], at)
    copied["product"] |= {"_id": new_id, **changes}
    copied["product"]["brand_id"] = f"{copied['product']['brand_id']}_{at}"
    if "id" in copied:
        copied["id"] = object_id("twin line", new_id)
    known = scene.product_of(line)
    if known is not None:
        record = deepcopy(known)
        record |= {"_id": new_id, "brand_id": copied["product"]["brand_id"], **changes}
        for row in record["sizes"]:
            row["_id"] = object_id("twin sku", new_id, row["size"])
            row.pop("upc", None)
        scene.products.append(record)
    for row in copied["sizes"]:
        row.pop("upc", None)
    return copied


def _relabel(scene: Scene, line: Doc, sizes: list[str]) -> None:
    """Give a line, and its product, exactly these sizes at the first size's price."""
    pattern = line["sizes"][0]
    line["sizes"] = [{**pattern, "size": size} for size in sizes]
    for row in line["sizes"]:
        row.pop("upc", None)
    product = scene.product_of(line)
    if product is not None:
        model = product["sizes"][0]
        product["sizes"] = [
            {
                **{k: v for k, v in model.items() if k != "upc"},
                "size": size,
                "_id": object_id("sku", product["_id"], size),
                "size_order": at,
            }
            for at, size in enumerate(sizes)
        ]


@recipe(
    "carry_over_new_season",
    "A style the shop has comes back in a new season, as new products.",
    "17",
)
def carry_over(scene: Scene) -> None:
    for line in scene.lines:
        product = scene.product_of(line)
        new_id = object_id("next season", line["product"]["_id"])
        line["product"] |= {"_id": new_id, "season": "Resort 99"}
        if product is not None:
            product |= {"_id": new_id, "season": "Resort 99", "seasons": ["Resort 99"]}


@recipe("season_spelled_differently", "One season is spelled three ways in one order.", "18")
def season_spelling(scene: Scene) -> None:
    for at, line in enumerate(scene.lines):
        line["product"]["season"] = ("SPRING 12", "SPR12", "Spring '12")[at % 3]


@recipe("three_colourways_as_three_lines", "One style in three colours comes as three lines.", "19")
def three_colours(scene: Scene) -> None:
    first = scene.lines[0]
    scene.lines[:] = [
        first,
        *(_twin(scene, first, c, color=c, color_code="") for c in ("Red", "Blue")),
    ]
    scene.retotal()


@recipe(
    "four_varying_attributes", "Colour, size, leg length and season all vary in one style.", "20"
)
def four_attributes(scene: Scene) -> None:
    first = scene.lines[0]
    _relabel(scene, first, ["30x30", "30x32", "32x30", "32x32"])
    scene.lines[:] = [
        first,
        *(
            _twin(scene, first, f"{season}{colour}", season=season, color=colour)
            for season, colour in (("FW26", "Rinse"), ("SS27", "Black"))
        ),
    ]
    scene.retotal()


def _grid(scene: Scene, colours: int, sizes: int) -> None:
    first = scene.lines[0]
    _relabel(scene, first, [str(size) for size in range(30, 30 + sizes)])
    scene.lines[:] = [
        first,
        *(_twin(scene, first, at, color=f"Shade {at:02d}") for at in range(2, colours + 1)),
    ]
    scene.retotal()


@recipe("fifteen_colours_sixteen_sizes", "One style has 240 combinations of colour and size.", "21")
def too_many(scene: Scene) -> None:
    _grid(scene, 15, 16)


@recipe(
    "D22_201_variants", "One style has 201 variants, one more than a family holds.", "D22", "21"
)
def one_too_many(scene: Scene) -> None:
    _grid(scene, 3, 67)


@recipe("sizes_s_and_sm", "The sizes S and SM stand side by side.", "24")
def s_and_sm(scene: Scene) -> None:
    _relabel(scene, scene.lines[0], ["S", "SM", "M", "MED"])
    scene.retotal()


@recipe("sizes_descending", "The brand lists its sizes 10, 8, 6.", "25")
def descending(scene: Scene) -> None:
    _relabel(scene, scene.lines[0], ["10", "8", "6"])
    scene.retotal()


@recipe("two_products_share_a_name", "Two different styles have one name.", "26")
def one_name(scene: Scene) -> None:
    first = scene.lines[0]
    scene.lines.append(_twin(scene, first, "other", style_number="ZZ-900"))
    for product in scene.products:
        if product["_id"] in (first["product"]["_id"], scene.lines[-1]["product"]["_id"]):
            product["name"] = "Classic Tee"
    scene.retotal()


@recipe(
    "D22_family_name_taken",
    "Another brand's family in the shop already has this name.",
    "D22",
    "26",
)
def name_taken(scene: Scene) -> None:
    for product in scene.products[:1]:
        product["name"] = (scene.names_elsewhere or ["House Blend Coffee 250 g"])[0]


@recipe("name_of_300_characters", "The product's name is 300 characters long.", "27")
def long_name(scene: Scene) -> None:
    for product in scene.products[:1]:
        product["name"] = ("Very Long Name of a Very Plain Shirt " * 9)[:300]


@recipe(
    "D24_html_in_texts",
    "Scripts, event handlers, SVG and styles stand in the brand's texts.",
    "D24",
    "27",
)
def html(scene: Scene) -> None:
    scene.order["notes"] = "<img src=x onerror=alert(1)> ship <b>whole</b>"
    for product in scene.products:
        product["description"] = (
            "<script>alert(1)</script><p onclick='x()'>Soft &amp; warm.</p>"
            "<a href='javascript:alert(2)'>care</a><svg onload=alert(3)></svg>"
            "<style>body{display:none}</style><ul><li>Wool</li></ul>"
        )
    for product in scene.products[:1]:
        product["name"] = "<i>Soft</i> Tee<script>alert(4)</script>"


@recipe("D15_megabyte_description", "A description is a million characters long.", "D15", "27")
def megabyte(scene: Scene) -> None:
    for product in scene.products[:1]:
        product["description"] = "<p>" + "wool " * 200_000 + "</p>"


@recipe("D15_long_style_number", "A style number is 10,000 characters long.", "D15")
def long_style(scene: Scene) -> None:
    scene.lines[0]["product"]["style_number"] = "X" * 10_000


@recipe(
    "product_removed_from_catalogue", "The brand took a product away after it was ordered.", "33"
)
def removed(scene: Scene) -> None:
    scene.removed_products.append(scene.lines[0]["product"]["_id"])


@recipe("colour_renamed_by_brand", "The catalogue now calls the ordered colour otherwise.", "34")
def colour_renamed(scene: Scene) -> None:
    for product in scene.products[:1]:
        product |= {"color": f"{product['color']} Heather", "color_code": ""}


@recipe("colour_and_price_only", "The products carry no name, description or picture.", "33")
def bare(scene: Scene) -> None:
    for product in scene.products:
        product |= {"name": "", "description": "", "images": []}


@recipe("brand_name_shouted", "The brand is written in capitals with a space at its end.", "35")
def shouted(scene: Scene) -> None:
    scene.order["__brand_name"] = "TARN & THISTLE "
    for product in scene.products:
        product["brand_name"] = f"{product['brand_name'].upper()} "


@recipe("several_brands_in_one_order", "A distributor's order mixes five brands.", "36")
def five_brands(scene: Scene) -> None:
    names = ("Brackenfold", "Ondine Ceramics", "Vetiver Row", "Osierworks", "Saltmarsh Home")
    for at, product in enumerate(scene.products):
        product["brand_name"] = names[at % 5]


@recipe("brand_renamed", "The brand changed its name since the last order.", "37")
def renamed(scene: Scene) -> None:
    for product in scene.products:
        product["brand_name"] = f"{product['brand_name']} Studio"


@recipe("product_without_brand_id", "The brand keeps no external ids.", "17")
def no_brand_id(scene: Scene) -> None:
    for line in scene.lines:
        line["product"].pop("brand_id", None)
    for product in scene.products:
        product["brand_id"] = ""


@recipe("wholesale_zero_in_currency", "The brand switched products off in this currency.", "50")
def switched_off(scene: Scene) -> None:
    for product, pricing in every(scene.products, [scene.order["currency_code"]]):
        product["pricing"][pricing] = {"wholesale": 0, "retail": "", "disabled": True}
