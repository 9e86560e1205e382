"""Dirty data, chapter 4: the order itself, its money, its dates, its later versions."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal

from integrations.sandbox.world.ids import object_id
from integrations.sandbox.world.model import Doc, number
from integrations.sandbox.world.recipe import Scene, recipe
from integrations.sandbox.world.seasons import nuorder_time


def _moved(text: str, by: timedelta) -> str:
    """A moment of the order's, as NuORDER writes it, moved by so much."""
    return nuorder_time(datetime.fromisoformat(text) + by)


def _edited(scene: Scene) -> None:
    """The order was changed by the brand an hour later: the edit shows in its dates."""
    later = _moved(scene.order["modified_on"], timedelta(hours=1))
    scene.order |= {"edited": True, "modified_on": later, "edited_on": later}
    scene.retotal()


def _move_window(line: Doc, days: int) -> None:
    for name in ("ship_start", "ship_end"):
        line[name] = _moved(line[name], timedelta(days=days))


@recipe("quantity_reduced_later", "A later version orders 8 where it ordered 12.", "41")
def reduced(scene: Scene) -> None:
    scene.rows[0]["quantity"] = 8
    _edited(scene)


@recipe("quantity_below_received", "A later version asks for fewer than have arrived.", "42")
def below(scene: Scene) -> None:
    scene.rows[0]["quantity"] = 1
    _edited(scene)


@recipe("cancelled_before_import", "The order is cancelled and locked.", "43", "44", "D19")
def cancelled(scene: Scene) -> None:
    scene.order |= {"status": "cancelled", "locked": True}


@recipe("partly_cancelled", "Units were cancelled without the lines saying so.", "41")
def partly(scene: Scene) -> None:
    scene.order |= {"__includes_cancelled": True, "__cancelled_units": 3, "__cancelled_total": 84}


@recipe("D19_lines_removed_later", "A later version has lost its last line.", "D19", "41")
def lines_removed(scene: Scene) -> None:
    if len(scene.lines) > 1:
        scene.lines.pop()
    else:
        scene.lines[0]["sizes"].pop()
    _edited(scene)


@recipe("size_added_later", "A later version has one size more.", "45")
def size_added(scene: Scene) -> None:
    line = scene.lines[0]
    line["sizes"].append({**line["sizes"][0], "size": "XXL", "quantity": 2})
    line["sizes"][-1].pop("upc", None)
    _edited(scene)


@recipe("colour_swapped_later", "A later version has another colour in a line's place.", "46")
def swapped(scene: Scene) -> None:
    line = scene.lines[0]
    old = line["product"]["_id"]
    line["product"] |= {"_id": object_id("swap", old), "color": "Ink", "color_code": "INK"}
    for row in line["sizes"]:
        row.pop("upc", None)
    if "id" in line:
        line["id"] = object_id("swapped line", old)
    for product in [p for p in scene.products if p["_id"] == old]:
        record = deepcopy(product)
        record |= {"_id": line["product"]["_id"], "color": "Ink", "color_code": "INK"}
        scene.products.append(record)
    _edited(scene)


@recipe(
    "line_and_order_discount", "10 % off one line, 20 % off the order: the line's own wins.", "47"
)
def two_discounts(scene: Scene) -> None:
    scene.order["discount"] = 20
    for at, line in enumerate(scene.lines):
        line["discount"] = 10 if at == 0 else 20
    scene.retotal()


@recipe(
    "average_discount_in_header", "The header repeats the average of the lines' discounts.", "48"
)
def average(scene: Scene) -> None:
    for at, line in enumerate(scene.lines):
        line["discount"] = 10 if at % 2 == 0 else 30
    scene.retotal()
    scene.order["discount"] = 20


@recipe("sample_at_100_percent", "A sample is 100 % off.", "49")
def sample(scene: Scene) -> None:
    scene.lines[0]["discount"] = 100
    scene.lines[0]["notes"] = "Sample"
    scene.retotal()


@recipe("price_zero_without_discount", "A size costs nothing and no discount says why.", "50")
def price_zero(scene: Scene) -> None:
    scene.rows[0]["original_price"] = 0
    scene.retotal()


@recipe("price_missing", "A size has no price at all.", "50", "D1")
def price_missing(scene: Scene) -> None:
    for name in ("price", "price_precise", "original_price"):
        scene.rows[0].pop(name, None)


@recipe("quantity_zero", "Sizes stand in the order with quantity 0.", "51", "D5")
def quantity_zero(scene: Scene) -> None:
    for row in scene.rows[:2]:
        row["quantity"] = 0
    scene.retotal()


@recipe("same_size_on_two_lines", "One size is ordered for two windows, on two lines.", "53", "D17")
def twice(scene: Scene) -> None:
    again = deepcopy(scene.lines[0])
    _move_window(again, 60)
    if "id" in again:
        again["id"] = object_id("again", again["id"])
    scene.lines.append(again)
    scene.retotal()


@recipe(
    "header_total_off_by_cents", "The header's total differs from the lines by two cents.", "54"
)
def off_by_cents(scene: Scene) -> None:
    scene.order["total"] = number(Decimal(str(scene.order["total"])) + Decimal("0.02"))


@recipe("header_units_wrong", "The header counts more units than the lines have.", "54")
def units_wrong(scene: Scene) -> None:
    scene.order["total_quantity"] += 5


@recipe("msrp_missing", "No suggested retail price anywhere.", "56")
def msrp_missing(scene: Scene) -> None:
    for line in scene.lines:
        line["retail_string"] = ""
        for row in line["sizes"]:
            row.pop("retail", None)
    for product in scene.products:
        for price in product["pricing"].values():
            price["retail"] = ""


@recipe("msrp_below_wholesale", "The suggested retail price is lower than the cost.", "56")
def msrp_low(scene: Scene) -> None:
    for line in scene.lines[:1]:
        line["retail_string"] = "$1.00"
        for row in line["sizes"]:
            row["retail"] = 1


@recipe("several_delivery_windows", "Lines ship in three different windows.", "57")
def windows(scene: Scene) -> None:
    for at, line in enumerate(scene.lines):
        _move_window(line, at % 3 * 30)


@recipe("window_ends_before_it_starts", "The ship window ends before it begins.", "58")
def backwards(scene: Scene) -> None:
    scene.order["start_ship"], scene.order["end_ship"] = (
        scene.order["end_ship"],
        scene.order["start_ship"],
    )


@recipe("window_long_past", "The ship window was over years ago.", "58")
def lapsed(scene: Scene) -> None:
    scene.order |= {
        "start_ship": "2019-03-01T00:00:00.000Z",
        "end_ship": "2019-03-31T00:00:00.000Z",
    }
    for line in scene.lines:
        line |= {"ship_start": scene.order["start_ship"], "ship_end": scene.order["end_ship"]}


@recipe("split_family", "One cart became two orders, numbered -1 and -2.", "59")
def split(scene: Scene) -> None:
    stem = scene.order["order_number"]
    other = deepcopy(scene.order)
    group = object_id("split", stem)
    scene.order |= {"order_number": f"{stem}-1", "order_group_id": group}
    other |= {
        "_id": object_id("split", scene.order["_id"]),
        "order_number": f"{stem}-2",
        "order_group_id": group,
    }
    scene.siblings.append(other)


@recipe("D18_number_of_another_brand", "Another brand's order has the same number.", "60", "D18")
def reused(scene: Scene) -> None:
    scene.order["order_number"] = (scene.numbers_elsewhere or ["100589"])[0]


@recipe("D18_number_twice", "Two orders of one brand have one number, a season apart.", "D18", "60")
def number_twice(scene: Scene) -> None:
    other = deepcopy(scene.order)
    other |= {"_id": object_id("same number", scene.order["_id"]), "status": "shipped"}
    scene.siblings.append(other)


@recipe("blank_customer_po", "The retailer's own order number is blank.", "61")
def blank_po(scene: Scene) -> None:
    scene.order["customer_po_number"] = ""


@recipe("no_lines", "The order has no lines.", "64", "D16")
def no_lines(scene: Scene) -> None:
    scene.lines.clear()
    scene.retotal()


@recipe("all_quantities_zero", "Every line was dropped to nothing.", "64", "51")
def nothing_left(scene: Scene) -> None:
    for row in scene.rows:
        row["quantity"] = 0
    scene.retotal()


@recipe("D16_ten_thousand_lines", "The order has 10,000 lines.", "D16")
def ten_thousand(scene: Scene) -> None:
    first = scene.lines[0]
    pattern = {k: v for k, v in first["sizes"][0].items() if k != "upc"}
    scene.lines[:] = []
    for at in range(1000):
        line = deepcopy(first)
        line["product"] |= {
            "_id": object_id("many", at),
            "style_number": f"MANY-{at:04d}",
            "brand_id": f"MANY-{at:04d}_X",
        }
        if "id" in line:
            line["id"] = object_id("many line", at)
        line["sizes"] = [{**pattern, "size": str(size), "quantity": 1} for size in range(10)]
        scene.lines.append(line)
    scene.retotal()


@recipe("D20_order_deleted", "The order is gone at the source.", "D20")
def gone(scene: Scene) -> None:
    scene.removed = True


@recipe("one_size_spelled_three_ways", "One-size goods are called OS, onesize and default.")
def one_size(scene: Scene) -> None:
    for at, line in enumerate(scene.lines):
        del line["sizes"][1:]
        line["sizes"][0]["size"] = ("OS", "onesize", "default")[at % 3]
        line["sizes"][0].pop("upc", None)
    scene.retotal()


@recipe("pack_not_a_multiple", "A pack holds six, and seven are ordered.", "52")
def pack(scene: Scene) -> None:
    scene.rows[0] |= {"units_per_pack": 6, "quantity": 7}
    scene.retotal()


@recipe(
    "line_without_id_or_window", "Lines have neither an id nor a ship window, as in old payloads."
)
def old_payload(scene: Scene) -> None:
    for line in scene.lines:
        for name in ("id", "ship_start", "ship_end", "discount", "notes", "warehouse"):
            line.pop(name, None)
    scene.order.pop("total_quantity", None)


@recipe("address_missing", "The order has no shipping address.")
def no_address(scene: Scene) -> None:
    scene.order.pop("shipping_address", None)


@recipe("size_priced_on_its_own", "One size costs more than its neighbours.", "47")
def own_price(scene: Scene) -> None:
    line = scene.lines[0]
    product = scene.product_of(line)
    row = line["sizes"][-1]
    dearer = number(Decimal(str(row["original_price"])) + 5)
    row["original_price"] = dearer
    for held in product["sizes"] if product else []:
        if held["size"] == row["size"]:
            held["pricing"] = {
                scene.order["currency_code"]: {"wholesale": dearer, "retail": row.get("retail", "")}
            }
    scene.retotal()
