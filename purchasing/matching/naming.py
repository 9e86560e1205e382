"""What new things are called: family names, option values, SKUs, supplier codes.

Names of families are unique in the POS and at most 255 long; SKUs are letters and digits only
(product code rules of the POS). Everything here is deterministic: the same order gives the same
names each time it is matched.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import chain

LONGEST_NAME = 255
LONGEST_SKU = 64
_TAGS = re.compile(r"<[^<>]*>")
# Invisible direction marks turn the words of whoever reads the name (fault D12).
_UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00-\x08\x0b-\x1f]")
_NOT_SKU = re.compile(r"[^A-Z0-9]+")


def clean_name(text: str) -> str:
    """A name as people write it: no markup, no invisible marks, single spaces; composed letters."""
    plain = _TAGS.sub(" ", html.unescape(text))
    plain = _UNSEEN.sub("", unicodedata.normalize("NFC", plain))
    return " ".join(plain.split())


def cut(text: str, longest: int = LONGEST_NAME) -> str:
    """At most `longest` letters, ending with a whole word where that is possible."""
    if len(text) <= longest:
        return text
    short = text[:longest]
    whole, _, rest = short.rpartition(" ")
    return whole if whole and len(rest) < 40 else short


def family_names(name: str, *, brand: str, style: str, colour: str = "") -> Iterator[str]:
    """Names to try for a new family, the plain one first (edge case 26, fault D22)."""
    if colour:
        yield cut(f"{name} {colour}")
    else:
        yield cut(name)
    branded = (
        name if not brand or name.casefold().startswith(brand.casefold()) else f"{brand} {name}"
    )
    yield cut(branded if not colour else f"{branded} {colour}")
    ending = " ".join(part for part in (colour, style) if part)
    yield _with_ending(branded, ending) if ending else cut(branded)
    for number in range(2, 10):
        yield _with_ending(branded, f"{ending} {number}".strip())


def _with_ending(name: str, ending: str) -> str:
    return f"{cut(name, LONGEST_NAME - len(ending) - 1)} {ending}"[:LONGEST_NAME]


def sku_base(style: str, values: Iterable[str]) -> str:
    """Letters and digits of style and options: `TT2207MOSSM`; empty when nothing is left."""
    text = unicodedata.normalize("NFKD", "".join((style, *values))).upper()
    return _NOT_SKU.sub("", text)[:LONGEST_SKU]


def sku_for(style: str, values: Iterable[str], source_key: str, taken: set[str]) -> str:
    """A SKU nobody has: the plain one, else with a few letters that belong to this size alone.

    `taken` holds keys in lower case and grows by the one that is given.
    """
    base = sku_base(style, values)
    ending = sha256(source_key.encode()).hexdigest()[:6].upper()
    tries = chain((base, base[: LONGEST_SKU - 6] + ending, f"P{ending}"), _more(ending))
    sku = next(one for one in tries if one and one.lower() not in taken)
    taken.add(sku.lower())
    return sku


def sku_candidates(style: str, values: Iterable[str], source_key: str) -> tuple[str, str, str]:
    """The first SKUs `sku_for` will try, to be looked for in the shop in one go."""
    base = sku_base(style, values)
    ending = sha256(source_key.encode()).hexdigest()[:6].upper()
    return base, base[: LONGEST_SKU - 6] + ending, f"P{ending}"


def _more(ending: str) -> Iterator[str]:
    number = 2
    while True:
        yield f"P{ending}{number}"
        number += 1


def supplier_code(style_number: str, values: Iterable[str]) -> str:
    """The supplier code the POS keeps: style number, joined with the options of a variant.

    A product without variants has the style number alone (workflow of the sync, product fields).
    """
    return "-".join(part for part in (style_number, *values) if part)
