"""Orders in NuORDER's read shape, with money that adds up, from picks of a brand's products.

Money is kept as the API does it: numbers for prices and totals, digit strings for sums by line and
for `order_discounts`, display strings with a symbol for what people read. A line's own discount
takes the place of the order's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from integrations.sandbox.world.ids import object_id
from integrations.sandbox.world.model import Doc, number
from integrations.sandbox.world.seasons import nuorder_time

CENT = Decimal("0.01")
SYMBOL = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "CA$"}
STATUSES = ("draft", "review", "pending", "approved", "processed", "shipped", "cancelled")


@dataclass(frozen=True)
class Pick:
    """One colourway in an order: how many of each size, and what is special about the line."""

    product: Doc
    quantities: Mapping[str, int]
    window: tuple[date, date] | None = None
    """The line's own ship window; the order's when None."""
    discount: int | None = None
    """Percent off this line, in place of the order's discount."""
    warehouse: str = "default"
    prebook: bool = False
    pack: int = 1
    """Units in a pack; quantities are units."""
    notes: str = ""


@dataclass(frozen=True)
class Head:
    """Everything about an order but its lines."""

    portal_id: str
    currency: str
    company: Doc
    number: str
    status: str
    created: datetime
    window: tuple[date, date]
    discount: int = 0
    surcharge: int = 0
    surcharge_label: str = ""
    customer_po: str = ""
    door: int = 0
    """Which of the company's addresses it goes to."""
    buyer_submitted: bool = True
    line_ids: bool = True
    """Older portals send lines without an id."""
    group: str = ""
    external_id: str = ""
    notes: str = ""
    tags: Sequence[str] = field(default_factory=tuple)
    key: str = ""
    """What the order's `_id` is made from; the number when empty."""


def day(value: date) -> str:
    """A calendar date as the API reads it out: midnight UTC."""
    return f"{value.isoformat()}T00:00:00.000Z"


def write_order(head: Head, picks: Sequence[Pick]) -> Doc:
    """The order as `GET /api/order/{id}` answers it."""
    lines = [_line(head, pick, at) for at, pick in enumerate(picks)]
    order: Doc = {
        "_id": object_id("order", head.portal_id, head.key or head.number),
        "order_number": head.number,
        "status": head.status,
        "customer_po_number": head.customer_po,
        "currency_code": head.currency,
        "discount": head.discount,
        "additional_percentage": head.surcharge,
        "additional_percentage_label": head.surcharge_label,
        "created_on": nuorder_time(head.created),
        "modified_on": nuorder_time(head.created),
        "start_ship": day(head.window[0]),
        "end_ship": day(head.window[1]),
        "edited": False,
        "locked": head.status == "cancelled",
        "split": False,
        "is_drop_ship": False,
        "buyer_submitted": head.buyer_submitted,
        "submitted_by": "web",
        "creator_name": head.company["buyers"][0]["name"] if head.buyer_submitted else "Rep desk",
        "payment_status": "Not Paid",
        "order_tags": list(head.tags),
        "notes": head.notes,
        "retailer": _retailer(head.company),
        "rep_name": "" if head.buyer_submitted else "Rep desk",
        "rep_code": "",
        "rep_email": "",
        "shipping_address": address_of(head.company, head.door, "shipping_code"),
        "billing_address": address_of(head.company, 0, "billing_code"),
        "selected_shipping_locations": [],
        "shipping_information": {},
        "schema_id": object_id("schema", "order"),
        "shipments": [],
        "__shipment_status": [],
        "line_items": lines,
    }
    if head.group:
        order["order_group_id"] = object_id("group", head.portal_id, head.group)
    if head.external_id:
        order["external_id"] = head.external_id
    if lines:
        order["style_number"] = lines[0]["product"]["style_number"]
    return retotal(order)


def _retailer(company: Doc) -> Doc:
    buyer = company["buyers"][0]
    return {
        "_id": company["_id"],
        "retailer_name": company["name"],
        "retailer_code": company["code"],
        "buyer_name": buyer["name"],
        "buyer_email": buyer["email"],
    }


def address_of(company: Doc, door: int, code_key: str) -> Doc:
    """One of the company's addresses as an order carries it (one `code` instead of two)."""
    held = company["addresses"][door % len(company["addresses"])]
    copied = ("display_name", "line_1", "line_2", "city", "state", "zip", "country")
    return {
        "ref": held["_id"],
        **{name: held[name] for name in copied},
        "code": held.get(code_key, ""),
    }


def _line(head: Head, pick: Pick, at: int) -> Doc:
    product = pick.product
    pricing = product["pricing"]
    price = pricing.get(head.currency) or next(iter(pricing.values()))
    window = pick.window or head.window
    line: Doc = {
        "product": {
            "_id": product["_id"],
            "style_number": product["style_number"],
            "color": product["color"],
            "color_code": product["color_code"],
            "season": product["season"],
            "brand_id": product["brand_id"],
            "department": product["department"],
            "division": product["division"],
        },
        "ship_start": day(window[0]),
        "ship_end": day(window[1]),
        "warehouse": pick.warehouse,
        "prebook": pick.prebook,
        "discount": head.discount if pick.discount is None else pick.discount,
        "notes": pick.notes,
        "retail_string": display(head.currency, price["retail"]),
        "applied": [],
        "surcharges": {"total_surcharge": "0", "applied": []},
        "sizes": [
            size_row(product, size, count, price, pick.pack)
            for size, count in pick.quantities.items()
        ],
    }
    if head.line_ids:
        line["id"] = object_id("line", head.portal_id, head.key or head.number, at)
    return line


def size_row(product: Doc, size: str, count: int, price: Doc, pack: int) -> Doc:
    """One size of a line, undiscounted; carries `upc` only where the brand's product has one."""
    held: Doc = next((row for row in product["sizes"] if row["size"] == size), {})
    row: Doc = {"size": size, "quantity": count, "original_price": number(price["wholesale"])}
    if "upc" in held:
        row["upc"] = held["upc"]
    if price["retail"] != "":
        row["retail"] = number(price["retail"])
    if pack > 1:
        row["units_per_pack"] = pack
    return row


def retotal(order: Doc) -> Doc:
    """Work out prices, line sums and totals again from quantities, original prices and percents."""
    for line in order["line_items"]:
        _price_line(line)
    return sum_up(order)


def sum_up(order: Doc) -> Doc:
    """Work out line sums and totals again from quantities and the prices as they stand."""
    for line in order["line_items"]:
        _sum_line(line, order["currency_code"])
    rows = [row for line in order["line_items"] for row in line["sizes"]]
    before = sum((_exact(r["original_price"]) * r["quantity"] for r in rows), Decimal(0))
    after = sum((_exact(r["price"]) * r["quantity"] for r in rows), Decimal(0))
    extra = (after * _exact(order["additional_percentage"]) / 100).quantize(CENT)
    order["total"] = number(after)
    order["total_quantity"] = sum(row["quantity"] for row in rows)
    order["order_discounts"] = {
        "original_total": digits(before),
        "discounted_total": digits(after),
        "total_applied": digits(before - after),
        "total_line_items_discount": digits(before - after),
        "total_order_level_discount": "0",
        "company_manual_discount": "0",
        "applied": [],
        "surcharges": {"total_surcharge": digits(extra), "applied": []},
    }
    return order


def _price_line(line: Doc) -> None:
    keep = 1 - _exact(line["discount"]) / 100
    for row in line["sizes"]:
        exact = _exact(row["original_price"]) * keep
        row["price"] = number(exact.quantize(CENT))
        row["price_precise"] = digits(exact)


def _sum_line(line: Doc, currency: str) -> None:
    before = after = Decimal(0)
    for row in line["sizes"]:
        before += _exact(row["original_price"]) * row["quantity"]
        after += _exact(row["price"]) * row["quantity"]
    line["original_total"] = digits(before)
    line["discounted_total"] = digits(after)
    line["effective_subtotal"] = digits(after)
    line["total_applied"] = digits(before - after)
    line["item_price_after_discount"] = display(
        currency, line["sizes"][0]["price"] if line["sizes"] else 0
    )


def _exact(value: object) -> Decimal:
    return Decimal(str(value or 0))


def digits(value: Decimal) -> str:
    """`672` or `22.5`: a sum as a digit string without needless zeros."""
    return f"{value.normalize():f}" if value else "0"


def display(currency: str, value: object) -> str:
    """`$28.00`; empty where there is no price."""
    return "" if value == "" else f"{SYMBOL.get(currency, '')}{_exact(value):.2f}"


def line_count(order: Doc) -> int:
    """How many lines an order has as a shop counts them: sizes of colourways."""
    return sum(len(line["sizes"]) for line in order["line_items"])
