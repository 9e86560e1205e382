"""Barcodes: what a string that calls itself UPC really is.

A GTIN is compared as 14 digits and stored and shown as it came. Rules and their reasons are the
code cases of the trade: lost leading zeros, carton codes, filler words, scientific notation.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from biip import ParseError
from biip.checksums import gs1_standard_check_digit
from biip.upc import Upc

# Words brands type where a code should be; they mean "no code" (edge cases 5, 6).
_FILLERS = frozenset(
    {"", "-", "--", "0", "n/a", "na", "n.a.", "none", "null", "nil", "tbd", "tba", "pending", "x"}
)
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—'’.]+")
_SCIENTIFIC = re.compile(r"^\d+([.,]\d+)?[eE]\+?\d+$")


class CodeKind(StrEnum):
    """What became of a barcode text."""

    NONE = "none"  # no code at all
    GTIN = "gtin"  # valid GTIN-8/12/13/14 of a sellable unit
    CASE = "case"  # GTIN-14 with packaging indicator 1-8: a carton, never the unit
    REPAIRED = "repaired"  # a leading zero was lost; the repair is proposed, not applied
    BAD_CHECK = "bad_check"  # right length, wrong check digit
    AMBIGUOUS = "ambiguous"  # eight digits: UPC-E or EAN-8, ask
    LOST = "lost"  # scientific notation: digits are gone
    OTHER = "other"  # letters or a wrong length: a custom code


@dataclass(frozen=True, slots=True)
class Code:
    """A barcode as it came, and what we make of it. `gtin14` only where matching may use it."""

    raw: str
    kind: CodeKind
    text: str = ""
    gtin14: str | None = None
    proposal: str = ""
    expected_digit: str = ""


def check_digit(body: str) -> str:
    """The GS1 check digit for the digits before it."""
    return str(gs1_standard_check_digit(body))


def is_valid(digits: str) -> bool:
    """Whether these are 8, 12, 13 or 14 digits with a right check digit."""
    return (
        digits.isascii()
        and digits.isdigit()
        and len(digits) in {8, 12, 13, 14}
        and digits.strip("0") != ""
        and check_digit(digits[:-1]) == digits[-1]
    )


def expand_upc_e(digits: str) -> str | None:
    """UPC-E (number system 0 or 1, with check digit) as UPC-A; None where it is not one."""
    if len(digits) != 8 or digits[0] not in "01":
        return None
    try:
        return Upc.parse(digits).as_upc_a()
    except ParseError:
        return None


def read_code(raw: str) -> Code:
    """Say what a barcode text is; never changes it silently."""
    text = raw.strip().lstrip("'")
    if text.casefold() in _FILLERS:
        return Code(raw, CodeKind.NONE)
    if _SCIENTIFIC.match(text):
        return Code(raw, CodeKind.LOST, text)
    digits = _SEPARATORS.sub("", text)
    if not (digits.isascii() and digits.isdigit()):
        return Code(raw, CodeKind.OTHER, text)
    if digits.strip("0") == "":
        return Code(raw, CodeKind.NONE)
    return _read_digits(raw, digits)


def _read_digits(raw: str, digits: str) -> Code:
    if len(digits) == 14 and digits[0] in "12345678" and is_valid(digits):
        return Code(raw, CodeKind.CASE, digits)
    if len(digits) == 8:
        return _read_eight(raw, digits)
    if is_valid(digits):
        return Code(raw, CodeKind.GTIN, digits, digits.zfill(14))
    if len(digits) == 11 and is_valid(f"0{digits}"):
        return Code(raw, CodeKind.REPAIRED, digits, proposal=f"0{digits}")
    if len(digits) in {12, 13, 14}:
        return Code(raw, CodeKind.BAD_CHECK, digits, expected_digit=check_digit(digits[:-1]))
    return Code(raw, CodeKind.OTHER, digits)


def _read_eight(raw: str, digits: str) -> Code:
    """EAN-8 and UPC-E look alike; only when one reading fits is it taken (edge case 11)."""
    as_ean = is_valid(digits)
    as_upc = expand_upc_e(digits)
    if as_ean and as_upc:
        return Code(raw, CodeKind.AMBIGUOUS, digits)
    if as_upc:
        return Code(raw, CodeKind.GTIN, digits, as_upc.zfill(14))
    if as_ean:
        return Code(raw, CodeKind.GTIN, digits, digits.zfill(14))
    return Code(raw, CodeKind.BAD_CHECK, digits, expected_digit=check_digit(digits[:-1]))


def gtin14_of(raw: str) -> str | None:
    """The 14 digits two barcodes are compared by, None where they must not be."""
    return read_code(raw).gtin14
