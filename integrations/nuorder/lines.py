"""The lines of an order: one `IncomingLine` for each ordered size of each colourway.

NuORDER's line is one product (style, season, colour) with an array of sizes; the unit a shop sells
is the size, so quantity, price and barcode are read there. A size of quantity 0 is no line (edge
case 51). A size that cannot be read stays as a line of quantity 0 with a problem that blocks.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from catalog.names import code_key
from integrations.nuorder.body import Fields
from integrations.nuorder.sheet import ASK, ASK_OR_SKIP, LEFT_OUT, Sheet
from integrations.nuorder.values import (
    as_count,
    as_day,
    as_flag,
    as_money,
    as_percent,
    clean_line,
    label_key,
    shown,
)
from purchasing.records import IncomingItem, IncomingLine, Problem

_CENT = Decimal("0.01")
_FOUR_PLACES = Decimal("0.0001")
_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class _Order:
    """What every line of one order needs to know."""

    key: str
    currency: str
    discount: Decimal | None


@dataclass(frozen=True, slots=True)
class _Colourway:
    """What the sizes of one line share."""

    key: str
    item: IncomingItem
    who: str
    line_id: str
    discount: Decimal | None
    retail_string: Any
    shared: dict[str, Any]
    problems: tuple[Problem, ...]


def read_lines(
    sheet: Sheet,
    *,
    order_key: str,
    currency: str,
    order_discount: Decimal | None,
    header_total: Decimal | None,
) -> list[IncomingLine]:
    """Every line of the order on `sheet`; what concerns the whole order is noted there."""
    order = _Order(order_key, currency, order_discount)
    found: list[IncomingLine] = []
    empty: list[str] = []
    for at, body in enumerate(sheet.items("line_items", way=ASK), start=1):
        found += _read_line(body, at, order, empty)
    _note_empty(sheet, empty)
    _note_near_twins(sheet)
    return _net(sheet, _unique(found), header_total)


def key_of(*parts: str) -> str:
    """A key from its parts; one that would be too long ends in a digest instead."""
    key = "/".join(parts)
    if len(key) <= _KEY_LENGTH:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:24]
    return f"{key[: _KEY_LENGTH - 25]}~{digest}"


def _read_line(body: Any, at: int, order: _Order, empty: list[str]) -> list[IncomingLine]:
    if not isinstance(body, Fields):
        sheet = Sheet({}, f"Line {at}")
        sheet.note("line_wrong", f"it is {shown(body)} where a line belongs. {ASK_OR_SKIP}")
        return [_placeholder(sheet, order, at)]
    sheet = Sheet(body, f"Line {at}")
    colourway = _colourway(sheet, order, at)
    sheet.who = colourway.who
    sizes = sheet.items("sizes", way=ASK_OR_SKIP)
    if not sizes:
        if not any(problem.field == "sizes" for problem in sheet.problems):
            sheet.note("sizes_missing", f"it lists no size. {ASK_OR_SKIP}", field="sizes")
        return [_placeholder(sheet, order, at, colourway.item)]
    lines = [_read_size(size, n, colourway, order) for n, size in enumerate(sizes)]
    empty += [line.item.size or colourway.who for line in lines if _is_empty(line)]
    return [line for line in lines if not _is_empty(line)]


def _is_empty(line: IncomingLine) -> bool:
    return line.quantity == 0 and not any(p.field == "quantity" for p in line.problems)


def _colourway(sheet: Sheet, order: _Order, at: int) -> _Colourway:
    body = sheet.group("product", way=ASK_OR_SKIP, blocks=True)
    style = clean_line(str(body.get("style_number") or body.get("brand_id") or ""))[:40]
    colour = clean_line(str(body.get("color") or ""))[:40]
    who = " ".join(part for part in (style, colour) if part) or sheet.who
    sheet.who = who
    product = Sheet(body, who, sheet.problems)
    key = _product_key(product, order, at)
    item = IncomingItem(
        source_key=key,
        product_key=key,
        size="",
        style_number=product.text("style_number", 120, needed=ASK_OR_SKIP if body else ""),
        brand_item_key=product.text("brand_id", 120).casefold(),
        season=product.text("season", 120),
        colour=product.text("color", 160),
        colour_code=product.text("color_code", 60),
        currency=order.currency,
    )
    shared: dict[str, Any] = {
        "ship_start": sheet.read("ship_start", as_day, way=ASK_OR_SKIP),
        "ship_end": sheet.read("ship_end", as_day, way=ASK_OR_SKIP),
        "warehouse": sheet.text("warehouse", 120),
        "is_prebook": as_flag(sheet.body.get("prebook")),
        "note": sheet.text("notes", 500),
    }
    discount = sheet.read("discount", as_percent, blocks=False, way=LEFT_OUT)
    return _Colourway(
        key=key,
        item=item,
        who=who,
        line_id=label_key(sheet.text("id", 120)),
        # A line's own discount takes the place of the order's (edge case 47).
        discount=order.discount if discount is None else discount,
        retail_string=sheet.body.get("retail_string"),
        shared=shared,
        problems=tuple(sheet.problems),
    )


def _product_key(product: Sheet, order: _Order, at: int) -> str:
    """The product's id; a stand-in that no other product has where it is missing."""
    key = label_key(product.text("_id", 120, needed=ASK_OR_SKIP if product.body else ""))
    return key or f"?{order.key}/{at}"[:120]


def _read_size(body: Any, n: int, colourway: _Colourway, order: _Order) -> IncomingLine:
    problems = list(colourway.problems)
    if not isinstance(body, Fields):
        sheet = Sheet({}, colourway.who, problems)
        sheet.note("size_wrong", f"size {n + 1} is {shown(body)}. {ASK_OR_SKIP}", field="quantity")
        return _size_line(sheet, colourway, order, n=n, size=f"?{n + 1}", quantity=0)
    label = clean_line(str(body.get("size") or ""))[:40]
    sheet = Sheet(body, f"{colourway.who} {label}".strip(), problems)
    size = sheet.text("size", 120, needed=ASK_OR_SKIP) or f"?{n + 1}"
    quantity = sheet.read("quantity", as_count, way=ASK_OR_SKIP)
    if quantity is None and body.get("quantity") is None:
        sheet.note("quantity_missing", f"there is no quantity. {ASK_OR_SKIP}", field="quantity")
    _note_packs(sheet, quantity)
    return _size_line(sheet, colourway, order, n=n, size=size, quantity=quantity or 0)


def _note_packs(sheet: Sheet, quantity: int | None) -> None:
    """Whether a quantity counts packs or units is not documented; it is taken as units."""
    pack = sheet.read("units_per_pack", as_count, blocks=False, way=LEFT_OUT)
    if not pack or pack == 1 or not quantity:
        return
    if quantity % pack:
        sheet.note(
            "pack_unclear",
            f"the quantity is {quantity}, but it comes in packs of {pack}. "
            "Ask the brand whether packs or units were meant, or skip this line.",
            field="units_per_pack",
        )
    else:
        sheet.note(
            "pack",
            f"it comes in packs of {pack}; the quantity {quantity} was taken as units.",
            field="units_per_pack",
            blocks=False,
        )


def _size_line(
    sheet: Sheet, colourway: _Colourway, order: _Order, *, n: int, size: str, quantity: int
) -> IncomingLine:
    cost, list_cost = _costs(sheet, colourway, order, quantity)
    msrp = _msrp(sheet, colourway, order)
    pack = sheet.body.get("units_per_pack")
    brand_id = colourway.item.brand_item_key
    item = replace(
        colourway.item,
        source_key=key_of(colourway.key, label_key(size)),
        size=size,
        size_position=n,
        brand_item_key=key_of(brand_id, label_key(size).casefold()) if brand_id else "",
        code=sheet.verbatim("upc", 255, way=LEFT_OUT),
        wholesale=list_cost if list_cost else cost or None,
        msrp=msrp,
        units_per_pack=pack if isinstance(pack, int) and 0 < pack < 100_000 else None,
    )
    if isinstance(sheet.body.get("upc"), int | Decimal):
        sheet.note(
            "upc_number",
            f"the barcode {shown(sheet.body['upc'])} came as a number, so zeros at its start "
            "may be lost. Check it against the label.",
            field="upc",
            blocks=False,
        )
    return IncomingLine(
        key=_line_key(colourway, size),
        item=item,
        quantity=quantity,
        unit_cost=cost,
        list_cost=list_cost,
        discount_percent=colourway.discount,
        msrp=msrp,
        problems=tuple(sheet.problems),
        **colourway.shared,
    )


def _line_key(colourway: _Colourway, size: str) -> str:
    """Their line id and the size; older payloads have no id, so product, warehouse and window."""
    if colourway.line_id:
        return key_of(colourway.line_id, label_key(size))
    shared = colourway.shared
    window = [f"{day:%Y%m%d}" if day else "" for day in (shared["ship_start"], shared["ship_end"])]
    return key_of(colourway.key, label_key(shared["warehouse"]), *window, label_key(size))


def _costs(
    sheet: Sheet, colourway: _Colourway, order: _Order, quantity: int
) -> tuple[Decimal | None, Decimal | None]:
    """Unit cost after and before discount. `price` is net (docs/nuorder.md); unknown is None."""

    def money(value: Any) -> Decimal | None:
        return as_money(value, order.currency)

    price = sheet.read("price", money, way=ASK_OR_SKIP)
    listed = sheet.read("original_price", money, blocks=False, way=LEFT_OUT)
    wrong = any(problem.field == "price" for problem in sheet.problems)
    if price is None and not wrong:
        price = sheet.read("price_precise", money, way=ASK_OR_SKIP)
    if quantity == 0:
        return price, listed
    if price is None and not wrong:
        sheet.note("price_missing", f"there is no price. {ASK_OR_SKIP}", field="price")
    elif price == 0:
        _note_free(sheet, colourway, listed, order)
    return price, listed


def _note_free(sheet: Sheet, colourway: _Colourway, listed: Decimal | None, order: _Order) -> None:
    """A sample is free because a discount says so; any other 0 is held (edge cases 49, 50)."""
    off = _unit_discount(sheet, order)
    if colourway.discount == 100 or (listed and off is not None and off >= listed):
        sheet.note(
            "sample",
            "it is free, 100 % off. It is received at 0.00, which lowers the average cost.",
            field="price",
            blocks=False,
        )
        return
    sheet.note(
        "price_zero",
        "the price is 0.00 and no discount says why. A brand often writes 0 for what it does not "
        f"sell in {order.currency or 'this currency'}. Ask whether it is free, or skip this line.",
        field="price",
    )


def _unit_discount(sheet: Sheet, order: _Order) -> Decimal | None:
    discounts = Sheet(sheet.group("discounts"), sheet.who, [])
    return discounts.read("total_discount", lambda value: as_money(value, order.currency))


def _msrp(sheet: Sheet, colourway: _Colourway, order: _Order) -> Decimal | None:
    """The size's own MSRP, else the line's display text; the only two places on an order."""

    def money(value: Any) -> Decimal | None:
        return as_money(value, order.currency)

    own = sheet.read("retail", money, blocks=False, way="It counts as unknown.")
    if own is not None:
        return own or None
    line = Sheet({"retail_string": colourway.retail_string}, sheet.who, sheet.problems)
    return line.read("retail_string", money, blocks=False, way="It counts as unknown.") or None


def _placeholder(
    sheet: Sheet, order: _Order, at: int, item: IncomingItem | None = None
) -> IncomingLine:
    """A line that could not be read: kept, without units, so that somebody sees it."""
    product = item.product_key if item else f"?{order.key}/{at}"[:120]
    base = item or IncomingItem(source_key=product, product_key=product, size="")
    return IncomingLine(
        key=key_of("?", product, str(at)),
        item=replace(base, source_key=key_of(product, "?"), size="?"),
        quantity=0,
        unit_cost=None,
        problems=tuple(sheet.problems),
    )


def _unique(found: list[IncomingLine]) -> list[IncomingLine]:
    """No two lines under one key: a repeated one is told apart by its place."""
    times: dict[str, int] = defaultdict(int)
    lines = []
    for line in found:
        times[line.key] += 1
        lines.append(line if times[line.key] == 1 else _again(line, times[line.key]))
    return lines


def _again(line: IncomingLine, n: int) -> IncomingLine:
    """The n-th line under one key, told apart and noted."""
    name = " ".join(
        part for part in (line.item.style_number, line.item.colour, line.item.size) if part
    )
    text = f"{name}: it stands there twice under one line. Check the quantities with the brand."
    problem = Problem("line_twice", text, blocks=False, field="size")
    return replace(line, key=key_of(line.key, f"#{n}"), problems=(*line.problems, problem))


def _note_empty(sheet: Sheet, empty: list[str]) -> None:
    if empty:
        what = "1 size has" if len(empty) == 1 else f"{len(empty)} sizes have"
        sheet.note(
            "quantity_zero",
            f"{what} quantity 0 and {'is' if len(empty) == 1 else 'are'} left out.",
            field="quantity",
            blocks=False,
        )


def _note_near_twins(sheet: Sheet) -> None:
    """Style numbers that differ only in case, spaces or leading zeros are not one style (D14)."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for body in sheet.body.get("line_items") or ():
        product = body.get("product") if isinstance(body, Fields) else None
        style = product.get("style_number") if isinstance(product, Fields) else None
        if isinstance(style, str) and style.strip():
            spellings[code_key(style).lstrip("0")].add(style[:120])
    for twins in sorted(sorted(group) for group in spellings.values() if len(group) > 1):
        names = ", ".join(
            shown(name) + (" with spaces" if name != name.strip() else "") for name in twins
        )
        sheet.note(
            "style_twins",
            f"the style numbers {names} are almost alike. They are kept apart; "
            "check whether the brand means one style.",
            field="style_number",
            blocks=False,
        )


def _net(
    sheet: Sheet, found: list[IncomingLine], header_total: Decimal | None
) -> list[IncomingLine]:
    """Net costs. `price` is net, unless the header's total proves that it is not.

    Whether a discount is already in `price` is not documented. Where prices equal those before
    discount and only the discounted sum meets the header's total, the discount is applied here;
    in every other case `price` stands and nothing is discounted twice (edge cases 47, 48).
    """
    before = [line for line in found if _seems_gross(line)]
    if not before or header_total is None:
        return found
    net = [_discounted(line) if _seems_gross(line) else line for line in found]
    near = _CENT * len(found)
    if abs(_sum(found) - header_total) <= near or abs(_sum(net) - header_total) > near:
        return found
    sheet.note(
        "discount_applied",
        "NuORDER sent prices before discount. Its total shows that the discount counts, so it was "
        "taken off each line.",
        field="discount",
        blocks=False,
    )
    return net


def _seems_gross(line: IncomingLine) -> bool:
    return bool(line.unit_cost and line.unit_cost == line.list_cost and line.discount_percent)


def _discounted(line: IncomingLine) -> IncomingLine:
    keep = 1 - (line.discount_percent or Decimal(0)) / 100
    net = ((line.unit_cost or Decimal(0)) * keep).quantize(_FOUR_PLACES, rounding=ROUND_HALF_UP)
    return replace(line, unit_cost=net)


def _sum(found: list[IncomingLine]) -> Decimal:
    return sum(((line.unit_cost or Decimal(0)) * line.quantity for line in found), Decimal(0))
