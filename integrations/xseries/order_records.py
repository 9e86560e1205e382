"""Purchase orders, sales and webhooks, as X-Series shows them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from integrations.xseries.fields import Fields


@dataclass(frozen=True, slots=True)
class RemoteConsignment:
    """A consignment's head. `kind` SUPPLIER is a purchase order; `name` is shown as its note."""

    remote_id: str
    kind: str
    status: str
    name: str
    reference: str
    supplier_id: str
    outlet_id: str
    due_at: datetime | None
    created_at: datetime | None
    received_at: datetime | None
    deleted_at: datetime | None
    version: int

    @property
    def is_purchase_order(self) -> bool:
        return self.kind == "SUPPLIER"

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "consignment")
        row = cls(
            remote_id=fields.identity(),
            kind=fields.text("type", required=True),
            status=fields.text("status", required=True, longest=20),
            name=fields.text("name", longest=255),
            reference=fields.text("reference", longest=255),
            supplier_id=fields.text("supplier_id", longest=64),
            outlet_id=fields.text("outlet_id", longest=64),
            due_at=fields.moment("due_at"),
            created_at=fields.moment("consignment_date") or fields.moment("created_at"),
            received_at=fields.moment("received_at"),
            deleted_at=fields.moment("deleted_at"),
            version=fields.whole("version"),
        )
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteConsignmentLine:
    """A line: ordered and received units and the unit cost without tax, None where not shown."""

    product_id: str
    count: Decimal
    received: Decimal
    cost: Decimal | None
    version: int
    deleted_at: datetime | None = None

    @property
    def remote_id(self) -> str:
        """Within a consignment a line is known by its product."""
        return self.product_id

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "consignment line")
        row = cls(
            product_id=fields.identity("product_id"),
            count=fields.money("count") or Decimal(0),
            received=fields.money("received") or Decimal(0),
            cost=fields.money("cost"),
            version=fields.whole("version"),
            deleted_at=fields.moment("deleted_at"),
        )
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteTotals:
    """Sums of a consignment, counted by them."""

    sent_count: Decimal
    sent_cost: Decimal
    received_count: Decimal
    received_cost: Decimal

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "consignment totals")
        names = ("sent_count", "sent_cost", "received_count", "received_cost")
        row = cls(**{name: fields.needed(f"total_{name}") for name in names})
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteSoldLine:
    product_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class RemoteSale:
    """A sale: where, when, and how many units of what; returns have negative quantities."""

    remote_id: str
    outlet_id: str
    status: str
    sold_at: datetime | None
    lines: tuple[RemoteSoldLine, ...]
    version: int
    deleted_at: datetime | None

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "sale")
        lines = fields.parts(
            "line_items",
            lambda part: RemoteSoldLine(part.identity("product_id"), part.needed("quantity")),
        )
        row = cls(
            remote_id=fields.identity(),
            outlet_id=fields.text("outlet_id"),
            status=fields.text("status"),
            sold_at=fields.moment("sale_date"),
            lines=lines or (),
            version=fields.whole("version", required=True),
            deleted_at=fields.moment("deleted_at"),
        )
        fields.check()
        return row


@dataclass(frozen=True, slots=True)
class RemoteWebhook:
    remote_id: str
    kind: str
    url: str
    active: bool

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        fields = Fields(payload, "webhook")
        row = cls(
            remote_id=fields.identity(),
            kind=fields.text("type", required=True),
            url=fields.text("url", required=True),
            active=fields.flag("active", default=True),
        )
        fields.check()
        return row
