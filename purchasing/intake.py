"""Intake: an order as the brand has it becomes, or is compared with, the order as we have it.

Until somebody approves it here, our order follows the brand's. From then on nothing in it is
altered by reading: what is otherwise now becomes `OrderChange` rows that wait for an answer.
Decisions and links are never touched. The number of statements does not grow with the lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils import timezone

from purchasing.changes import note_changes
from purchasing.differences import Pair, differences, pairs_of
from purchasing.intake_items import keep_items
from purchasing.intake_sums import sum_up, with_answers
from purchasing.models import OrderLine, PurchaseOrder, ShipTo, Supplier, SupplierItem
from purchasing.records import IncomingLine, IncomingOrder, Problem
from retailers.formatting import day, money, number, units
from retailers.models import Retailer, tell
from retailers.shop_rules import ShopRules, rules_of

Status = PurchaseOrder.Status
BrandStatus = PurchaseOrder.BrandStatus

# While it is one of these, our order follows the brand's by itself.
FOLLOWS = (Status.WATCHING, Status.TO_REVIEW, Status.ELSEWHERE, Status.CANCELLED)
_TOLD = 20
_FAULTS = ("unreadable", "gone")

_LINE_FIELDS = (
    "item",
    "position",
    "quantity",
    "unit_cost",
    "list_cost",
    "discount_percent",
    "msrp",
    "ship_start",
    "ship_end",
    "warehouse",
    "is_prebook",
    "note",
    "removed",
    "problems",
)


@dataclass
class _Intake:
    """One order being taken in: what came, and what it meets here."""

    order: IncomingOrder
    supplier: Supplier
    source: str
    digest: str
    retailer: Retailer
    rules: ShopRules
    now: datetime = field(default_factory=timezone.now)


@transaction.atomic
def take_in(
    order: IncomingOrder, *, supplier: Supplier, source: str, raw_digest: str
) -> PurchaseOrder:
    """Our row of this order, new or brought up to date, with its lines and items.

    `source` is the connection it came through (`nuorder:3`), `raw_digest` the sha256 of its body:
    the same body again changes nothing but `read_at`.
    """
    found = (
        PurchaseOrder.objects.select_for_update(of=("self",))
        .select_related("ship_to", "supplier")
        .filter(source=source, source_key=order.source_key)
        .first()
    )
    if found is not None and found.body_digest == raw_digest and not _has_fault(found):
        PurchaseOrder.objects.filter(pk=found.pk).update(read_at=timezone.now())
        found.refresh_from_db(fields=["read_at"])
        return found
    retailer = Retailer.objects.get(pk=supplier.retailer_id)
    work = _Intake(order, supplier, source, raw_digest, retailer, rules_of(retailer))
    if found is None:
        return _take_new(work)
    if found.status in FOLLOWS:
        return _follow(work, found)
    return _compare(work, found)


@transaction.atomic
def take_in_unreadable(
    *, supplier: Supplier, source: str, source_key: str, number: str, text: str
) -> PurchaseOrder:
    """An order whose body cannot be read: shown with the reason, and held until it can be.

    One that we have already stays as it is; the reason is added to its problems and its story.
    """
    found = (
        PurchaseOrder.objects.select_for_update()
        .filter(source=source, source_key=source_key)
        .first()
    )
    # One that was read before stays as it is, and may go on with what is known of it.
    blocks = found is None or not found.body_digest
    problem = Problem("unreadable", text, blocks=blocks).as_dict()
    if found is None:
        found = PurchaseOrder.objects.create(
            supplier=supplier,
            source=source,
            source_key=source_key,
            number=number or source_key,
            problems=[problem],
            read_at=timezone.now(),
        )
        tell(found, "unreadable", text)
        return found
    known = any(old["code"] == "unreadable" and old["text"] == text for old in found.problems)
    if not known:
        others = [old for old in found.problems if old["code"] != "unreadable"]
        found.problems = [problem, *others]
        tell(found, "unreadable", text)
    found.read_at = timezone.now()
    found.save(update_fields=["problems", "read_at"])
    return found


@transaction.atomic
def note_gone(found: PurchaseOrder, *, portal: str) -> None:
    """The brand deleted an order that we hold: kept, told once, and never guessed at (D20)."""
    order = PurchaseOrder.objects.select_for_update().get(pk=found.pk)
    order.read_at = timezone.now()
    if any(problem["code"] == "gone" for problem in order.problems):
        order.save(update_fields=["read_at"])
        return
    text = (
        f"Order {order.number} is not in NuORDER any more. Ask {portal} whether it is cancelled. "
        "Nothing was changed here."
    )
    problem = Problem("gone", text, blocks=order.status in PurchaseOrder.BEFORE_WRITING)
    order.problems = [problem.as_dict(), *order.problems]
    order.save(update_fields=["read_at", "problems"])
    tell(order, "gone", text)


def _has_fault(order: PurchaseOrder) -> bool:
    """Could it not be read, or found, last time?"""
    return any(problem["code"] in _FAULTS for problem in order.problems)


# --- a new order ---------------------------------------------------------------------------


def _take_new(work: _Intake) -> PurchaseOrder:
    order = work.order
    row = PurchaseOrder(supplier=work.supplier, source=work.source, source_key=order.source_key)
    row.status = _first_status(order)
    _copy_head(row, work)
    if _is_before_start(order.ordered_at, work.retailer):
        row.status_before_elsewhere, row.status = row.status, Status.ELSEWHERE
    items = keep_items(work.supplier, [line.item for line in order.lines], work.rules)
    sum_up(row, work.order, supplier=work.supplier, shop_currency=work.retailer.currency)
    row.save()
    _save_lines(row, [Pair(None, line) for line in order.lines], items)
    tell(row, "taken_in", _arrival(row, work))
    return row


def _first_status(order: IncomingOrder) -> str:
    if order.brand_status == BrandStatus.CANCELLED:
        return Status.CANCELLED
    if order.brand_status in PurchaseOrder.FINAL_AT_BRAND:
        return Status.TO_REVIEW
    return Status.WATCHING


def _is_before_start(ordered_at: datetime | None, retailer: Retailer) -> bool:
    """Placed before the day from which the shop uses us, by the shop's own calendar (D30)."""
    if ordered_at is None or retailer.start_date is None:
        return False
    try:
        zone = ZoneInfo(retailer.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return ordered_at.astimezone(zone).date() < retailer.start_date


def _arrival(row: PurchaseOrder, work: _Intake) -> str:
    lines = len(work.order.lines)
    count = "1 line" if lines == 1 else f"{number(lines)} lines"
    text = (
        f"Order {row.number} came from {work.supplier.name}: {count}, {units(row.units)}, "
        f"{money(row.cost, row.currency)}."
    )
    if row.status == Status.ELSEWHERE:
        start = work.retailer.start_date
        text += f" It was placed before {day(start)}, so it is handled elsewhere."
    return text


# --- an order that still follows the brand -------------------------------------------------


def _follow(work: _Intake, row: PurchaseOrder) -> PurchaseOrder:
    ours = list(row.lines.select_related("item"))
    pairs = pairs_of(ours, work.order.lines)
    # One that could never be read before is no change of anything.
    news = differences(row, work.order, pairs) if row.body_digest else []
    before, status_before = row.brand_status, row.status
    _copy_head(row, work)
    _move_with_brand(row, before)
    # A line keeps its item, whatever supplier a person has put it under since.
    known = {line.item.source_key: line.item for line in ours}
    items = keep_items(
        work.supplier, [line.item for line in work.order.lines], work.rules, known=known
    )
    sum_up(row, work.order, supplier=work.supplier, shop_currency=work.retailer.currency)
    if any(change.line is not None or change.field == "added" for change in news):
        row.lock += 1
    row.save()
    _save_lines(row, pairs, items)
    _tell_news(row, before, status_before, [change.text for change in news])
    return row


def _move_with_brand(row: PurchaseOrder, before: str) -> None:
    """Our status follows the brand's, as far as nobody has decided otherwise here."""
    target = _first_status_of(row)
    if row.status == Status.ELSEWHERE:
        row.status_before_elsewhere = target
    elif row.status != Status.CANCELLED or _came_back(row, before):
        row.status = target


def _first_status_of(row: PurchaseOrder) -> str:
    if row.brand_status == BrandStatus.CANCELLED:
        return Status.CANCELLED
    return Status.TO_REVIEW if row.is_final_at_brand else Status.WATCHING


def _came_back(row: PurchaseOrder, before: str) -> bool:
    """The brand took its cancellation back, and nothing was ever written of this order."""
    return (
        before == BrandStatus.CANCELLED
        and row.brand_status != BrandStatus.CANCELLED
        and row.sent_at is None
    )


def _tell_news(row: PurchaseOrder, before: str, status_before: str, news: list[str]) -> None:
    if row.brand_status != before:
        tell(row, "brand_status", _moved(row, before), before=before, now=row.brand_status)
    if row.status == Status.CANCELLED and status_before != Status.CANCELLED:
        tell(row, "cancelled", f"The brand cancelled order {row.number}. It is not imported.")
    if news:
        more = f" And {len(news) - 3} more." if len(news) > 3 else ""
        text = f"The brand changed the order. {' '.join(news[:3])}{more}"
        tell(row, "brand_changed", text, changes=news[:_TOLD], count=len(news))


def _moved(row: PurchaseOrder, before: str) -> str:
    old = dict(BrandStatus.choices).get(before, before)
    return f"The brand moved the order from {old} to {row.get_brand_status_display()}."


# --- an order that was approved or sent ----------------------------------------------------


def _compare(work: _Intake, row: PurchaseOrder) -> PurchaseOrder:
    """Mirror the brand's status; everything else waits for an answer (revision rule)."""
    before = row.brand_status
    ours = list(row.lines.select_related("item"))
    found = differences(row, work.order, pairs_of(ours, work.order.lines))
    row.brand_status = work.order.brand_status
    row.brand_status_text = work.order.brand_status_text
    row.modified_at_brand = work.order.modified_at
    row.body_digest, row.read_at = work.digest, work.now
    row.problems = [old for old in row.problems if old["code"] not in _FAULTS]
    row.save(
        update_fields=[
            "brand_status",
            "brand_status_text",
            "modified_at_brand",
            "body_digest",
            "read_at",
            "problems",
        ]
    )
    if row.brand_status != before:
        tell(row, "brand_status", _moved(row, before), before=before, now=row.brand_status)
    note_changes(row, found, cancelled=row.brand_status == BrandStatus.CANCELLED)
    return row


# --- rows ----------------------------------------------------------------------------------


def _copy_head(row: PurchaseOrder, work: _Intake) -> None:
    """Everything the order says of itself; supplier, outlet and our own status are not its own."""
    order = work.order
    for name in (
        "number",
        "brand_status",
        "brand_status_text",
        "currency",
        "customer_po",
        "ordered_at",
        "ship_start",
        "ship_end",
        "buyer_name",
        "rep_name",
        "notes",
        "group_key",
        "discount_percent",
        "surcharge_percent",
        "surcharge_label",
        "header_total",
        "header_units",
    ):
        setattr(row, name, getattr(order, name))
    row.modified_at_brand = order.modified_at
    row.body_digest, row.read_at = work.digest, work.now
    row.ship_to = _ship_to(work)
    if order.currency and not work.supplier.currency:
        work.supplier.currency = order.currency
        work.supplier.save(update_fields=["currency"])


def _ship_to(work: _Intake) -> ShipTo | None:
    """The supplier's address, known or new; which outlet it means is for a person to say."""
    address = work.order.ship_to
    if address is None:
        return None
    row, created = ShipTo.objects.get_or_create(
        supplier=work.supplier,
        key=address.key,
        defaults={"code": address.code, "label": address.label},
    )
    if not created and (row.code, row.label) != (address.code, address.label):
        row.code, row.label = address.code, address.label
        row.save(update_fields=["code", "label"])
    return row


def _save_lines(row: PurchaseOrder, pairs: Sequence[Pair], items: dict[str, SupplierItem]) -> None:
    """Upsert the order's lines in one statement; those that went are marked, never deleted."""
    old = [(pair.ours, pair.theirs) for pair in pairs if pair.ours and pair.theirs]
    rekeyed = [(ours, theirs) for ours, theirs in old if ours.key != theirs.key]
    for ours, theirs in rekeyed:
        ours.key = theirs.key
    OrderLine.objects.bulk_update([ours for ours, _ in rekeyed], ["key"], batch_size=1000)
    there = [(pair.ours, pair.theirs) for pair in pairs if pair.theirs]
    wanted = [
        _line(row, position, ours, theirs, items[theirs.item.source_key])
        for position, (ours, theirs) in enumerate(there)
    ]
    OrderLine.objects.bulk_create(
        [line for line, changed in wanted if changed],
        update_conflicts=True,
        unique_fields=("order", "key"),
        update_fields=_LINE_FIELDS,
    )
    gone = [pair.ours.pk for pair in pairs if pair.theirs is None and pair.ours]
    if gone:
        OrderLine.objects.filter(pk__in=gone, removed=False).update(removed=True)


def _line(
    row: PurchaseOrder,
    position: int,
    ours: OrderLine | None,
    theirs: IncomingLine,
    item: SupplierItem,
) -> tuple[OrderLine, bool]:
    """The line as it should stand, and whether it differs from what stands."""
    line = OrderLine(
        retailer_id=row.retailer_id,
        order=row,
        key=theirs.key,
        item=item,
        position=position,
        quantity=theirs.quantity,
        unit_cost=theirs.unit_cost,
        list_cost=theirs.list_cost,
        discount_percent=theirs.discount_percent,
        msrp=theirs.msrp,
        ship_start=theirs.ship_start,
        ship_end=theirs.ship_end,
        warehouse=theirs.warehouse,
        is_prebook=theirs.is_prebook,
        note=theirs.note,
        removed=False,
        problems=with_answers(theirs.problems, ours.problems if ours else ()),
    )
    if ours is None:
        return line, True
    names = ("item_id", *_LINE_FIELDS[1:])
    return line, any(getattr(line, name) != getattr(ours, name) for name in names)
