"""Reading one JSON object field by field, noting every fault instead of stopping at the first.

A `Sheet` knows whose object it is ("TEE-9 Écru M") and how each field is called in the trade, so
that a fault becomes a sentence for the person who has to settle it, with the way out.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from integrations.nuorder.body import Fields
from integrations.nuorder.values import Wrong, as_text, clean_line, clean_lines, shown, without_harm
from purchasing.records import Problem

T = TypeVar("T")

_BREAKS = str.maketrans("\t\n\r", "   ")

ASK = "Ask the brand to correct it in NuORDER; the order is then read again by itself."
ASK_OR_SKIP = "Ask the brand to correct it in NuORDER, or skip this line."
LEFT_OUT = "It was left out; the rest was taken."

WORDS = {
    "_id": "product id",
    "additional_percentage": "surcharge",
    "additional_percentage_label": "name of the surcharge",
    "brand_id": "brand's own id",
    "code": "code",
    "color": "colour",
    "color_code": "colour code",
    "created_on": "order date",
    "currency_code": "currency",
    "customer_po_number": "customer PO number",
    "discount": "discount",
    "end_ship": "end of the ship window",
    "line_items": "list of lines",
    "modified_on": "date of the last change",
    "notes": "note",
    "order_number": "order number",
    "original_price": "price before discount",
    "price": "price",
    "price_precise": "unrounded price",
    "product": "product",
    "quantity": "quantity",
    "retail": "MSRP",
    "retail_string": "MSRP",
    "retailer": "retailer",
    "season": "season",
    "ship_end": "end of the ship window",
    "ship_start": "start of the ship window",
    "shipping_address": "delivery address",
    "size": "size",
    "sizes": "list of sizes",
    "start_ship": "start of the ship window",
    "style_number": "style number",
    "total": "total",
    "total_quantity": "total quantity",
    "units_per_pack": "pack size",
    "upc": "barcode",
    "warehouse": "warehouse",
    "wholesale": "wholesale price",
}


class Sheet:
    """One JSON object of theirs, whose it is, and what was found wrong with it."""

    def __init__(self, body: dict[str, Any], who: str, problems: list[Problem] | None = None):
        self.body = body
        self.who = who
        self.problems: list[Problem] = [] if problems is None else problems
        for name in getattr(body, "doubled", ()):
            if name not in WORDS:
                continue  # nothing we read
            self.note(
                f"{name}_twice",
                f"the {word(name)} stands there twice; the last, {shown(body[name])}, was taken. "
                "Check it against the brand's confirmation.",
                field=name,
                blocks=False,
            )

    def note(self, code: str, text: str, *, field: str = "", blocks: bool = True) -> None:
        """Add a problem; `text` goes on after "<who>: "."""
        self.problems.append(Problem(code, f"{self.who}: {text}", blocks=blocks, field=field))

    def read(
        self, name: str, reader: Callable[[Any], T | None], *, blocks: bool = True, way: str = ASK
    ) -> T | None:
        """The field's value, None for nothing or for a fault, which is noted."""
        try:
            return reader(self.body.get(name))
        except Wrong as wrong:
            self.note(
                f"{name}_wrong", f"the {word(name)} {wrong}. {way}", field=name, blocks=blocks
            )
            return None

    def text(self, name: str, limit: int, *, needed: str = "", lines: bool = False) -> str:
        """A cleaned text of at most `limit` characters.

        `needed` is the way out when it is missing: given, a missing or too long text blocks.
        """
        value = self.read(name, as_text, blocks=bool(needed), way=needed or LEFT_OUT)
        clean = (clean_lines if lines else clean_line)(value or "")
        faulty = self.problems and self.problems[-1].code == f"{name}_wrong"
        if not clean and needed and not faulty:
            self.note(f"{name}_missing", f"there is no {word(name)}. {needed}", field=name)
        self._note_characters(name, value)
        return self.cut(name, clean, limit, blocks=bool(needed))

    def verbatim(self, name: str, limit: int, *, way: str = LEFT_OUT) -> str:
        """A text exactly as it came, on one line, without harmful characters or spaces around."""
        value = self.read(name, as_text, blocks=False, way=way)
        self._note_characters(name, value)
        line = (value or "").translate(_BREAKS)
        return self.cut(name, without_harm(line).strip(), limit, blocks=True)

    def _note_characters(self, name: str, value: str | None) -> None:
        """Say that NUL bytes, halves of characters or reversing marks were taken out (D10-D12)."""
        if value and without_harm(value) != value:
            self.note(
                f"{name}_characters",
                f"the {word(name)} held characters that must not be shown; they were taken out.",
                field=name,
                blocks=False,
            )

    def cut(self, name: str, text: str, limit: int, *, blocks: bool) -> str:
        """The text within its limit; a cut is noted."""
        if len(text) <= limit:
            return text
        way = ASK_OR_SKIP if blocks else "The rest is kept in the raw order only."
        self.note(
            f"{name}_long",
            f"the {word(name)} has {len(text):,} characters and was cut to {limit}. {way}",
            field=name,
            blocks=blocks,
        )
        return text[:limit].rstrip()

    def group(self, name: str, *, way: str = LEFT_OUT, blocks: bool = False) -> Fields:
        """An object inside this one; empty for nothing or for a fault."""
        value = self.body.get(name)
        if isinstance(value, Fields):
            return value
        if value not in (None, "", []):
            self.note(
                f"{name}_wrong",
                f"the {word(name)} is {shown(value)} where a group of fields belongs. {way}",
                field=name,
                blocks=blocks,
            )
        return Fields()

    def items(self, name: str, *, way: str) -> list[Any]:
        """A list inside this object; a missing or mistyped one blocks."""
        value = self.body.get(name)
        if isinstance(value, list):
            return value
        fault = "is missing" if value is None else f"is {shown(value)}"
        self.note(f"{name}_wrong", f"the {word(name)} {fault}. {way}", field=name)
        return []


def word(name: str) -> str:
    """What the trade calls a field; its own name where there is no other."""
    return WORDS.get(name, f"field “{clean_line(name)[:60]}”")
