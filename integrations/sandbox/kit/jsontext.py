"""JSON that keeps numbers as they were written.

Money travels as `Decimal`: ``Decimal("90.00")`` is written ``90.00`` and read back as the same
`Decimal`. The standard encoder cannot write a `Decimal` as a number, so each one is first written
as a marked string and unquoted afterwards; the mark is random, so no client text can imitate it.
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_MARK = secrets.token_hex(8)
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


def _plain(value: object) -> object:
    """What the standard encoder should write for a type it does not know."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("JSON has no number for NaN or infinity")
        return f"{_MARK}{value}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def dumps(value: object) -> str:
    """Compact JSON text of `value`; `Decimal` becomes a number with exactly its own digits."""
    text = json.dumps(
        value,
        default=_plain,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def loads(text: str | bytes) -> Any:
    """Parse JSON: fractions become `Decimal`; NaN, Infinity and broken text raise `ValueError`."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error
