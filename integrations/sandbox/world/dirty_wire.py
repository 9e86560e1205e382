"""Dirty data, the wire: missing, mistyped, hostile, unreadable JSON; odd characters and dates."""

from __future__ import annotations

import json

from integrations.sandbox.world.recipe import Scene, recipe

_QUANTITY = "@@quantity@@"


def _raw_quantity(scene: Scene, text: str) -> None:
    """Write `text`, unquoted, where the first size's quantity stands."""
    scene.rows[0]["quantity"] = _QUANTITY
    scene.raw = scene.text().replace(f'"{_QUANTITY}"', text, 1).encode()


# D1 to D4: shape


@recipe("D1_missing_order_number", "The order has no number.", "D1")
def no_number(scene: Scene) -> None:
    del scene.order["order_number"]


@recipe("D1_missing_currency", "The order names no currency.", "D1")
def no_currency(scene: Scene) -> None:
    del scene.order["currency_code"]


@recipe("D1_missing_product_id", "A line's product has no id.", "D1")
def no_product_id(scene: Scene) -> None:
    del scene.lines[0]["product"]["_id"]


@recipe("D1_missing_quantity", "A size has no quantity.", "D1")
def no_quantity(scene: Scene) -> None:
    del scene.rows[0]["quantity"]


@recipe("D1_missing_lines", "The order has no `line_items` key.", "D1", "64")
def no_line_items(scene: Scene) -> None:
    del scene.order["line_items"]


@recipe("D2_nulls", "Nothing is written as null in texts, lists and objects.", "D2")
def nulls(scene: Scene) -> None:
    for name in ("customer_po_number", "notes", "order_tags", "shipping_address", "rep_name"):
        scene.order[name] = None
    scene.lines[0] |= {"warehouse": None, "ship_start": None, "discount": None}
    scene.rows[0]["upc"] = None


@recipe("D2_null_where_needed", "The first line's sizes are null.", "D2")
def null_sizes(scene: Scene) -> None:
    scene.lines[0]["sizes"] = None


@recipe("D3_texts_for_numbers", 'Numbers come as texts: "12" for 12.', "D3")
def texts(scene: Scene) -> None:
    for row in scene.rows:
        row["quantity"] = str(row["quantity"])
        row["price"] = str(row["price"])
    scene.order["total"] = str(scene.order["total"])


@recipe("D3_wrong_types", "A list where an object belongs, true where a number belongs.", "D3")
def wrong_types(scene: Scene) -> None:
    scene.order["retailer"] = [scene.order["retailer"]]
    scene.rows[0]["quantity"] = True
    scene.lines[-1]["product"] = "TT-1000"


@recipe("D3_number_as_number", "The order number is a JSON number.", "D3")
def numeric_number(scene: Scene) -> None:
    scene.order["order_number"] = 41872


@recipe("D4_unknown_fields", "Fields nobody has heard of stand at every level.", "D4")
def unknown_fields(scene: Scene) -> None:
    scene.order |= {"hologram": {"depth": 3}, "__internal": [1, 2]}
    scene.lines[0]["colour_story"] = "dusk"
    scene.rows[0]["magnetic"] = True


@recipe("D4_unknown_status", "The status is one nobody has heard of.", "D4")
def unknown_status(scene: Scene) -> None:
    scene.order["status"] = "consolidating"


@recipe("D4_status_in_capitals", "The status is written Approved.", "D4")
def capital_status(scene: Scene) -> None:
    scene.order["status"] = "Approved"


# D5 and D6: quantities and prices


@recipe("D5_negative_quantity", "A quantity is minus three.", "D5", "52")
def negative(scene: Scene) -> None:
    scene.rows[0]["quantity"] = -3


@recipe("D5_fractional_quantity", "A quantity is one and a half.", "D5", "52")
def fraction(scene: Scene) -> None:
    scene.rows[0]["quantity"] = 1.5


@recipe("D5_billion_quantity", "A quantity is a thousand million.", "D5")
def billion(scene: Scene) -> None:
    scene.rows[0]["quantity"] = 1_000_000_000


@recipe("D5_arabic_digit_quantity", "A quantity is the text of an Arabic-Indic three.", "D5")
def arabic(scene: Scene) -> None:
    scene.rows[0]["quantity"] = "\u0663"


@recipe("D5_nan_quantity", "A quantity is the bare word NaN.", "D5", raw=True)
def nan(scene: Scene) -> None:
    _raw_quantity(scene, "NaN")


@recipe("D5_infinity_quantity", "A quantity is the bare word Infinity.", "D5", raw=True)
def infinity(scene: Scene) -> None:
    _raw_quantity(scene, "Infinity")


@recipe("D5_1e400_quantity", "A quantity is 1e400, more than a float holds.", "D5", raw=True)
def beyond(scene: Scene) -> None:
    _raw_quantity(scene, "1e400")


@recipe("D6_negative_price", "A price is below zero.", "D6")
def negative_price(scene: Scene) -> None:
    scene.rows[0] |= {"price": -5, "original_price": -5}


@recipe("D6_tenth_of_a_cent", "A price is 0.001.", "D6")
def tenth(scene: Scene) -> None:
    scene.rows[0] |= {"price": 0.001, "original_price": 0.001, "price_precise": "0.001"}


@recipe("D6_enormous_price", "A price is 99,999,999,999.99.", "D6")
def enormous(scene: Scene) -> None:
    scene.rows[0] |= {"price": 99999999999.99, "original_price": 99999999999.99}


@recipe("D6_other_currency", "The order's currency is not the one the portal sells in.", "D6")
def currency(scene: Scene) -> None:
    scene.order["currency_code"] = "JPY"


@recipe("D6_display_price", 'A price is the display text "$28.00".', "D6", "D3")
def display_price(scene: Scene) -> None:
    scene.rows[0]["price"] = "$28.00"


# D7 to D10: JSON that breaks parsers


@recipe("D7_integer_of_5000_digits", "A quantity has 5,000 digits.", "D7", raw=True)
def digits(scene: Scene) -> None:
    _raw_quantity(scene, "9" * 5000)


@recipe("D8_nested_100000_deep", "A list is nested 100,000 deep.", "D8", raw=True)
def nested(scene: Scene) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    scene.raw = scene.text().encode()[:-1] + b', "extra": ' + deep + b"}"


@recipe("D9_duplicate_keys", "The quantity is given twice in one object.", "D9", raw=True)
def duplicate(scene: Scene) -> None:
    held = json.dumps(scene.rows[0]["quantity"])
    _raw_quantity(scene, f'{held}, "quantity": 7')


@recipe("D10_lone_surrogate", "A text holds half of a character.", "D10", raw=True)
def surrogate(scene: Scene) -> None:
    scene.order["notes"] = "@@note@@"
    scene.raw = scene.text().replace("@@note@@", "half \\ud800 a smile").encode()


@recipe("D8_not_json", "The body is no JSON at all.", "D8", raw=True)
def not_json(scene: Scene) -> None:
    scene.raw = b"<html><body>We will be back soon</body></html>"


@recipe("D8_cut_in_the_middle", "The body ends in the middle of a line.", "D8", raw=True)
def cut(scene: Scene) -> None:
    whole = scene.text().encode()
    scene.raw = whole[: len(whole) // 2]


@recipe("D10_not_utf8", "The body is Latin-1, not UTF-8.", "D10", raw=True)
def latin(scene: Scene) -> None:
    scene.order["notes"] = "Très pressé"
    scene.raw = scene.text().encode("latin-1", "replace")


# D11 to D13: characters


@recipe("D11_nul_in_text", "A NUL byte stands in the notes and in a colour.", "D11")
def nul(scene: Scene) -> None:
    scene.order["notes"] = "ring\x00 the bell"
    scene.lines[0]["product"]["color"] = "Mo\x00ss"


@recipe(
    "D12_unicode_oddities", "Emoji, joiners, right-to-left override, BOM, combining marks.", "D12"
)
def oddities(scene: Scene) -> None:
    scene.order["notes"] = "\ufeffWith love \U0001f469\u200d\U0001f33e \u202etxt.exe"
    scene.lines[0]["product"]["color"] = "E\u0301cru \U0001f33f"
    for product in scene.products[:1]:
        product |= {"color": "E\u0301cru \U0001f33f", "name": f"\u202e{product['name']}\u202c"}


@recipe("D13_stray_spaces", "Codes and names carry spaces, tabs and no-break spaces.", "D13", "10")
def spaces(scene: Scene) -> None:
    scene.order["order_number"] = f" {scene.order['order_number']}\t"
    product = scene.lines[0]["product"]
    product["style_number"] = f"\u00a0{product['style_number']}  "
    scene.rows[0]["size"] = f" {scene.rows[0]['size']} "


# D29 and D30: dates

_ODD_DATES = {
    "february_29": ("2027-02-29T00:00:00.000Z", "29 February in a year that has none"),
    "april_31": ("2027-04-31T00:00:00.000Z", "31 April"),
    "all_zero": ("0000-00-00", "0000-00-00"),
    "year_9999": ("9999-12-31T00:00:00.000Z", "the last day a calendar knows"),
    "no_zone": ("2027-03-01T00:00:00", "a time without a zone"),
    "plus_thirteen": ("2027-03-01T00:00:00+13:00", "midnight in Tonga"),
    "two_digit_year": ("03/01/27", "a year of two digits"),
    "epoch_ms": (1803859200000, "milliseconds since 1970"),
    "words": ("early March", "words"),
}


def _odd_date(key: str, value: object, words: str) -> None:
    @recipe(f"D29_date_{key}", f"The ship window starts on {words}.", "D29")
    def odd(scene: Scene) -> None:
        scene.order["start_ship"] = value
        for line in scene.lines:
            line["ship_start"] = value


for _key, (_value, _words) in _ODD_DATES.items():
    _odd_date(_key, _value, _words)


@recipe("D30_clock_goes_forward", "Made in the hour that New York's spring night skips.", "D30")
def gap(scene: Scene) -> None:
    scene.order |= {
        "created_on": "2027-03-14T07:30:00.000Z",
        "modified_on": "2027-03-14T07:30:00.000Z",
    }


@recipe("D30_clock_goes_back", "Made in the hour that New York's autumn night has twice.", "D30")
def overlap(scene: Scene) -> None:
    scene.order |= {
        "created_on": "2026-11-01T05:30:00.000Z",
        "modified_on": "2026-11-01T06:30:00.000Z",
    }
