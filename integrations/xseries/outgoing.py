"""What we write to X-Series, as pure functions from our words to their JSON (model 2026-07).

Product prices go as JSON numbers, quantities and costs of consignments as decimal texts, which
is what their schemas say. Field rules and limits: X-Series reference 10.1, 13.2 to 13.4 and the
product code rules of their help centre.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from catalog.names import attribute_alias
from integrations.xseries.fields import clean

Payload = dict[str, Any]

NAME_LENGTH = 255
_NOT_SKU = re.compile(r"[^0-9A-Za-z]+")
# Marks that turn text around on the screen have no business in a name (fault catalogue D12).
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]")
_CODE_LENGTHS = {
    "UPC": range(11, 19),
    "ISBN": (10, 13),
    "ITF": (14,),
    "EAN": (8, 13),
    "JAN": (8, 13),
}


class NewVariant(Protocol):
    """A variant to be created, as the sender knows it; prices per unit in the shop's currency."""

    @property
    def sku(self) -> str: ...
    @property
    def barcode(self) -> str: ...
    @property
    def barcode_kind(self) -> str: ...
    @property
    def options(self) -> Sequence[tuple[str, str]]: ...
    @property
    def supply_price(self) -> Decimal | None: ...
    @property
    def retail_price(self) -> Decimal | None: ...
    @property
    def supplier_code(self) -> str: ...


def tidy(text: str) -> str:
    """A name as it may be written: one line, single spaces, no turning marks, at most 255."""
    plain = _TURNING.sub("", clean(unicodedata.normalize("NFC", text)))
    return " ".join(plain.split())[:NAME_LENGTH]


def sku_text(text: str) -> str:
    """A SKU holds letters and digits only (product code rules): everything else is left out."""
    folded = unicodedata.normalize("NFKD", text)
    return _NOT_SKU.sub("", folded)


def wire_number(value: Decimal) -> int | float:
    """A price as a JSON number; exact, since prices have five places at most."""
    return int(value) if value == value.to_integral_value() else float(value)


def decimal_text(value: Decimal | int) -> str:
    """A quantity or cost as they take it: `6`, `90.00`."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _given(members: Mapping[str, Any]) -> Payload:
    """Without members that say nothing: leaving out means unchanged, an empty list means none."""
    return {name: value for name, value in members.items() if value not in (None, "", [])}


# Reference data


def supplier_payload(name: str, *, email: str = "") -> Payload:
    """`contact` is required by their schema although it may say nothing."""
    shown = tidy(name)
    return {"name": shown, "contact": _given({"company_name": shown, "email": email.strip()})}


def brand_payload(name: str) -> Payload:
    return {"name": tidy(name), "description": ""}


def attribute_payload(name: str) -> Payload:
    return {"name": tidy(name)}


def tag_payload(name: str) -> Payload:
    return {"name": tidy(name)}


def categories_payload(path: Sequence[str], *, parent_id: str | None = None) -> Payload:
    """A branch of the category tree in one call, top first, below `parent_id` where given."""
    entries: list[Payload] = []
    for number, name in enumerate(path):
        entry: Payload = {"name": tidy(name), "payload_id": str(number)}
        if number:
            entry["payload_parent_category_id"] = str(number - 1)
        elif parent_id:
            entry["parent_category_id"] = parent_id
        entries.append(entry)
    return {"categories": entries}


# Products


def family_payload(
    *,
    name: str,
    variants: Sequence[NewVariant],
    description: str = "",
    brand_id: str | None = None,
    supplier_id: str | None = None,
    category_id: str | None = None,
    tag_ids: Sequence[str] = (),
    tax_id: str | None = None,
    outlet_ids: Sequence[str] = (),
    attribute_ids: Mapping[str, str] | None = None,
    prices_include_tax: bool = False,
) -> Payload:
    """A family with its variants, or one plain product where nothing varies.

    `attribute_ids` are their ids by `name_key` of the attribute's name, in the family's order.
    Stock levels are never sent: receiving is the only thing that moves stock.
    """
    attributes = dict(attribute_ids or {})
    body = _given(
        {
            "name": tidy(name),
            "description": clean(description),
            "brand_id": brand_id,
            "product_category_id": category_id,
            "tag_ids": list(tag_ids),
        }
    )
    own = [_own_members(one, supplier_id, prices_include_tax) for one in variants]
    for members in own:
        members.update(_tax_members(tax_id, outlet_ids, prices_include_tax))
    if not attributes or not any(one.options for one in variants):
        if len(own) != 1:
            raise ValueError("a product without attributes has exactly one variant")
        return body | own[0]
    for members, one in zip(own, variants, strict=True):
        members["variant_definitions"] = [
            {"attribute_id": attribute, "value": value}
            for attribute, value in _values(one, attributes)
        ]
    return body | {"variants": own}


def added_variant_payload(
    *,
    family_name: str,
    family_id: str,
    variant: NewVariant,
    attribute_ids: Mapping[str, str],
    supplier_id: str | None = None,
    prices_include_tax: bool = False,
) -> Payload:
    """One more variant of a family (legacy 2.1, where the family is known by its name only).

    `family_id` is what a 2026-10 adapter goes by; the legacy call does not take it.
    """
    if not family_id:
        raise ValueError("a variant is added to a family that is there")
    details = _own_members(variant, supplier_id, prices_include_tax)
    details["variant_definitions"] = [
        {"attribute_id": attribute, "value": value}
        for attribute, value in _values(variant, attribute_ids)
    ]
    return {"common": {"name": family_name}, "details": details}


def update_payload(
    common: Mapping[str, Any] | None = None, details: Mapping[str, Any] | None = None
) -> Payload:
    """`common` changes the family, `details` one product. Lists in them replace the old ones."""
    body = {"common": dict(common or {}), "details": dict(details or {})}
    return {name: members for name, members in body.items() if members}


def _own_members(one: NewVariant, supplier_id: str | None, prices_include_tax: bool) -> Payload:
    """What each variant has for itself: codes, retail price, supplier's code and price."""
    price_name = "price_including_tax" if prices_include_tax else "price_excluding_tax"
    cost = None if one.supply_price is None else wire_number(one.supply_price)
    sku = sku_text(one.sku)
    if not sku:
        # Without one the shop's own sequence makes one up, and we could not find it again.
        raise ValueError("every variant has a SKU of its own")
    members = _given({"sku": sku, "product_codes": _codes(one)})
    if one.retail_price is not None:
        members[price_name] = wire_number(one.retail_price)
    if supplier_id:
        supplier: Payload = {"supplier_id": supplier_id, "code": one.supplier_code or None}
        members["product_suppliers"] = [
            {
                name: value
                for name, value in (supplier | {"price": cost}).items()
                if value is not None
            }
        ]
    elif cost is not None:
        members["supply_price"] = cost
    return members


def _codes(one: NewVariant) -> list[Payload]:
    """The barcode with its type; a type the digits do not fit becomes CUSTOM, never a lie."""
    code = one.barcode.strip()
    if not code:
        return []
    kind = one.barcode_kind or "CUSTOM"
    lengths = _CODE_LENGTHS.get(kind)
    if lengths is not None and not (code.isascii() and code.isdigit() and len(code) in lengths):
        kind = "CUSTOM"
    return [{"code": code, "type": kind}]


def _values(one: NewVariant, attributes: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Attribute ids with this variant's values, in the family's order."""
    values = {attribute_alias(name): value for name, value in one.options}
    if missing := [name for name in attributes if attribute_alias(name) not in values]:
        raise ValueError(f"variant {one.sku} has no value for {', '.join(missing)}")
    return [
        (attribute, tidy(values[attribute_alias(name)])) for name, attribute in attributes.items()
    ]


def _tax_members(
    tax_id: str | None, outlet_ids: Sequence[str], prices_include_tax: bool
) -> Payload:
    """Shops with tax in their prices set one tax; the others set it outlet by outlet."""
    if not tax_id:
        return {}
    if prices_include_tax:
        return {"all_outlets_tax": {"tax_id": tax_id}}
    rows = [{"outlet_id": outlet, "tax_id": tax_id} for outlet in outlet_ids]
    return {"outlet_taxes": rows} if rows else {}


# Purchase orders


def due_at(day: date, timezone: str = "UTC") -> str:
    """A calendar date as a moment that falls on this day both in UTC and in the shop's zone.

    Midnight UTC would be the day before in New York, noon UTC the day after in Auckland.
    """
    zone = ZoneInfo(timezone)
    moments = [datetime.combine(day, time(hour), UTC) for hour in (12, 6)]
    fitting = (one for one in moments if one.astimezone(zone).date() == day)
    return next(fitting, moments[0]).isoformat()


def consignment_payload(
    *,
    outlet_id: str,
    supplier_id: str,
    reference: str,
    note: str,
    due: date | None = None,
    status: str = "OPEN",
    timezone: str = "UTC",
) -> Payload:
    """A purchase order's head. Their `name` is shown as the note, `reference` as the number.

    The reference is the NuORDER order number, verbatim: recovery goes by versions, not by tags.
    """
    return {
        "name": tidy(note) or tidy(reference),
        "type": "SUPPLIER",
        "status": status,
        "outlet_id": outlet_id,
        "supplier_id": supplier_id,
        "reference": reference[:NAME_LENGTH],
        "due_at": due_at(due, timezone) if due else None,
    }


def line_values(*, count: int | Decimal | None = None, cost: Decimal | None = None) -> Payload:
    """What a single-line PUT sets. Never `received`: it would send the order on its way."""
    body: Payload = {}
    if count is not None:
        body["count"] = decimal_text(count)
    if cost is not None:
        body["cost"] = decimal_text(cost)
    return body


def line_entry(product_id: str, *, count: int | Decimal, cost: Decimal | None = None) -> Payload:
    """One entry of a bulk call while the order is built: its count is *added* there."""
    return {"product_id": product_id} | line_values(count=count, cost=cost)


def received_entry(
    product_id: str, *, received: int | Decimal, cost: Decimal | None = None
) -> Payload:
    """One entry of a bulk call that books arrived units: added, and it moves the order on."""
    entry: Payload = {"product_id": product_id, "received": decimal_text(received)}
    return entry if cost is None else entry | {"cost": decimal_text(cost)}


def received_values(*, received: int | Decimal, cost: Decimal | None = None) -> Payload:
    """What a single-line PUT sets to correct a received count."""
    body: Payload = {"received": decimal_text(received)}
    return body if cost is None else body | {"cost": decimal_text(cost)}


def adjustment_payload(product_id: str, outlet_id: str, quantity: int, reason: str) -> Payload:
    """One signed stock correction; `reason` is one of theirs, such as STOCK_FOUND."""
    row = {
        "product_id": product_id,
        "outlet_id": outlet_id,
        "quantity": str(quantity),
        "reason": reason,
    }
    return {"stock_adjustments": [row]}


def webhook_payload(kind: str, url: str) -> Payload:
    return {"active": True, "type": kind, "url": url}
