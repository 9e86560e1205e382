"""Write a booked delivery to the POS: received counts once, then RECEIVED, then stock read back.

Delivery n of an order closes part n of it in the POS. Where more is expected, part n + 1 (the
follow-up, numbered `/2`, `/3` …) is made before part n is closed, so that nothing is lost between.
Bulk `received` *adds* (X-Series reference 13.4): a pre-image is kept with the intent, and after
an unknown outcome the lines are compared with it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import StockLevel
from integrations.engine import Job, Stop
from integrations.journal import Found, perform
from integrations.models import PosOrder, RemoteStep, SyncTask
from integrations.sending.lines import LinesWrite, PosLine, Remote, StatusWrite
from integrations.sending.send import chunks
from integrations.sending.wanted import gather, weighted_cost
from integrations.sending.writes import BaseWrite, ConsignmentWrite, Context, Mirror
from integrations.xseries import payloads
from integrations.xseries.client import client_for
from integrations.xseries.sync import read_stock
from purchasing.models import Delivery, PurchaseOrder
from purchasing.receiving import expected_lines, with_variant
from retailers.models import tell

Trouble = SyncTask.Trouble


def receive(job: Job) -> None:
    """Handler of `receive:<delivery>`."""
    delivery = Delivery.objects.get(pk=int(job.key))
    if delivery.state != Delivery.State.BOOKED:
        return
    order = PurchaseOrder.objects.select_related("supplier", "outlet", "retailer").get(
        pk=delivery.order_id
    )
    Receiver(job, order, delivery).run()


@dataclass(frozen=True, slots=True)
class Arrived:
    """Kept units of one product in this delivery; `cost` only where it was corrected."""

    product: str
    variant: int
    kept: int
    cost: Decimal | None


@dataclass(slots=True)
class ReceivedWrite(BaseWrite):
    """One bulk call of received counts, proved not to have been applied before."""

    kind = "received"
    confirm_twice = True
    remote: Remote = field(default=None)  # type: ignore[assignment]
    number: int = 1
    chunk: Sequence[Arrived] = ()
    before: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.delivery_id}:{self.number}"

    @property
    def title(self) -> str:
        return f"{sum(one.kept for one in self.chunk)} units received"

    def probe(self) -> dict[str, Any]:
        return {"sent": True, "before": self.before}

    def look(self, probe: dict[str, Any]) -> list[Found]:
        self.remote.forget()
        present = self.remote.read()
        self.before = probe.get("before") or {
            one.product: str(present[one.product].received if one.product in present else 0)
            for one in self.chunk
        }
        if not probe:
            self._refuse_foreign_counts()
        if self._pending():
            return []
        return [Found(remote_id=self.remote.consignment, result={"products": len(self.chunk)})]

    def _refuse_foreign_counts(self) -> None:
        """Somebody received at the till before us: never on top of it (edge case 91)."""
        if any(Decimal(value) for value in self.before.values()):
            raise Stop(
                Trouble.DECISION,
                _(
                    "Somebody has received units of this order in Lightspeed already. Nothing was "
                    "added. Compare both, then follow Lightspeed or correct it there."
                ),
                {"received_there": self.before},
            )

    def _pending(self) -> list[Arrived]:
        """What is not applied yet; other than "before" or "before + ours" is not ours to touch."""
        present, pending = self.remote.read(), []
        for one in self.chunk:
            now = present[one.product].received if one.product in present else Decimal(0)
            before = Decimal(self.before[one.product])
            if now == before + one.kept:
                continue
            if now != before:
                raise Stop(
                    Trouble.DECISION,
                    _(
                        "Lightspeed shows %(now)s received where we expected %(before)s or "
                        "%(after)s. Somebody is receiving there too; look at the order in "
                        "Lightspeed, then press Try again."
                    )
                    % {"now": now, "before": before, "after": before + one.kept},
                    {"product": one.product},
                )
            pending.append(one)
        return pending

    def payload(self) -> list[dict[str, Any]]:
        return [
            payloads.received_entry(one.product, received=one.kept, cost=one.cost)
            for one in self.chunk
        ]

    def send(self, payload: Any) -> Found:
        """Only what the look found not applied: bulk would add to the rest."""
        pending = {one.product for one in self._pending()}
        payload = [entry for entry in payload if entry["product_id"] in pending]
        self.context.client.add_lines_bulk(self.remote.consignment, payload)
        self.remote.forget()
        return Found(remote_id=self.remote.consignment, result={"products": len(payload)})


class Receiver:
    """One run over one delivery."""

    def __init__(self, job: Job, order: PurchaseOrder, delivery: Delivery) -> None:
        self.job, self.order, self.delivery = job, order, delivery
        self.context = Context(
            job,
            client_for(job),
            Mirror(job),
            gather(order, job.connection),
            generation=order.send_plan.generation,
            delivery=delivery,
        )

    def run(self) -> None:
        self.context.mirror.once("consignments")
        pos = self._pos_order()
        arrived = self._arrived()
        self._follow_up()
        products = frozenset(one.product for one in arrived)
        remote = Remote(self.context, pos.remote_id, wanted=products)
        for number, chunk in enumerate(chunks(arrived, settings.XSERIES_BULK_LINES), start=1):
            self._perform(ReceivedWrite(self.context, remote=remote, number=number, chunk=chunk))
        self._perform(
            StatusWrite(
                self.context,
                consignment=pos.remote_id,
                status="RECEIVED",
                part=self.delivery.number,
            )
        )
        self._finish(arrived)

    def _perform(self, write: BaseWrite) -> RemoteStep:
        self.job.keep_going()
        return perform(self.job, write)

    def _pos_order(self) -> PosOrder:
        """The part of the order this delivery closes."""
        pos = PosOrder.objects.filter(
            connection=self.job.connection, order=self.order, part=self.delivery.number
        ).first()
        if pos is None or pos.deleted_at or pos.status == "CANCELLED":
            raise Stop(
                Trouble.DECISION,
                _(
                    "Order %(number)s is gone in Lightspeed: it was cancelled or deleted there. "
                    "The count is kept here. Recreate the order, or close it here."
                )
                % {"number": self.order.number},
                {"gone": True},
            )
        return pos

    def _arrived(self) -> list[Arrived]:
        """Kept units by POS product: lines of one variant are one line there."""
        kept: dict[int, int] = defaultdict(int)
        corrected: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
        bought = {
            line.pk: line.bought  # type: ignore[attr-defined]
            for line in with_variant(self.order.lines.all()).only("pk")
        }
        for row in self.delivery.lines.filter(kept__gt=0).select_related("line__item"):
            variant = bought[row.line_id]
            if variant is None:
                raise Stop(
                    Trouble.DECISION,
                    _("%s is linked to no product any more. Link it, then press Try again.")
                    % row.line.item,
                )
            kept[variant] += row.kept
            if row.unit_cost is not None:
                corrected[variant].append((row.kept, row.unit_cost))
        remotes = self.context.remote_of("product", kept)
        if gone := [variant for variant in kept if variant not in remotes]:
            raise Stop(
                Trouble.DECISION,
                _("%d products of this delivery are not in Lightspeed any more.") % len(gone),
                {"variants": gone},
            )
        return [
            Arrived(
                remotes[variant],
                variant,
                units,
                weighted_cost(corrected[variant], self.context.wanted.rate),
            )
            for variant, units in sorted(kept.items())
        ]

    def _follow_up(self) -> None:
        """Where more is expected, its order exists in the POS before this one is closed."""
        lines = self._still_expected()
        if self.delivery.remainder != Delivery.Remainder.FOLLOW_UP or not lines:
            return
        part = self.delivery.number + 1
        step = self._perform(ConsignmentWrite(self.context, part=part))
        untouched = not RemoteStep.objects.filter(delivery=self.delivery, kind="lines").exists()
        made = bool(step.result.get("made_here")) and untouched
        remote = Remote(self.context, step.remote_id, {} if made else None)
        for number, chunk in enumerate(chunks(lines, settings.XSERIES_BULK_LINES), start=1):
            self._perform(
                LinesWrite(self.context, remote=remote, part=part, number=number, chunk=chunk)
            )
        self._perform(StatusWrite(self.context, consignment=remote.consignment, part=part))

    def _still_expected(self) -> list[PosLine]:
        """Outstanding units by POS product, at the order's cost."""
        counts: dict[int, int] = defaultdict(int)
        costs: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
        for line in expected_lines(self.order):
            if not line.outstanding:
                continue
            variant: int = line.bought  # type: ignore[attr-defined]
            counts[variant] += line.outstanding
            if line.unit_cost is not None:
                costs[variant].append((line.outstanding, line.unit_cost))
        remotes = self.context.remote_of("product", counts)
        return [
            PosLine(
                remotes[variant], count, weighted_cost(costs[variant], self.context.wanted.rate)
            )
            for variant, count in sorted(counts.items())
            if variant in remotes
        ]

    def _finish(self, arrived: Sequence[Arrived]) -> None:
        """Read the stock back, never compute it, and say what it was and is."""
        variants = [one.variant for one in arrived]
        before = self._stock(variants)
        read_stock(self.job, variants)
        after = self._stock(variants)
        read = [
            {"variant": pk, "before": _text(before.get(pk)), "after": _text(after.get(pk))}
            for pk in variants
        ]
        units = sum(one.kept for one in arrived)
        with self.job.writing():
            Delivery.objects.filter(pk=self.delivery.pk).update(
                state=Delivery.State.WRITTEN, written_at=timezone.now(), stock_read=read
            )
            tell(
                self.order,
                "received",
                _(
                    "Delivery %(n)d is in Lightspeed: %(units)d units received, stock of %(count)d "
                    "products read back."
                )
                % {"n": self.delivery.number, "count": len(variants), "units": units},
            )

    def _stock(self, variants: list[int]) -> dict[int, Decimal]:
        rows = (
            StockLevel.objects.filter(variant__in=variants, outlet=self.order.outlet_id)
            .values_list("variant")
            .annotate(on_hand=Sum("on_hand"))
        )
        return dict(rows)


def _text(level: Decimal | None) -> str | None:
    return None if level is None else f"{level.normalize():f}"
