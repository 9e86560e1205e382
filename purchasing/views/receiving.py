"""The back door: what is expected, counting a delivery, booking it."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.db.models import F, Q, Sum
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import sanitize_separators
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from purchasing.errors import OrderError
from purchasing.models import Delivery, DeliveryLine, OrderLine, PurchaseOrder
from purchasing.receiving import (
    Count,
    ScanAnswer,
    all_arrived,
    begin,
    book,
    counting,
    expected_lines,
    scan,
    set_counts,
)
from retailers.access import Ability, ShopRequest, needs
from retailers.formatting import ungrouped
from retailers.shop_rules import rules_of

MOST_UNITS = 1_000_000


@require_GET
@needs(Ability.LOOK)
def receiving(request: ShopRequest) -> HttpResponseBase:
    """Orders that can be received, the latest expected first to be late."""
    text = request.GET.get("q", "").strip()[:100]
    orders = (
        PurchaseOrder.objects.filter(status__in=PurchaseOrder.RECEIVABLE)
        .select_related("supplier", "outlet")
        .annotate(
            expected=Sum(
                F("lines__quantity") - F("lines__received"),
                filter=Q(
                    lines__removed=False,
                    lines__closed_short=False,
                    lines__quantity__gt=F("lines__received"),
                ),
            )
        )
        .order_by(F("ship_end").asc(nulls_last=True), "id")
    )
    if text:
        orders = orders.filter(
            Q(number__icontains=text)
            | Q(supplier__name__icontains=text)
            | Q(customer_po__icontains=text)
        )
    counting = dict(
        Delivery.objects.filter(state=Delivery.State.COUNTING)
        .annotate(units=Sum("lines__kept"))
        .values_list("order", "units")
    )
    rows = [(order, counting.get(order.pk)) for order in orders[:200]]
    return render(
        request,
        "purchasing/receiving.html",
        {"rows": rows, "q": text, "today": timezone.localdate(), "counting": counting},
    )


@dataclass(slots=True)
class Row:
    """One line as it is counted."""

    line: OrderLine
    kept: int = 0
    rejected: int = 0
    unit_cost: Decimal | None = None

    @property
    def state(self) -> str:
        if self.kept > self.line.outstanding:
            return "over"
        if not self.line.outstanding:
            return "before"
        if self.kept == self.line.outstanding:
            return "all"
        return "part" if self.kept else "none"

    @property
    def left(self) -> int:
        return max(self.line.outstanding - self.kept, 0)

    @property
    def extra(self) -> int:
        return max(self.kept - self.line.outstanding, 0)


@dataclass(slots=True)
class Colourway:
    """The lines of one colourway of one style."""

    title: str
    style_number: str
    rows: list[Row] = field(default_factory=list)

    @property
    def kept(self) -> int:
        return sum(row.kept for row in self.rows)

    @property
    def outstanding(self) -> int:
        return sum(row.line.outstanding for row in self.rows)

    @property
    def ordered(self) -> int:
        return sum(row.line.quantity for row in self.rows)

    @property
    def before(self) -> int:
        return sum(row.line.received for row in self.rows)

    @property
    def is_done(self) -> bool:
        return self.kept >= self.outstanding


def _order(pk: int) -> PurchaseOrder:
    return get_object_or_404(PurchaseOrder.objects.select_related("supplier", "outlet"), pk=pk)


def _rows(order: PurchaseOrder, delivery: Delivery | None) -> list[Row]:
    counts: dict[int, DeliveryLine] = {}
    if delivery is not None:
        counts = {row.line_id: row for row in delivery.lines.all()}
    rows = []
    for line in expected_lines(order):
        count = counts.get(line.pk)
        if count is None:
            rows.append(Row(line))
        else:
            rows.append(Row(line, count.kept, count.rejected, count.unit_cost))
    return rows


def _colourways(rows: list[Row]) -> list[Colourway]:
    """Grouped as the boxes are packed: by style and colour, what is open first."""
    groups: dict[tuple[str, str, str], Colourway] = {}
    for row in rows:
        item = row.line.item
        key = (item.style_number, item.name, item.colour)
        title = ", ".join(part for part in (item.name or str(item), item.colour) if part)
        groups.setdefault(key, Colourway(title, item.style_number)).rows.append(row)
    return sorted(groups.values(), key=lambda one: one.outstanding == 0)


def _page(
    request: ShopRequest, order: PurchaseOrder, *, answer: ScanAnswer | None = None, over: str = ""
) -> HttpResponseBase:
    delivery = order.deliveries.filter(state=Delivery.State.COUNTING).first()
    rows = _rows(order, delivery)
    context = {
        "order": order,
        "delivery": delivery,
        "number": delivery.number if delivery else order.deliveries.count() + 1,
        "groups": _colourways(rows),
        "kept": sum(row.kept for row in rows),
        "rejected": sum(row.rejected for row in rows),
        "outstanding": sum(row.line.outstanding for row in rows),
        "short": sum(row.left for row in rows),
        "answer": answer,
        "over": over,
        "can_receive": order.status in PurchaseOrder.RECEIVABLE,
        "waiting": order.deliveries.filter(state=Delivery.State.BOOKED).first(),
        "remainder": rules_of(order.retailer_id).remainder,
        "late": bool(order.ship_end and order.ship_end < timezone.localdate()),
        "see_costs": Ability.SEE_COSTS in request.abilities,
    }
    template = "purchasing/receive.html"
    if request.htmx and not request.htmx.history_restore_request:
        # A typed count changes the sums only: the thousand lines above them stay as they are.
        context["only_tally"] = request.htmx.target == "tally" and context["can_receive"]
        template += "#tally" if context["only_tally"] else "#counting"
    return render(request, template, context, status=422 if over else 200)


@require_GET
@needs(Ability.RECEIVE)
def receive(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Count one delivery."""
    return _page(request, _order(pk))


@require_POST
@needs(Ability.RECEIVE)
def receive_scan(request: ShopRequest, pk: int) -> HttpResponseBase:
    """A barcode was read: one more of its line, or what the code is."""
    order = _order(pk)
    answer = None
    try:
        delivery = begin(order, by=request.user)
        units = -1 if request.POST.get("undo") else 1
        answer = scan(delivery, request.POST.get("code", ""), by=request.user, units=units)
    except OrderError as error:
        messages.error(request, str(error))
    return _after(request, order, answer)


@require_POST
@needs(Ability.RECEIVE)
def receive_count(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Counts typed for some or all lines."""
    order = _order(pk)
    try:
        delivery = begin(order, by=request.user)
        counts = _counts_from(request.POST, delivery, costs=Ability.SEE_COSTS in request.abilities)
        set_counts(delivery, counts, by=request.user)
    except OrderError as error:
        messages.error(request, str(error))
    return _after(request, order, None)


@require_POST
@needs(Ability.RECEIVE)
def receive_all(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Everything expected came."""
    order = _order(pk)
    try:
        all_arrived(begin(order, by=request.user), by=request.user)
    except OrderError as error:
        messages.error(request, str(error))
    return _after(request, order, None)


@require_POST
@needs(Ability.RECEIVE)
def receive_book(request: ShopRequest, pk: int) -> HttpResponseBase:
    """Book what is counted; a count beyond the shop's rule is asked about on the page."""
    order = _order(pk)
    remainder = request.POST.get("remainder", "")
    if remainder not in Delivery.Remainder.values:
        remainder = rules_of(order.retailer_id).remainder
    try:
        delivery = counting(order, by=request.user)
        book(
            delivery,
            remainder=remainder,
            by=request.user,
            over_agreed=bool(request.POST.get("over_agreed")),
        )
    except OrderError as error:
        if error.field == "over" and not request.htmx:
            return _page(request, order, over=str(error))
        messages.error(request, str(error))
        return redirect("receive", order.pk)
    messages.success(
        request,
        _("Delivery %d is booked. Stock rises as soon as Lightspeed has it.") % delivery.number,
    )
    return redirect("order", order.pk)


def _after(
    request: ShopRequest, order: PurchaseOrder, answer: ScanAnswer | None
) -> HttpResponseBase:
    if request.htmx or answer is not None:
        return _page(request, order, answer=answer)
    return redirect("receive", order.pk)


def _counts_from(data: QueryDict, delivery: Delivery, *, costs: bool) -> dict[int, Count]:
    """`kept-12`, `rejected-12` and `cost-12`; a field left out keeps what was counted.

    Raises OrderError naming the first field that is not a count.
    """
    posted: dict[int, dict[str, str]] = defaultdict(dict)
    for name in data:
        kind, _sep, number = name.partition("-")
        if kind in {"kept", "rejected", "cost"} and number.isdecimal() and len(number) < 19:
            posted[int(number)][kind] = str(data[name]).strip()
    before = {row.line_id: row for row in delivery.lines.filter(line_id__in=posted)}
    counts = {}
    for pk, fields in posted.items():
        was = before.get(pk)
        kept = _units(fields["kept"], _("Counted")) if "kept" in fields else was and was.kept
        rejected = (
            _units(fields["rejected"], _("Rejected"))
            if "rejected" in fields
            else was and was.rejected
        )
        cost = was.unit_cost if was else None
        if costs and "cost" in fields:
            cost = _cost(fields["cost"])
        counts[pk] = Count(kept or 0, rejected or 0, cost)
    return counts


def _units(text: str, field: str) -> int:
    if text == "":
        return 0
    if not (text.isascii() and text.isdecimal()) or int(text) > MOST_UNITS:
        raise OrderError(
            _("%(field)s: “%(text)s” is not a number of units. Type a whole number, 0 or more.")
            % {"field": field, "text": text[:20]}
        )
    return int(text)


def _cost(text: str) -> Decimal | None:
    """A unit cost in the order's currency, in the shop's way of writing numbers."""
    if text == "":
        return None
    try:
        cost = Decimal(sanitize_separators(ungrouped(text)))
    except InvalidOperation:
        cost = Decimal("NaN")
    if not cost.is_finite() or cost < 0 or cost > MOST_UNITS:
        raise OrderError(
            _("Unit cost: “%s” is not an amount. Type it like 24.00, or leave it empty.")
            % text[:20]
        )
    return cost.quantize(Decimal("0.0001"))
