"""How this server says no, in the shapes seen from X-Series, and how bodies are checked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask import Response, request

from integrations.sandbox.kit.web import as_json, json_body, text


class Refusal(Exception):
    """Ends the request with this answer; nothing of the request takes effect."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def refuse(message: str, status: int = 422) -> Refusal:
    """The 2.0 style: ``{"errors": {"global": [...]}, "reference": ...}``."""
    return refuse_fields({"global": [message]}, status)


def refuse_fields(errors: Mapping[str, list[str]], status: int = 422) -> Refusal:
    """The 2.0 style, by field name."""
    reference = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{request.path}{sorted(errors)}"))
    return Refusal(as_json({"errors": errors, "reference": reference}, status))


def refuse_text(message: str, status: int = 422) -> Refusal:
    """A plain text body, as product codes are refused with."""
    return Refusal(text(message, status))


def refuse_error(message: str, status: int) -> Refusal:
    """One member ``error``, as webhooks and users answer."""
    return Refusal(as_json({"error": message}, status))


def refuse_oauth(error: str, description: str, status: int = 400) -> Refusal:
    """The OAuth style: ``error`` and ``error_description``."""
    return Refusal(as_json({"error": error, "error_description": description}, status))


def missing(what: str) -> Refusal:
    """404 for something that is not there, or not any more."""
    return refuse(f"{what} not found", 404)


class Body:
    """A JSON object sent to us; reading a member checks its type and gathers what is wrong.

    Call `check` when all members were read: it raises one refusal that names every wrong one.
    """

    def __init__(self, members: Mapping[str, Any], path: str = "") -> None:
        self.members = members
        self.errors: dict[str, list[str]] = {}
        self._path = path

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def wrong(self, name: str, message: str) -> None:
        """Note that a member is wrong."""
        self.errors.setdefault(f"{self._path}{name}", []).append(message)

    def need(self, name: str) -> str:
        """A string member that has to be there; what is returned counts only after `check`."""
        value = self.text(name)
        if not value and f"{self._path}{name}" not in self.errors:
            self.wrong(name, "is required")
        return value or ""

    def text(self, name: str) -> str | None:
        """A string member, or None when absent or null."""
        value = self.members.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(name, "must be a string")
            return None
        return value

    def flag(self, name: str) -> bool | None:
        """A boolean member, or None."""
        value = self.members.get(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(name, "must be a boolean")
            return None
        return value

    def number(self, name: str, *, text_too: bool = False, least: int | None = 0) -> Decimal | None:
        """A number member; `text_too` also takes a decimal string; `least` is the lowest value."""
        value = as_number(self.members.get(name), text_too)
        if value is None:
            if self.members.get(name) is not None:
                self.wrong(name, "must be a number")
            return None
        if least is not None and value < least:
            self.wrong(name, f"must be at least {least}")
            return None
        return value

    def objects(self, name: str) -> list[dict[str, Any]] | None:
        """A list of objects, or None when absent."""
        value = self.members.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.wrong(name, "must be a list of objects")
            return None
        return value

    def texts(self, name: str) -> list[str] | None:
        """A list of strings, or None when absent."""
        value = self.members.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.wrong(name, "must be a list of strings")
            return None
        return value

    def only(self, known: Iterable[str]) -> None:
        """Note every member that the endpoint does not know."""
        for name in self.members.keys() - set(known):
            self.wrong(name, "Unknown field in payload")

    def take(self, other: Body) -> None:
        """Take over what was wrong with a part of this body."""
        for name, messages in other.errors.items():
            self.errors.setdefault(name, []).extend(messages)

    def check(self, status: int = 422) -> None:
        """Raise the refusal if anything was wrong."""
        if self.errors:
            raise refuse_fields(self.errors, status)


def as_number(value: object, text_too: bool = False) -> Decimal | None:
    """A JSON number (or, `text_too`, a decimal string) of sane size as `Decimal`; else None."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    if isinstance(value, str) and not text_too:
        return None
    try:
        number = Decimal(value)
    except (ArithmeticError, ValueError):
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 13 else None


def sent_json() -> Any:
    """The request's JSON, of any kind."""
    try:
        return json_body()
    except ValueError:
        raise refuse("The body is not valid JSON", 400) from None


def sent_body(wrapped: bool = False) -> Body:
    """The request's JSON object; `wrapped` also takes it inside a ``data`` member."""
    members = sent_json()
    if wrapped and isinstance(members, dict) and isinstance(members.get("data"), dict):
        members = members["data"]
    if not isinstance(members, dict):
        raise refuse("The body must be a JSON object", 400)
    return Body(members)


def query_number(name: str, default: int) -> int:
    """An integer of the query string; anything else is a 400."""
    value = request.args.get(name)
    if value is None or value == "":
        return default
    try:
        number = int(value)
    except ValueError:
        raise refuse_fields({name: ["must be an integer"]}, 400) from None
    if not -(2**63) <= number < 2**63:
        raise refuse_fields({name: ["is out of range"]}, 400)
    return number


def query_flag(name: str, default: bool = False) -> bool:
    """A boolean of the query string."""
    value = request.args.get(name)
    return default if value is None else value.lower() in ("true", "1", "yes")
