"""Single values of NuORDER's JSON: what a text, an amount, a count or a day may look like.

Each reader returns the value, None for "nothing" (`""`, null, absent), or raises `Wrong` with the
rest of a sentence that begins with the field's name. Nothing is guessed. The shapes are those seen
in recorded traffic and public clients: money as number, digit string or display string in one
object; calendar dates as midnight UTC.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from retailers.formatting import places_of

# Larger counts are typing errors: a shop does not order a million of one size.
MOST_UNITS = 999_999
# One digit below what the columns hold (14 digits, 4 of them behind the point).
MOST_MONEY = Decimal(1_000_000_000)
_FOUR_PLACES = Decimal("0.0001")
_YEARS = range(2000, 2101)

# Line separators and spaces of all kinds, to become one plain space; and what must not be kept:
# NUL and other control characters, bidirectional controls, byte-order marks, lone surrogates.
_SPACES = re.compile(r"\s+")
_HARMFUL = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")

_NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_MONEY_TEXT = re.compile(
    r"(?P<before>[^\d.,()-]{0,6})(?P<number>-?[\d,.]+)(?P<after>[^\d.,()-]{0,6})"
)
# Which currencies a symbol may stand for; `$` stands for a score of them and proves nothing.
_SYMBOLS = {"€": {"EUR"}, "£": {"GBP"}, "¥": {"JPY", "CNY"}, "CA$": {"CAD"}, "US$": {"USD"}}

_DAY = re.compile(r"(\d{4})([-/])(\d{2})\2(\d{2})(?:T00:00(?::00(?:\.0{1,6})?)?(?:Z|\+00:00)?)?")


class Wrong(ValueError):
    """A value that is not what its field holds; the message completes "<field> …"."""


def shown(value: Any) -> str:
    """A value as a sentence may quote it: short, on one line, safe to print."""
    words = {True: "true", False: "false", None: "nothing"}
    if isinstance(value, bool) or value is None:
        return words[value]
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a group of fields"
    if isinstance(value, Decimal | int):
        text = str(value)
        return text if len(text) <= 30 else f"a number of {len(text)} characters"
    text = clean_line(str(value))
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def without_harm(text: str) -> str:
    """No NUL, no control or bidirectional characters, no half characters; the rest untouched."""
    return _HARMFUL.sub("", _SURROGATE.sub("\ufffd", text))


def clean_line(text: str) -> str:
    """One line, single plain spaces, nothing at its ends."""
    return _SPACES.sub(" ", without_harm(_SPACES.sub(" ", text))).strip()


def clean_lines(text: str) -> str:
    """Several lines, each without stray spaces; at most one empty line between two."""
    lines = [clean_line(line) for line in without_harm(text).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def label_key(text: str) -> str:
    """A size label or product id as part of a key: composed form, single spaces, case kept."""
    return unicodedata.normalize("NFC", clean_line(text))


def as_text(value: Any) -> str | None:
    """A text, or a number that stands where a text belongs (codes are often sent so)."""
    if value is None:
        return None
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return shown(value) if len(str(value)) > 30 else str(value)
    raise Wrong(f"is {shown(value)} where a text belongs")


def _is_number(value: Any) -> bool:
    """A finite number that is no truth value: true is 1 to Python, and to nobody else."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


def as_count(value: Any, most: int = MOST_UNITS) -> int | None:
    """Whole units, 0 to `most`; a text is refused even if it holds digits."""
    if value is None:
        return None
    if not _is_number(value):
        raise Wrong(f"is {shown(value)} where a whole number belongs")
    exact = Decimal(value)
    if exact < 0:
        raise Wrong(f"is {shown(value)}, and there is no ordering less than nothing")
    if exact > most:
        raise Wrong(f"is {shown(value)}, more than anybody orders")
    if exact != exact.to_integral_value():
        raise Wrong(f"is {shown(value)}, and units come whole")
    return int(exact)


def as_money(value: Any, currency: str) -> Decimal | None:
    """An amount of 0 or more in `currency` with at most four places, from any of its shapes."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    exact = _exact(value, currency)
    if exact < 0:
        raise Wrong(f"is {shown(value)}, below zero")
    if exact > MOST_MONEY:
        raise Wrong(f"is {shown(value)}, more than an amount here can be")
    rounded = exact.quantize(_FOUR_PLACES, rounding=ROUND_HALF_UP)
    if exact > 0 and exact < Decimal(5).scaleb(-places_of(currency) - 1):
        raise Wrong(f"is {shown(value)}, less than the smallest coin")
    return rounded


def _exact(value: Any, currency: str) -> Decimal:
    if _is_number(value):
        return Decimal(value)
    if not isinstance(value, str):
        raise Wrong(f"is {shown(value)} where an amount belongs")
    text = _SPACES.sub("", value)
    found = _MONEY_TEXT.fullmatch(text)
    number = found["number"] if found else ""
    if found is None or not text.isprintable() or not _NUMBER.fullmatch(number):
        raise Wrong(f"is {shown(value)}, which does not read as an amount")
    if not number.isascii() or len(number) > 30:
        raise Wrong(f"is {shown(value)}, which does not read as an amount")
    _same_currency(found["before"] + found["after"], currency, value)
    return Decimal(number.replace(",", ""))


def _same_currency(mark: str, currency: str, value: Any) -> None:
    """Refuse an amount that is written in another currency than the order's."""
    if mark in ("", "$"):
        return
    means = _SYMBOLS.get(mark) or ({mark.upper()} if re.fullmatch("[A-Za-z]{3}", mark) else None)
    if means is None or (currency and currency not in means):
        raise Wrong(f"is {shown(value)}, which is not in {currency or 'a currency we know'}")


def as_percent(value: Any) -> Decimal | None:
    """0 to 100."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}(\.\d{1,6})?%?", value.strip(), re.ASCII):
        value = Decimal(value.strip().rstrip("%"))
    if not _is_number(value):
        raise Wrong(f"is {shown(value)} where a percentage belongs")
    exact = Decimal(value)
    if not 0 <= exact <= 100:
        raise Wrong(f"is {shown(value)}, and a percentage lies between 0 and 100")
    return exact.quantize(_FOUR_PLACES, rounding=ROUND_HALF_UP)


def as_day(value: Any) -> date | None:
    """A calendar date: its first ten characters, never converted (they send midnight UTC)."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Wrong(f"is {shown(value)}, which is not clearly a day")
    year, month, day = int(found[1]), int(found[3]), int(found[4])
    try:
        when = date(year, month, day)
    except ValueError:
        raise Wrong(f"is {shown(value)}, a day the calendar does not have") from None
    if when.year not in _YEARS:
        raise Wrong(f"is {shown(value)}, a year nobody ships in")
    return when


def as_moment(value: Any) -> datetime | None:
    """A moment with its zone, in UTC."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        when = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        if when is not None and when.tzinfo is not None and when.year in _YEARS:
            return when.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Wrong(f"is {shown(value)}, which is not clearly a moment")


def as_flag(value: Any) -> bool:
    """True only for true; anything else is no."""
    return value is True
