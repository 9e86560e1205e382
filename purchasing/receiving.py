"""Receiving: what arrived is counted, then booked. Booking is the only thing that moves stock.

A delivery is counted for as long as it takes (anybody may go on with it), then booked once. What
is booked is written to the POS by a task (`integrations.sending.receive`), which reads the stock
back. Quantities are units; a rejected unit never becomes sellable stock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models import Count as CountOf
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.gtin import read_code
from catalog.models import Variant
from catalog.names import name_key
from purchasing.errors import OrderError
from purchasing.models import Decision, Delivery, DeliveryLine, OrderLine, PurchaseOrder
from purchasing.signals import goods_received
from retailers.models import User, tell
from retailers.shop_rules import ShopRules, rules_of

Status = PurchaseOrder.Status
# `OrderLine.outstanding` is more than nothing, in SQL.
_OUTSTANDING = Q(closed_short=False, received__lt=F("quantity"))


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody counted of one line; `unit_cost` only where the invoice differs."""

    kept: int = 0
    rejected: int = 0
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """What a scan did: `kind` is counted, over, elsewhere, in_shop or unknown."""

    kind: str
    code: str
    line: OrderLine | None = None
    kept: int = 0
    order: PurchaseOrder | None = None
    text: str = ""


def with_variant(lines: QuerySet[OrderLine]) -> QuerySet[OrderLine]:
    """The lines with `bought`, the id of the variant each was bought as, None where there is none.

    That is what was decided for this very order: the size may be linked elsewhere since then, and
    goods that arrive are still the old ones (edge case 111).
    """
    decided = Decision.objects.filter(
        order=OuterRef("order"), item=OuterRef("item"), variant__isnull=False
    )
    return lines.annotate(
        bought=Coalesce(
            Subquery(decided.values("variant")[:1]),
            F("item__variant"),
            output_field=BigIntegerField(),
        )
    )


def expected_lines(order: PurchaseOrder) -> QuerySet[OrderLine]:
    """The lines a delivery may hold: ordered, known to the POS, not taken off; `with_variant`."""
    return (
        with_variant(order.lines.filter(removed=False, quantity__gt=0))
        .filter(Q(bought__isnull=False))
        .exclude(
            item__in=order.decisions.filter(action="skip").values("item_id"),
        )
        .select_related("item__variant__product")
        .order_by("position", "id")
    )


@transaction.atomic
def begin(order: PurchaseOrder, *, by: User) -> Delivery:
    """The delivery being counted for this order: the one under way, else a new one.

    Raises OrderError when the order cannot be received now.
    """
    now = _locked(order.pk)
    deliveries = list(order.deliveries.order_by("number"))
    for delivery in deliveries:
        if delivery.state == Delivery.State.COUNTING:
            return delivery
    _require_receivable(now, deliveries)
    number = deliveries[-1].number + 1 if deliveries else 1
    delivery = Delivery.objects.create(
        retailer_id=order.retailer_id, order=order, number=number, started_by=by
    )
    tell(order, "counting", _("Began to count delivery %d.") % delivery.number, actor=by)
    return delivery


def counting(order: PurchaseOrder, *, by: User) -> Delivery:
    """The delivery under way; where there is none, a new one, for the same reasons as `begin`."""
    under_way = order.deliveries.filter(state=Delivery.State.COUNTING).first()
    return under_way or begin(order, by=by)


def _locked(pk: int) -> PurchaseOrder:
    """The order as it is now; its deliveries are begun and booked one after another."""
    return PurchaseOrder.objects.select_for_update().get(pk=pk)


def _require_receivable(order: PurchaseOrder, deliveries: Iterable[Delivery]) -> None:
    if order.status not in PurchaseOrder.RECEIVABLE:
        raise OrderError(
            _("Order %(number)s is %(status)s: only an order that is in the POS can be received.")
            % {"number": order.number, "status": order.get_status_display().lower()}
        )
    for delivery in deliveries:
        if delivery.state == Delivery.State.BOOKED:
            raise OrderError(
                _(
                    "Delivery %d is still being written to the POS. "
                    "Count the next one when it is done."
                )
                % delivery.number
            )


@transaction.atomic
def set_counts(delivery: Delivery, counts: Mapping[int, Count], *, by: User) -> None:
    """Put these counts (by line id, absolute) in place of what was counted for those lines."""
    allowed = set(expected_lines(delivery.order).values_list("pk", flat=True))
    if strangers := counts.keys() - allowed:
        raise OrderError(
            _("%d of these lines are not on this order any more. Reload the page.") % len(strangers)
        )
    _put(delivery, counts)


def _put(delivery: Delivery, counts: Mapping[int, Count]) -> None:
    _still_counting(delivery)
    DeliveryLine.objects.bulk_create(
        [
            DeliveryLine(
                retailer_id=delivery.retailer_id,
                delivery=delivery,
                line_id=line_id,
                kept=count.kept,
                rejected=count.rejected,
                unit_cost=count.unit_cost,
            )
            for line_id, count in counts.items()
        ],
        update_conflicts=True,
        unique_fields=["delivery", "line"],
        update_fields=["kept", "rejected", "unit_cost"],
    )


@transaction.atomic
def all_arrived(delivery: Delivery, *, by: User) -> None:
    """Everything still expected came, in one go."""
    open_lines = expected_lines(delivery.order).filter(_OUTSTANDING)
    counts = {
        pk: Count(kept=ordered - received)
        for pk, ordered, received in open_lines.values_list("pk", "quantity", "received")
    }
    if not counts:
        raise OrderError(_("Nothing is expected any more on this order."))
    _put(delivery, counts)


@transaction.atomic
def scan(delivery: Delivery, code: str, *, by: User, units: int = 1) -> ScanAnswer:
    """Add `units` to the line this barcode or SKU belongs to, or say what the code is."""
    _still_counting(delivery)
    text = code.strip()
    if not text:
        raise OrderError(_("Scan a barcode, or type a code."), field="code")
    line = _line_for(delivery, text)
    if line is None:
        return _not_here(delivery, text)
    row, _made = DeliveryLine.objects.get_or_create(
        delivery=delivery, line=line, defaults={"retailer_id": delivery.retailer_id}
    )
    if units < 0 and row.kept + units < 0:
        units = -row.kept
    DeliveryLine.objects.filter(pk=row.pk).update(kept=F("kept") + units)
    row.refresh_from_db(fields=["kept"])
    over = row.kept > line.outstanding
    return ScanAnswer("over" if over else "counted", text, line=line, kept=row.kept)


def _variants_of(code: str) -> QuerySet[Variant]:
    """The variants a code names: by GTIN in any spelling, by the code as typed, or by SKU."""
    read = read_code(code)
    found = Q(barcodes__code=code) | Q(sku_key=name_key(code))
    if read.gtin14:
        found |= Q(barcodes__gtin14=read.gtin14)
    return Variant.objects.filter(found)


def _line_for(delivery: Delivery, code: str) -> OrderLine | None:
    """The line to count on: of several windows of one variant, the first that is not full."""
    named = _variants_of(code).values("pk")
    lines = list(expected_lines(delivery.order).filter(Q(bought__in=named)))
    if not lines:
        return None
    counted = dict(
        delivery.lines.filter(line__in=[line.pk for line in lines]).values_list("line", "kept")
    )
    open_lines = [line for line in lines if counted.get(line.pk, 0) < line.outstanding]
    return (open_lines or lines)[0]


def _not_here(delivery: Delivery, code: str) -> ScanAnswer:
    """Say where else the code belongs: nothing is counted (edge cases 85, 86)."""
    other = (
        with_variant(OrderLine.objects.all())
        .filter(
            Q(bought__in=_variants_of(code).values("pk")),
            order__status__in=PurchaseOrder.RECEIVABLE,
            removed=False,
            closed_short=False,
            received__lt=F("quantity"),
        )
        .exclude(order=delivery.order)
        .select_related("order__supplier", "item__variant")
        .first()
    )
    if other is not None:
        return ScanAnswer("elsewhere", code, line=other, order=other.order)
    variant = _variants_of(code).filter(deleted_at=None).first()
    if variant is not None:
        return ScanAnswer("in_shop", code, text=str(variant))
    return ScanAnswer("unknown", code)


def _still_counting(delivery: Delivery) -> None:
    """Nobody can book it before this transaction ends: a count is in the booking or refused."""
    held = Delivery.objects.select_for_update()
    delivery.refresh_from_db(fields=["state"], from_queryset=held)
    if delivery.state != Delivery.State.COUNTING:
        raise OrderError(
            _("Delivery %d is booked already; its counts are fixed.") % delivery.number
        )


@dataclass(frozen=True, slots=True)
class Over:
    """A line of which more was counted than is expected."""

    line: OrderLine
    kept: int
    accepted: int

    @property
    def extra(self) -> int:
        return self.kept - self.line.outstanding


# More was counted than is outstanding (`OrderLine.outstanding`, in SQL).
_MORE = Q(kept__gt=0) & (
    Q(kept__gt=F("line__quantity") - F("line__received")) | Q(line__closed_short=True)
)


def over_counts(delivery: Delivery, rules: ShopRules) -> list[Over]:
    """The lines beyond what the shop accepts without a question."""
    found = []
    rows = delivery.lines.filter(_MORE).select_related("line__item__variant")
    for row in rows.order_by("line__position", "id"):
        line = row.line
        slack = int(line.quantity * rules.over_receipt_percent / 100)
        accepted = line.outstanding + (row.kept if rules.over_receipt == "accept" else slack)
        if row.kept > accepted:
            found.append(Over(line, row.kept, accepted))
    return found


@transaction.atomic
def book(delivery: Delivery, *, remainder: str, by: User, over_agreed: bool = False) -> None:
    """Book what was counted: the counts are fixed and go to the POS.

    `remainder` is a `Delivery.Remainder`. Raises OrderError, with nothing booked, when nothing
    was counted, when more arrived than the shop's rule allows, or when somebody was faster.
    """
    order = _locked(delivery.order_id)
    _require_receivable(order, order.deliveries.filter(state=Delivery.State.BOOKED))
    _close_the_count(delivery, remainder, by)
    counted = delivery.lines.aggregate(
        units=Sum("kept"), refused=Sum("rejected"), more=CountOf("pk", filter=_MORE)
    )
    if not counted["units"]:
        raise OrderError(
            _("Nothing is counted yet. Count at least one unit, or press “All arrived”.")
        )
    if counted["more"]:
        _check_over(delivery, over_agreed=over_agreed)
    _add_to_lines(delivery)
    closing = remainder == Delivery.Remainder.CLOSE
    if closing:
        _close_rest(order)
    _settle_status(order, by=by, closing=closing)
    delivery.order = order
    tell(
        order,
        "booked",
        _booked_text(delivery, counted["units"], counted["refused"]),
        actor=by,
        delivery=delivery.pk,
    )
    goods_received.send(Delivery, delivery=delivery)


def _close_the_count(delivery: Delivery, remainder: str, by: User) -> None:
    """Nothing more is counted, once; what is being counted this moment is waited for."""
    changes = {
        "state": Delivery.State.BOOKED,
        "remainder": remainder,
        "booked_by": by,
        "booked_at": timezone.now(),
    }
    open_ones = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.COUNTING)
    if open_ones.update(**changes) != 1:
        raise OrderError(_("Delivery %d is booked already.") % delivery.number)
    for name, value in changes.items():
        setattr(delivery, name, value)


def _booked_text(delivery: Delivery, kept: int, rejected: int) -> str:
    if rejected:
        return _("Received delivery %(n)d: %(kept)d units, %(rejected)d rejected.") % {
            "n": delivery.number,
            "kept": kept,
            "rejected": rejected,
        }
    return _("Received delivery %(n)d: %(kept)d units.") % {"n": delivery.number, "kept": kept}


def _check_over(delivery: Delivery, *, over_agreed: bool) -> None:
    rules = rules_of(delivery.retailer_id)
    over = over_counts(delivery, rules)
    if not over or (over_agreed and rules.over_receipt == "ask"):
        return
    first = over[0]
    more = _(" and %d more lines") % (len(over) - 1) if len(over) > 1 else ""
    text = _("%(item)s: %(kept)d counted, %(open)d expected%(more)s.") % {
        "item": first.line.item,
        "kept": first.kept,
        "open": first.line.outstanding,
        "more": more,
    }
    remedy = (
        _("This shop does not take more than was ordered: lower the count.")
        if rules.over_receipt == "refuse"
        else _("Confirm that the extra units are kept, or lower the count.")
    )
    raise OrderError(f"{text} {remedy}", field="over")


def _add_to_lines(delivery: Delivery) -> None:
    """Add the counts to their lines: one statement, by the database's own arithmetic."""
    counted = delivery.lines.filter(line=OuterRef("pk"))
    OrderLine.objects.filter(pk__in=delivery.lines.values("line")).update(
        received=F("received") + Subquery(counted.values("kept")),
        rejected=F("rejected") + Subquery(counted.values("rejected")),
    )


def _close_rest(order: PurchaseOrder) -> None:
    order.lines.filter(removed=False, received__lt=F("quantity")).update(closed_short=True)


def _settle_status(order: PurchaseOrder, *, by: User, closing: bool) -> None:
    """The order's state follows its lines, never a sum over them (edge case 82)."""
    lines = expected_lines(order).order_by().select_related(None)
    now = lines.aggregate(
        units=Sum("received"),
        short=CountOf("pk", filter=Q(received__lt=F("quantity"))),
        outstanding=CountOf("pk", filter=_OUTSTANDING),
    )
    if closing and now["short"]:
        status, text = Status.CLOSED_SHORT, _("Closed short: the rest is not expected.")
    elif now["outstanding"]:
        status, text = Status.PART_RECEIVED, _("Part of it is here; the rest is expected.")
    else:
        status, text = Status.RECEIVED, _("Everything is here.")
    order.move(PurchaseOrder.RECEIVABLE, status, by=by, text=text, units_received=now["units"] or 0)
