"""The border for supplier stock: what a brand says it has, in the three shapes it is sent in.

A bare array, an object with `inventory`, or 404 for "not tracked" (docs/nuorder.md; the shape is
not documented). Hidden numbers and prebook are None, never 0: unknown is not nothing.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.errors import Unreadable
from integrations.nuorder.body import Fields, parse
from integrations.nuorder.values import (
    Wrong,
    as_day,
    as_flag,
    as_text,
    clean_line,
    label_key,
    shown,
)

NOW, DATED, PREBOOK = "now", "dated", "prebook"


@dataclass(frozen=True, slots=True)
class SupplierStock:
    """Units of one size in one warehouse: now, from a day on, or as prebook.

    `quantity` may be below zero (a brand sold more than it has) and is None where it is unknown
    or unlimited.
    """

    size: str
    kind: str
    quantity: int | None
    available_from: date | None = None
    warehouse: str = ""
    code: str = ""


def read_stock(raw: bytes) -> tuple[SupplierStock, ...]:
    """Every bucket of every warehouse; raises Unreadable when it is no stock at all."""
    body = parse(raw)
    rows = body.get("inventory") if isinstance(body, Fields) else body
    if rows is None and isinstance(body, Fields):
        rows = []
    if not isinstance(rows, list):
        raise Unreadable(f"the stock is {shown(rows)} where a list belongs")
    return tuple(stock for row in rows if isinstance(row, Fields) for stock in _warehouse(row))


def _warehouse(row: Fields) -> list[SupplierStock]:
    name = label_key(_text(row.get("warehouse")))[:120]
    prebook = as_flag(row.get("prebook"))
    return [
        _bucket(size, bucket, name, prebook)
        for bucket in _rows(row.get("wip"))
        for size in _rows(bucket.get("sizes"))
        if _text(size.get("size"))
    ]


def _bucket(size: Fields, bucket: Fields, warehouse: str, prebook: bool) -> SupplierStock:
    word = clean_line(_text(bucket.get("name"))).casefold()
    day = _day(bucket.get("name"))
    kind = PREBOOK if prebook or word == "prebook" else DATED if day else NOW
    return SupplierStock(
        size=clean_line(_text(size.get("size")))[:120],
        kind=kind,
        quantity=_units(size.get("quantity")),
        available_from=day,
        warehouse=warehouse,
        code=_text(size.get("upc"))[:255],
    )


def _rows(value: Any) -> list[Fields]:
    return [row for row in value if isinstance(row, Fields)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    try:
        return as_text(value) or ""
    except Wrong:
        return ""


def _day(value: Any) -> date | None:
    try:
        return as_day(value)
    except Wrong:
        return None


def _units(value: Any) -> int | None:
    """Whole units; anything else is unknown."""
    is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10_000_000
    return value if is_whole else None
