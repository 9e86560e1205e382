"""Reading foreign JSON member by member; what is wrong is gathered, so that all of it is named.

Nothing is guessed: a missing amount is None, a text where a number belongs is a complaint.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Self, TypeVar

from integrations.errors import Unreadable

T = TypeVar("T")

# What a column of ours can hold: 14 digits, 5 of them behind the point.
_LARGEST = Decimal(10) ** 9
_PLACES = Decimal("0.00001")
_LARGEST_WHOLE = 2**63 - 1
# PostgreSQL refuses NUL, both databases refuse lone surrogates (fault catalogue D10, D11).
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without what no database takes."""
    return _UNSTORABLE.sub("\ufffd", text.replace("\x00", ""))


class Fields:
    """One JSON object of theirs; `what` names it in a complaint, for example "supplier"."""

    def __init__(self, payload: object, what: str) -> None:
        self.what = what
        self.complaints: list[str] = []
        self._members: Mapping[str, Any] = payload if isinstance(payload, Mapping) else {}
        if not isinstance(payload, Mapping):
            self.complaints.append("is not an object")

    def check(self) -> None:
        """Raise Unreadable with every complaint, if there is one."""
        if self.complaints:
            name = self._members.get("id")
            which = f" {name}" if isinstance(name, str) else ""
            raise Unreadable(f"X-Series {self.what}{which}: {'; '.join(self.complaints)}.")

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self._members.get(name) is not None

    def _wrong(self, name: str, words: str) -> None:
        self.complaints.append(f"{name} {words}")

    def text(self, name: str, *, required: bool = False, longest: int | None = None) -> str:
        """A text; "" for a missing one. Numbers are taken for codes that somebody sent bare."""
        value = self._members.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            if required:
                self._wrong(name, "is missing")
            return ""
        if not isinstance(value, str):
            self._wrong(name, f"is not a text but {_kind(value)}")
            return ""
        found = clean(value)
        return found if longest is None else found[:longest]

    def identity(self, name: str = "id") -> str:
        """An id that must be there."""
        return self.text(name, required=True, longest=120)

    def money(self, name: str) -> Decimal | None:
        """An amount or a quantity, as a number or a decimal text; None is unknown, never 0."""
        value = self._members.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            self._wrong(name, f"is not a number but {_kind(value)}")
            return None
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            self._wrong(name, f"is not a number: {str(value)[:40]!r}")
            return None
        if not number.is_finite() or abs(number) >= _LARGEST:
            self._wrong(name, f"is out of range: {str(value)[:40]}")
            return None
        return number.quantize(_PLACES)

    def needed(self, name: str) -> Decimal:
        """An amount or a quantity that must be there."""
        found = self.money(name)
        if found is None and not self.has(name):
            self._wrong(name, "is missing")
        return Decimal(0) if found is None else found

    def whole(self, name: str, *, required: bool = False) -> int:
        """A whole number such as a version; 0 for a missing one."""
        value = self._members.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if isinstance(value, Decimal | float) and value == int(value):
            value = int(value)
        if value is None:
            if required:
                self._wrong(name, "is missing")
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST_WHOLE:
            self._wrong(name, f"is not a whole number but {_kind(value)}")
            return 0
        return value

    def flag(self, *names: str, default: bool = False) -> bool:
        """The first of these members that is there."""
        for name in names:
            value = self._members.get(name)
            if isinstance(value, bool):
                return value
            if value is not None:
                self._wrong(name, f"is not true or false but {_kind(value)}")
        return default

    def moment(self, name: str) -> datetime | None:
        """A timestamp, `…+00:00` or `…Z`; one without a zone is taken as UTC, as they write it."""
        value = self._members.get(name)
        if value is None or value == "":
            return None
        try:
            found = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            self._wrong(name, f"is not a moment: {str(value)[:40]!r}")
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found

    def part(self, name: str) -> Self | None:
        """A nested object, None where it is missing; `take` its complaints."""
        value = self._members.get(name)
        return None if value is None else type(self)(value, f"{self.what} {name}")

    def parts(self, name: str, read: Callable[["Fields"], T]) -> tuple[T, ...] | None:
        """A list of nested objects, each read by `read`; None where the list is missing."""
        value = self._members.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            self._wrong(name, f"is not a list but {_kind(value)}")
            return None
        found = []
        for number, entry in enumerate(value):
            fields = Fields(entry, f"{self.what} {name}")
            found.append(read(fields))
            self.complaints.extend(f"{name}[{number}] {words}" for words in fields.complaints)
        return tuple(found)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where it is missing."""
        value = self._members.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._wrong(name, "is not a list of texts")
            return ()
        return tuple(clean(one) for one in value)


def _kind(value: object) -> str:
    names = {bool: "true or false", dict: "an object", list: "a list", str: "a text"}
    return names.get(type(value), "a number")
