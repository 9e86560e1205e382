"""The lines of a POS order: bulk *adds*, so only absent products are ever sent in bulk.

A wrong count is corrected by the single-line PUT, which sets it. Received counts are never sent
while the order is built: the POS would take them as a dispatch (X-Series reference 13.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.errors import Missing
from integrations.journal import Found
from integrations.models import PosOrder
from integrations.sending.writes import BaseWrite
from integrations.xseries import payloads


@dataclass(frozen=True, slots=True)
class PosLine:
    """What a line should be: ordered count and unit cost, by the POS's product id."""

    product: str
    count: int
    cost: Decimal | None


@dataclass(slots=True)
class Remote:
    """The lines as the POS has them, read when needed and kept for the run.

    `known` starts as {} for an order that this run has just made, else None: not read yet. Only
    the products in `wanted` may be asked for, where that is set.
    """

    context: Any
    consignment: str
    known: dict[str, payloads.RemoteConsignmentLine] | None = None
    wanted: frozenset[str] = frozenset()

    def read(self) -> dict[str, payloads.RemoteConsignmentLine]:
        if self.known is None:
            lines = self.context.client.consignment_lines(self.consignment, wanted=self.wanted)
            self.known = {line.product_id: line for line in lines}
        return self.known

    def forget(self) -> None:
        self.known = None


@dataclass(slots=True)
class LinesWrite(BaseWrite):
    """One bulk call: the products of this chunk that are absent."""

    kind = "lines"
    confirm_twice = True
    remote: Remote = field(default=None)  # type: ignore[assignment]
    part: int = 1
    number: int = 1
    chunk: Sequence[PosLine] = ()

    @property
    def key(self) -> str:
        return f"{self.context.order.pk}:{self.part}:{self.number}"

    @property
    def title(self) -> str:
        return f"{len(self.chunk)} lines"

    def _absent(self) -> list[PosLine]:
        present = self.remote.read()
        return [line for line in self.chunk if line.product not in present]

    def look(self, probe: dict[str, Any]) -> list[Found]:
        if probe:
            self.remote.forget()
        if self._absent():
            return []
        return [Found(remote_id=self.remote.consignment, result={"lines": len(self.chunk)})]

    def payload(self) -> list[dict[str, Any]]:
        return [
            payloads.line_entry(line.product, count=line.count, cost=line.cost)
            for line in self.chunk
        ]

    def send(self, payload: Any) -> Found:
        """Only what the look found absent: bulk would add to the rest."""
        absent = {line.product for line in self._absent()}
        entries = [entry for entry in payload if entry["product_id"] in absent]
        self.remote.forget()
        self.context.client.add_lines_bulk(self.remote.consignment, entries)
        return Found(remote_id=self.remote.consignment, result={"lines": len(entries)})


@dataclass(slots=True)
class LineFix(BaseWrite):
    """One line with a wrong count or cost: PUT sets it, and may be repeated freely."""

    kind = "line"
    remote: Remote = field(default=None)  # type: ignore[assignment]
    line: PosLine = field(default=None)  # type: ignore[assignment]
    part: int = 1

    @property
    def key(self) -> str:
        return f"{self.context.order.pk}:{self.part}:{self.line.product}"

    @property
    def title(self) -> str:
        return f"Line corrected to {self.line.count}"

    def look(self, probe: dict[str, Any]) -> list[Found]:
        if probe:
            self.remote.forget()
        there = self.remote.read().get(self.line.product)
        if there is not None and agrees(there, self.line):
            return [Found(remote_id=self.line.product, result={})]
        return []

    def payload(self) -> dict[str, Any]:
        return payloads.line_values(count=self.line.count, cost=self.line.cost)

    def send(self, payload: Any) -> Found:
        self.remote.forget()
        self.context.client.put_line(self.remote.consignment, self.line.product, payload)
        return Found(remote_id=self.line.product, result={})


def agrees(there: payloads.RemoteConsignmentLine, wanted: PosLine) -> bool:
    """Whether the POS has this line as we want it; a cost it does not show is not compared."""
    if there.count != wanted.count:
        return False
    return wanted.cost is None or there.cost is None or there.cost == wanted.cost


@dataclass(slots=True)
class StatusWrite(BaseWrite):
    """The next legal status of a POS order; the chain is one-way, already there is done."""

    kind = "status"
    consignment: str = ""
    status: str = "SENT"
    part: int = 1
    known_open: bool = False

    CHAIN = ("OPEN", "SENT", "DISPATCHED", "RECEIVED")

    @property
    def key(self) -> str:
        return f"{self.context.order.pk}:{self.part}:{self.status}"

    @property
    def title(self) -> str:
        return f"Status {self.status.lower()}"

    def look(self, probe: dict[str, Any]) -> list[Found]:
        if self.known_open and not probe:
            return []
        now = self.context.client.consignment(self.consignment).status
        if now == "CANCELLED":
            raise Missing("The order was cancelled in Lightspeed.", status=404)
        if self.CHAIN.index(now) >= self.CHAIN.index(self.status):
            return [Found(remote_id=self.consignment, result={"status": now})]
        return []

    def payload(self) -> dict[str, Any]:
        order, wanted = self.context.order, self.context.wanted
        reference = order.number if self.part == 1 else f"{order.number}/{self.part}"
        return payloads.consignment_payload(
            outlet_id=wanted.outlet_remote,
            supplier_id=wanted.supplier_remote,
            reference=reference,
            note=order.pos_note,
            due=order.ship_end,
            timezone=order.retailer.timezone,
            status=self.status,
        )

    def send(self, payload: Any) -> Found:
        self.context.client.update_consignment(self.consignment, payload)
        return Found(remote_id=self.consignment, result={"status": self.status})

    def record(self, found: Found) -> None:
        PosOrder.objects.filter(
            connection=self.context.job.connection, remote_id=self.consignment
        ).update(status=found.result.get("status", self.status))
