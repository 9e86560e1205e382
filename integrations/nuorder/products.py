"""The border for products: one NuORDER product (style, season, colour) becomes its sizes.

Orders carry neither names nor descriptions nor pictures; the product does. A brand's catalogue is
allowed to be untidy: whatever cannot be read is left out with a notice for the order's story.
"""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin, urlsplit

from integrations.errors import Unreadable
from integrations.nuorder.body import Fields, parse
from integrations.nuorder.lines import key_of
from integrations.nuorder.sheet import LEFT_OUT, Sheet
from integrations.nuorder.values import Wrong, as_count, as_money, label_key, shown
from purchasing.description import LONGEST_NAME, clean_html, plain_text
from purchasing.records import IncomingItem

_MOST_IMAGES = 20
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|tiff?)$", re.IGNORECASE)


def read_product(raw: bytes, *, host: str, currency: str = "") -> list[IncomingItem]:
    """The product's sizes with everything the catalogue says of them, prices in `currency`.

    `host` completes picture addresses that begin with a slash. Raises Unreadable when there is no
    product in `raw`. What was cut or left out stands in the first item's `problems`.
    """
    body = parse(raw)
    if not isinstance(body, Fields):
        raise Unreadable(f"it is {shown(body)} where a product belongs")
    key = label_key(body["_id"]) if isinstance(body.get("_id"), str) else ""
    if not key or len(key) > 120:
        raise Unreadable("the product has no id")
    sheet = Sheet(body, _who(body))
    shared = _shared(sheet, key, currency)
    images = _images(body, host)
    items = [
        _size(Sheet(size, sheet.who, sheet.problems), n, shared, images)
        for n, size in enumerate(_sizes(sheet))
    ]
    return _with_problems(items, sheet)


def _who(body: Fields) -> str:
    parts = (body.get("style_number"), body.get("color"))
    return " ".join(label_key(p)[:40] for p in parts if isinstance(p, str)) or "A product"


def _sizes(sheet: Sheet) -> list[Fields]:
    rows = sheet.items("sizes", way=LEFT_OUT)
    good = [row for row in rows if isinstance(row, Fields)]
    if len(good) != len(rows):
        sheet.note("sizes_wrong", f"a size could not be read. {LEFT_OUT}", blocks=False)
    return good


def _shared(sheet: Sheet, key: str, currency: str) -> dict[str, Any]:
    """What all sizes have in common; prices are the product's own, before any size's."""
    own, wholesale, msrp = _pricing(sheet, currency)
    name = plain_text(sheet.text("name", 500))
    brand = plain_text(sheet.text("brand_name", 255) or sheet.text("__brand_name", 255))
    description, was_cut = clean_html(_description(sheet))
    if was_cut:
        sheet.note("description_long", "the description is too long and was cut.", blocks=False)
    return {
        "product_key": key,
        "style_number": sheet.text("style_number", 120),
        "brand_id": sheet.text("brand_id", 120).casefold(),
        "season": sheet.text("season", 120),
        "colour": sheet.text("color", 160),
        "colour_code": sheet.text("color_code", 60),
        "name": sheet.cut("name", name, LONGEST_NAME, blocks=False),
        "description": description,
        "brand_name": brand,
        "category": plain_text(sheet.text("category", 255)),
        "currency": own,
        "wholesale": wholesale,
        "msrp": msrp,
    }


def _description(sheet: Sheet) -> str:
    value = sheet.body.get("description")
    if value in (None, "", [], {}):
        return ""
    if not isinstance(value, str):
        sheet.note(
            "description_wrong", f"the description is {shown(value)}. {LEFT_OUT}", blocks=False
        )
        return ""
    # Harmful characters go, lines stay: it is HTML or running text.
    return Sheet({"description": value}, sheet.who, []).text(
        "description", len(value) + 1, lines=True
    )


def _pricing(sheet: Sheet, currency: str) -> tuple[str, Decimal | None, Decimal | None]:
    """Currency, wholesale and MSRP; None where the brand does not sell in this currency.

    A wholesale price of 0 switches a product off in a currency (docs/nuorder.md).
    """
    pricing = sheet.group("pricing")
    on = [code for code, row in pricing.items() if isinstance(row, Fields) and not _is_off(row)]
    chosen = currency or (on[0] if len(on) == 1 else "")
    row = pricing.get(chosen)
    if not isinstance(row, Fields) or _is_off(row):
        return chosen[:3], None, None
    prices = Sheet(row, sheet.who, sheet.problems)
    return chosen[:3], _price(prices, "wholesale", chosen), _price(prices, "retail", chosen)


def _is_off(row: Fields) -> bool:
    return row.get("disabled") is True or row.get("wholesale") in (0, "0", "", None)


def _price(sheet: Sheet, name: str, currency: str) -> Decimal | None:
    """An amount; 0 and nothing are both unknown here."""
    return (
        sheet.read(
            name, lambda value: as_money(value, currency), blocks=False, way="It counts as unknown."
        )
        or None
    )


def _size(
    sheet: Sheet, n: int, shared: dict[str, Any], images: tuple[str, ...]
) -> IncomingItem | None:
    size = sheet.text("size", 120)
    if not size:
        sheet.note("size_missing", f"a size has no name. {LEFT_OUT}", blocks=False)
        return None
    _, wholesale, msrp = _pricing(sheet, shared["currency"])
    fields = {name: value for name, value in shared.items() if name != "brand_id"}
    brand_id = shared["brand_id"]
    return IncomingItem(
        **{
            **fields,
            "wholesale": wholesale or shared["wholesale"],
            "msrp": msrp or shared["msrp"],
        },
        source_key=key_of(shared["product_key"], label_key(size)),
        sku_key=label_key(sheet.text("_id", 120)),
        size=size,
        size_position=_whole(sheet, "size_order", n),
        brand_item_key=key_of(brand_id, label_key(size).casefold()) if brand_id else "",
        code=sheet.verbatim("upc", 255) or sheet.verbatim("ean", 255),
        units_per_pack=_whole(sheet, "units_per_pack", 0) or None,
        image_urls=images,
        is_detail=True,
    )


def _whole(sheet: Sheet, name: str, default: int) -> int:
    try:
        found = as_count(sheet.body.get(name))
    except Wrong:
        return default
    return default if found is None else found


def _images(body: Fields, host: str) -> tuple[str, ...]:
    """Addresses of its pictures. A bare id is left out: how to build its address is unknown."""
    base = body.get("__cdn") if isinstance(body.get("__cdn"), str) else ""
    listed = body.get("images")
    found = []
    for name in listed if isinstance(listed, list) else ():
        address = _address(name, str(base), host) if isinstance(name, str) else ""
        if address and address not in found:
            found.append(address)
    return tuple(found[:_MOST_IMAGES])


def _address(name: str, base: str, host: str) -> str:
    name = name.strip()
    if "://" not in name and not name.startswith("/") and not (base or _PICTURE.search(name)):
        return ""
    start = base.rstrip("/") + "/" if base and not name.startswith("/") else host
    try:
        parts = urlsplit(urljoin(start, name))
    except ValueError:
        return ""
    fits = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    return parts.geturl() if fits and len(parts.geturl()) <= 1000 else ""


def _with_problems(items: list[IncomingItem | None], sheet: Sheet) -> list[IncomingItem]:
    """The sizes found, the notices with the first."""
    found = [item for item in items if item is not None]
    if not found:
        raise Unreadable(f"{sheet.who}: the product lists no size")
    problems = tuple({problem.text: problem for problem in sheet.problems}.values())
    return [replace(found[0], problems=problems), *found[1:]]
