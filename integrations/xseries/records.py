"""What X-Series shows us, as frozen records in our words; the border for everything that comes in.

Each `from_payload` raises `Unreadable` naming every missing or wrong member at once, and takes
no notice of members it does not know. Shapes: the 2026-07 API description.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, Self, TypeVar

from integrations.xseries.fields import Fields

UNSET = Decimal(0)


class Versioned(Protocol):
    """A row of a change feed."""

    @property
    def remote_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def deleted_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class _Named:
    """A row that is little more than its name."""

    remote_id: str
    name: str
    version: int = 0
    deleted_at: datetime | None = None


N = TypeVar("N", bound=_Named)


@dataclass(frozen=True, slots=True)
class RemoteBrand(_Named):
    @classmethod
    def from_payload(cls, payload: object) -> Self:
        return _read_named(cls, payload, "brand")


@dataclass(frozen=True, slots=True)
class RemoteAttribute(_Named):
    """A variant attribute; its list shows no version."""

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        return _read_named(cls, payload, "variant attribute", versioned=False)


@dataclass(frozen=True, slots=True)
class RemoteTag(_Named):
    @classmethod
    def from_payload(cls, payload: object) -> Self:
        return _read_named(cls, payload, "tag", versioned=False)


def _read_named(kind: type[N], payload: object, what: str, *, versioned: bool = True) -> N:
    fields = Fields(payload, what)
    row = kind(**_name_members(fields, versioned=versioned))
    fields.check()
    return row


def _name_members(fields: Fields, *, versioned: bool = True) -> dict[str, Any]:
    deleted_at = fields.moment("deleted_at")
    return {
        "remote_id": fields.identity(),
        # a deleted row may have lost its name
        "name": fields.text("name", required=deleted_at is None, longest=255).strip(),
        "version": fields.whole("version", required=versioned),
        "deleted_at": deleted_at,
    }


@dataclass(frozen=True, slots=True)
class RemoteSupplier(_Named):
    email: str = ""

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "supplier")
        contact = fields.part("contact")
        email = contact.text("email", longest=254) if contact else ""
        row = cls(**_name_members(fields), email=email if "@" in email else "")
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteCategory(_Named):
    """A category; `path` names its parents and itself, top first."""

    is_leaf: bool = True
    path: tuple[str, ...] = ()

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "category")
        path = fields.parts("category_path", lambda part: part.text("name")) or ()
        row = cls(
            **_name_members(fields, versioned=False),
            is_leaf=fields.flag("leaf_category", default=True),
            path=path,
        )
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteTax(_Named):
    """A sales tax; `rate` is the sum of its parts as a fraction (0.15 is 15 %)."""

    rate: Decimal | None = None
    is_default: bool = False

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "tax")
        rates = fields.parts("rates", lambda part: part.money("rate")) or ()
        known = [rate for rate in rates if rate is not None]
        row = cls(
            **_name_members(fields),
            rate=sum(known, UNSET) if known and len(known) == len(rates) else None,
            is_default=fields.flag("is_default"),
        )
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteOutlet(_Named):
    currency: str = ""
    timezone: str = ""

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "outlet")
        row = cls(
            **_name_members(fields),
            currency=fields.text("currency", longest=3),
            timezone=fields.text("time_zone", longest=64),
        )
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteRegister(_Named):
    """A till; how many there are decides how many calls we may make."""

    outlet_id: str = ""

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "register")
        row = cls(**_name_members(fields), outlet_id=fields.text("outlet_id"))
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteUser(_Named):
    """Somebody who works at the till; `name` is what the POS displays."""

    email: str = ""

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "user")
        row = cls(
            remote_id=fields.identity(),
            name=fields.text("display_name", longest=255) or fields.text("username"),
            version=fields.whole("version"),
            deleted_at=fields.moment("deleted_at"),
            email=fields.text("email", longest=254).strip().lower(),
        )
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteShop:
    """The business behind the account; `prices_include_tax` is how it keeps retail prices."""

    remote_id: str
    domain_prefix: str
    name: str
    currency: str
    timezone: str
    country: str
    prices_include_tax: bool

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "retailer")
        currency = fields.part("currency")
        row = cls(
            remote_id=fields.identity(),
            domain_prefix=fields.text("domain_prefix", required=True).lower(),
            name=fields.text("name", longest=200),
            currency=currency.text("code", required=True, longest=3) if currency else "",
            timezone=fields.text("timezone", longest=64),
            country=fields.text("country", longest=2),
            prices_include_tax=not fields.flag("tax_exclusive"),
        )
        fields.check()
        return row
