"""A raw body as JSON, or the plain reason why it is none.

Python's own reader takes NaN, lets a number of 5,000 digits or a list 100,000 deep escape as
errors of its own, and forgets keys given twice. Here each of these is `Unreadable` with a sentence
for a person, except the last: a doubled key is remembered and noted where it matters.
"""

import hashlib
import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.errors import Unreadable
from integrations.nuorder.values import without_harm

_LONGEST_NUMBER = 400
_NUMBER_FIELD = re.compile(r'"order_number"\s*:\s*"([^"\\]{1,120})"')


class Fields(dict[str, Any]):
    """A JSON object that remembers which of its keys came twice."""

    doubled: tuple[str, ...] = ()


def parse(raw: bytes) -> Any:
    """The JSON in `raw`, numbers with a point as Decimal, objects as `Fields`; else Unreadable."""
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_fields,
            parse_int=_whole,
            parse_float=_exact,
            parse_constant=_refuse,
        )
    except UnicodeDecodeError as error:
        raise Unreadable(
            "the text is not in UTF-8, so letters may be lost", raw=text_of(raw)
        ) from error
    except RecursionError as error:
        raise Unreadable("it is nested too deeply to be an order", raw=text_of(raw)) from error
    except json.JSONDecodeError as error:
        raise Unreadable(_what_json_is_not(raw, error), raw=text_of(raw)) from error


def digest_of(raw: bytes) -> str:
    """sha256 of the body, by which a changed order is told from an unchanged one."""
    return hashlib.sha256(raw).hexdigest()


def text_of(raw: bytes) -> str:
    """The body as text both databases can keep."""
    return without_harm(raw.decode("utf-8", "replace"))


def order_number_in(raw: bytes) -> str:
    """The order number in a body that cannot be read otherwise; empty where none is to be seen."""
    found = _NUMBER_FIELD.search(text_of(raw))
    return found[1].strip() if found else ""


def _fields(pairs: list[tuple[str, Any]]) -> Fields:
    fields = Fields(pairs)
    if len(fields) != len(pairs):
        times = Counter(name for name, _ in pairs)
        fields.doubled = tuple(name for name in fields if times[name] > 1)
    return fields


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise Unreadable(f"it holds a number of {len(digits):,} digits, which nobody ordered")
    return int(digits)


def _exact(digits: str) -> Decimal:
    if len(digits) > _LONGEST_NUMBER:
        raise Unreadable(f"it holds a number of {len(digits):,} digits, which nobody ordered")
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise Unreadable(f"it holds the number {digits[:30]}, which is beyond counting") from error


def _refuse(word: str) -> Any:
    raise Unreadable(f"it holds {word} where a number belongs")


def _what_json_is_not(raw: bytes, error: json.JSONDecodeError) -> str:
    start = raw.lstrip()[:1]
    if start == b"<":
        return "it is a web page and no order"
    if not start:
        return "it is empty"
    if start in (b"{", b"[") and error.pos >= len(error.doc.rstrip()) - 1:
        return "it breaks off in the middle"
    return f"it is not JSON (at character {error.pos:,})"
