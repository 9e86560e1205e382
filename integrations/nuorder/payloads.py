"""The border for orders: NuORDER's JSON becomes an `IncomingOrder`, or the reason why it does not.

Only a body that is no order at all raises `Unreadable`. Everything smaller is a `Problem` on the
order or on the line it concerns, in plain words with the way out; the line is kept and the order
goes on. Shapes and their evidence: docs/nuorder.md. Products are read in `products.py`, supplier
stock in `stock.py`.
"""

import re
from decimal import Decimal
from typing import Any

from integrations.errors import Unreadable
from integrations.nuorder import lines
from integrations.nuorder.body import Fields, parse
from integrations.nuorder.sheet import ASK, LEFT_OUT, Sheet
from integrations.nuorder.values import (
    as_count,
    as_day,
    as_flag,
    as_moment,
    as_money,
    as_percent,
    as_text,
    clean_line,
    label_key,
    shown,
    without_harm,
)
from purchasing.records import Adjustment, IncomingAddress, IncomingLine, IncomingOrder

STATUSES = frozenset(
    {"draft", "review", "pending", "approved", "processed", "shipped", "cancelled"}
)
UNKNOWN_STATUS = "unknown"

_CURRENCY = re.compile(r"[A-Z]{3}")
# 100589-1, 100589-2 and 100589-1-A came from one cart (docs/nuorder.md).
_SPLIT_NUMBER = re.compile(r"(\d{4,})-\d{1,3}(?:-[A-Z]{1,2})?")
_MOST_ORDER_UNITS = 100_000_000
_ADDRESS_LINES = ("line_1", "line_2", "line_3", "line_4", "city", "state", "zip", "country")


def read_order(raw: bytes, *, portal: str = "") -> IncomingOrder:
    """The order in `raw`, complete with everything that is wrong with it.

    `portal` names the brand portal in sentences. Raises Unreadable when there is no order in it.
    """
    body = parse(raw)
    if not isinstance(body, Fields):
        raise Unreadable(f"it is {shown(body)} where an order belongs")
    key = _identity(body)
    number = clean_line(str(body.get("order_number") or ""))[:40]
    sheet = Sheet(body, f"Order {number}" if number else f"The order with the id {key[:24]}")
    return _order(sheet, key, portal)


def _identity(body: Fields) -> str:
    """The order's id there: without one there is nothing to hold on to."""
    value = body.get("_id")
    key = label_key(value) if isinstance(value, str) else ""
    if not key or len(key) > 120:
        raise Unreadable("it has no id, so nobody can tell which order it is")
    return key


def _order(sheet: Sheet, key: str, portal: str) -> IncomingOrder:
    status, status_text = _status(sheet)
    currency = _currency(sheet)
    number = _number(sheet, key)
    discount = sheet.read("discount", as_percent, blocks=False, way=LEFT_OUT)
    total = sheet.read("total", lambda value: as_money(value, currency), blocks=False, way=LEFT_OUT)
    found = lines.read_lines(
        sheet, order_key=key, currency=currency, order_discount=discount, header_total=total
    )
    start = sheet.read("start_ship", as_day)
    end = sheet.read("end_ship", as_day)
    if start and end and end < start:
        sheet.note(
            "window_backwards",
            f"the ship window ends on {end:%d %b %Y}, before it starts on {start:%d %b %Y}. "
            "Check the dates with the brand.",
            field="end_ship",
            blocks=False,
        )
    retailer = sheet.group("retailer")
    people = Sheet(retailer, sheet.who, sheet.problems)
    return IncomingOrder(
        source_key=key,
        number=number,
        brand_status=status,
        brand_status_text=status_text,
        currency=currency,
        lines=tuple(found),
        customer_po=sheet.verbatim("customer_po_number", 255),
        ordered_at=sheet.read("created_on", as_moment, blocks=False, way="It counts as unknown."),
        modified_at=sheet.read("modified_on", as_moment, blocks=False, way=LEFT_OUT),
        ship_start=start,
        ship_end=end,
        ship_to=_ship_to(sheet, portal),
        buyer_name=people.text("buyer_name", 255) or sheet.text("creator_name", 255),
        rep_name=sheet.text("rep_name", 255),
        notes=sheet.text("notes", 20_000, lines=True),
        group_key=_group(sheet, number),
        discount_percent=discount,
        surcharge_percent=sheet.read(
            "additional_percentage", as_percent, blocks=False, way=LEFT_OUT
        ),
        surcharge_label=sheet.text("additional_percentage_label", 120),
        header_total=total,
        header_units=sheet.read(
            "total_quantity",
            lambda value: as_count(value, _MOST_ORDER_UNITS),
            blocks=False,
            way=LEFT_OUT,
        ),
        adjustments=_adjustments(sheet, found, currency),
        problems=_in_order(sheet, found),
    )


def _status(sheet: Sheet) -> tuple[str, str]:
    """Their status in our words, and as it came; one we do not know parks the order (D4)."""
    value = sheet.body.get("status")
    text = clean_line(value)[:60] if isinstance(value, str) else ""
    if text.casefold() in STATUSES:
        return text.casefold(), text
    sheet.note(
        "status_unknown",
        f"the brand's status is {shown(value)}, which we do not know. The order waits until "
        "NuORDER says draft, in review, pending, approved, processed, shipped or cancelled.",
        field="status",
    )
    return UNKNOWN_STATUS, text


def _currency(sheet: Sheet) -> str:
    text = sheet.text("currency_code", 40, needed=ASK).upper()
    if not text or _CURRENCY.fullmatch(text):
        return text
    sheet.note(
        "currency_code_wrong",
        f"the currency is {shown(text)}, which is no currency code such as USD. {ASK}",
        field="currency_code",
    )
    return ""


def _number(sheet: Sheet, key: str) -> str:
    """The number verbatim; an order without one is shown by its id, and held."""
    number = sheet.verbatim("order_number", 120, way=ASK)
    if number:
        return number
    sheet.note("order_number_missing", f"there is no order number. {ASK}", field="order_number")
    return key


def _group(sheet: Sheet, number: str) -> str:
    """What siblings of one split cart have in common (edge case 59); empty for a single order."""
    group = label_key(sheet.text("order_group_id", 120))
    split = _SPLIT_NUMBER.fullmatch(number)
    return group or (f"number:{split[1]}" if split else "")


def _ship_to(sheet: Sheet, portal: str) -> IncomingAddress | None:
    group = sheet.group("shipping_address")
    address = Sheet(group, sheet.who, sheet.problems)
    code = address.text("code", 120)
    parts = [address.text(name, 200) for name in _ADDRESS_LINES]
    name = address.text("display_name", 200)
    label = ", ".join(part for part in (name, *parts) if part)
    if not (code or label):
        sheet.note(
            "address_missing",
            f"{portal or 'the brand'} names no delivery address. Choose the outlet in the review.",
            field="shipping_address",
            blocks=False,
        )
        return None
    key = label_key(code or label).casefold()
    return IncomingAddress(key=key[:255], code=code, label=(label or code)[:500])


def _adjustments(sheet: Sheet, found: list[IncomingLine], currency: str) -> tuple[Adjustment, ...]:
    """Amounts besides the lines that the header's total may or may not hold."""
    sums = Sheet(sheet.group("order_discounts"), sheet.who, [])
    extra = Sheet(sums.group("surcharges"), sheet.who, [])
    freight = Sheet(sheet.group("shipping_information"), sheet.who, [])

    def amount(of: Sheet, name: str) -> Decimal:
        return of.read(name, lambda value: as_money(value, currency)) or Decimal(0)

    percent = Sheet(sheet.body, sheet.who, []).read("additional_percentage", as_percent)
    goods = sum((line.unit_cost * line.quantity for line in found if line.unit_cost), Decimal(0))
    surcharge = amount(extra, "total_surcharge") or goods * (percent or 0) / 100
    candidates = (
        (clean_line(_plain(sheet, "additional_percentage_label"))[:120] or "surcharge", surcharge),
        ("freight", amount(freight, "final_amount") or amount(sums, "shipping_final_amount")),
        ("order discount", -amount(sums, "total_order_level_discount")),
        ("discount agreed with the company", -amount(sums, "company_manual_discount")),
    )
    return tuple(Adjustment(label, value) for label, value in candidates if value)


def _plain(sheet: Sheet, name: str) -> str:
    value = sheet.body.get(name)
    return value if isinstance(value, str) else ""


def _in_order(sheet: Sheet, found: list[IncomingLine]) -> tuple[Any, ...]:
    """The order's own problems, after those that only the whole order shows."""
    if as_flag(sheet.body.get("__includes_cancelled")):
        _note_cancelled_units(sheet)
    windows = {(line.ship_start, line.ship_end) for line in found if line.ship_end}
    if len(windows) > 1:
        last = max(end for _, end in windows if end)
        sheet.note(
            "several_windows",
            f"the lines ship in {len(windows)} windows. The order in the POS is due on the last "
            f"day of the last, {last:%d %b %Y}.",
            field="ship_end",
            blocks=False,
        )
    if not found:
        sheet.note(
            "empty",
            "no line is left to order. Nothing will be written to the POS.",
            field="line_items",
        )
    return tuple(sheet.problems)


def _note_cancelled_units(sheet: Sheet) -> None:
    """Units the brand cancelled without saying on which line: `__cancelled_units`."""
    try:
        units = as_text(sheet.body.get("__cancelled_units")) or "some"
    except ValueError:
        units = "some"
    sheet.note(
        "partly_cancelled",
        f"the brand cancelled {without_harm(units)[:12]} units without saying on which line. "
        "Compare the order with its confirmation.",
        blocks=False,
    )
