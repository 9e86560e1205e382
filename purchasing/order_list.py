"""The list of orders: tabs and filters of the address, sums that follow them, keyset pages.

One statement reads the page, one the sums and the choices of all filters; a search adds one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from purchasing.models import Decision, OrderChange, PurchaseOrder

Status = PurchaseOrder.Status
PAGE = 50

TABS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "open": (
        _("Open"),
        (
            Status.TO_REVIEW,
            Status.APPROVED,
            Status.SENDING,
            Status.ON_ORDER,
            Status.PART_RECEIVED,
            Status.DRAFT,
            Status.SUBMITTED,
            Status.WITH_BRAND,
        ),
    ),
    "review": (_("To review"), (Status.TO_REVIEW, Status.APPROVED)),
    "coming": (_("On order"), (Status.SENDING, Status.ON_ORDER, Status.PART_RECEIVED)),
    "brand": (_("Not final"), (Status.WATCHING,)),
    "done": (_("Received"), (Status.RECEIVED, Status.CLOSED_SHORT)),
    "elsewhere": (_("Handled elsewhere"), (Status.ELSEWHERE,)),
    "cancelled": (_("Cancelled"), (Status.CANCELLED,)),
    "all": (_("All"), tuple(Status.values)),
}
ARRIVALS = {"late": _("Late"), "week": _("Next 7 days"), "month": _("Next 30 days")}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; anything it cannot mean is left out."""

    tab: str = "open"
    q: str = ""
    supplier: int | None = None
    outlet: int | None = None
    arrives: str = ""
    before: int | None = None
    after: int | None = None

    @classmethod
    def from_query(cls, query: QueryDict) -> "Filters":
        tab = query.get("tab", "open")
        arrives = query.get("arrives", "")
        return cls(
            tab=tab if tab in TABS else "open",
            q=query.get("q", "").replace("\0", "").strip()[:100],
            supplier=_number(query.get("supplier")),
            outlet=_number(query.get("outlet")),
            arrives=arrives if arrives in ARRIVALS else "",
            before=_number(query.get("before")),
            after=_number(query.get("after")),
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the tab is chosen."""
        return bool(self.q or self.supplier or self.outlet or self.arrives)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


@dataclass(slots=True)
class Sums:
    """Orders, units and cost by currency of what the filters leave."""

    orders: int = 0
    units: int = 0
    received: int = 0
    costs: dict[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class OrderPage:
    """One page of the list with everything around it."""

    filters: Filters
    orders: list[Any]
    sums: Sums
    tabs: list[tuple[str, str | Promise, int]]
    suppliers: list[tuple[int, str]]
    outlets: list[tuple[int, str]]
    newer: int | None = None
    older: int | None = None


def matching(filters: Filters, *, today: date) -> QuerySet[PurchaseOrder]:
    """The orders the filters leave, unordered."""
    rows: QuerySet[PurchaseOrder] = PurchaseOrder.objects.filter(status__in=TABS[filters.tab][1])
    if filters.supplier:
        rows = rows.filter(supplier=filters.supplier)
    if filters.outlet:
        rows = rows.filter(outlet=filters.outlet)
    if filters.arrives == "late":
        rows = rows.filter(ship_end__lt=today)
    elif filters.arrives:
        days = 7 if filters.arrives == "week" else 30
        rows = rows.filter(ship_end__range=(today, today + timedelta(days=days)))
    for word in filters.q.split():
        rows = rows.filter(
            Q(number__icontains=word)
            | Q(customer_po__icontains=word)
            | Q(supplier__name__icontains=word)
            | Q(lines__item__style_number__iexact=word)
            | Q(lines__item__code=word)
        )
    return rows.distinct() if filters.q else rows


def order_page(filters: Filters, *, today: date) -> OrderPage:
    """Read one page."""
    rows = _with_work(matching(filters, today=today)).select_related("supplier", "outlet")
    page, newer, older = _keyset(rows, filters)
    groups = list(
        PurchaseOrder.objects.values(
            "status", "currency", "supplier", "supplier__name", "outlet", "outlet__name"
        )
        .annotate(n=Count("id"), sum_units=Sum("units"), got=Sum("units_received"), sum=Sum("cost"))
        .order_by()
    )
    narrow = filters.q or filters.arrives
    sums = _searched_sums(filters, today) if narrow else _sums(groups, filters)
    return OrderPage(
        filters=filters,
        orders=page,
        sums=sums,
        tabs=_tab_counts(groups),
        suppliers=_choices(groups, "supplier"),
        outlets=_choices(groups, "outlet"),
        newer=newer,
        older=older,
    )


def _with_work(rows: QuerySet[PurchaseOrder]) -> QuerySet[PurchaseOrder]:
    """What each order still asks of a person, by sub-select: no statement per row."""
    open_items = (
        Decision.objects.filter(order=OuterRef("pk"), state__in=("open", "held"))
        .order_by()
        .values("order")
        .annotate(n=Count("pk"))
        .values("n")
    )
    conflicts = (
        Decision.objects.filter(order=OuterRef("pk"), state__in=("open", "held"), bin="conflict")
        .order_by()
        .values("order")
        .annotate(n=Count("pk"))
        .values("n")
    )
    changes = (
        OrderChange.objects.filter(order=OuterRef("pk"), state=OrderChange.State.OPEN)
        .order_by()
        .values("order")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return rows.annotate(
        open_items=Coalesce(Subquery(open_items), 0),
        conflicts=Coalesce(Subquery(conflicts), 0),
        open_changes=Coalesce(Subquery(changes), 0),
    )


def _keyset(
    rows: QuerySet[PurchaseOrder], filters: Filters
) -> tuple[list[PurchaseOrder], int | None, int | None]:
    """Newest first; `before` and `after` are ids, so page 4,000 costs what page 1 costs."""
    if filters.after is not None:
        found = list(rows.filter(pk__gt=filters.after).order_by("pk")[: PAGE + 1])
        more = len(found) > PAGE
        page = found[:PAGE][::-1]
        return page, (page[0].pk if more and page else None), (page[-1].pk if page else None)
    if filters.before is not None:
        rows = rows.filter(pk__lt=filters.before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    page = found[:PAGE]
    newer = page[0].pk if page and filters.before is not None else None
    older = page[-1].pk if len(found) > PAGE else None
    return page, newer, older


def _sums(groups: Iterable[Mapping[str, Any]], filters: Filters) -> Sums:
    sums = Sums()
    for group in groups:
        if group["status"] not in TABS[filters.tab][1]:
            continue
        if filters.supplier and group["supplier"] != filters.supplier:
            continue
        if filters.outlet and group["outlet"] != filters.outlet:
            continue
        _add(sums, group)
    return sums


def _searched_sums(filters: Filters, today: date) -> Sums:
    """Sums of a search; over ids, since a join with lines would count an order twice."""
    sums = Sums()
    ids = matching(filters, today=today).order_by().values("pk")
    for group in (
        PurchaseOrder.objects.filter(pk__in=ids)
        .values("currency")
        .annotate(n=Count("id"), sum_units=Sum("units"), got=Sum("units_received"), sum=Sum("cost"))
        .order_by()
    ):
        _add(sums, group)
    return sums


def _add(sums: Sums, group: Mapping[str, Any]) -> None:
    sums.orders += group["n"]
    sums.units += group["sum_units"] or 0
    sums.received += group["got"] or 0
    cost = sums.costs.get(group["currency"], Decimal(0))
    sums.costs[group["currency"]] = cost + (group["sum"] or 0)


def _tab_counts(groups: Sequence[Mapping[str, Any]]) -> list[tuple[str, str | Promise, int]]:
    return [
        (key, label, sum(group["n"] for group in groups if group["status"] in statuses))
        for key, (label, statuses) in TABS.items()
    ]


def _choices(groups: Sequence[Mapping[str, Any]], name: str) -> list[tuple[int, str]]:
    found = {group[name]: group[f"{name}__name"] for group in groups if group[name]}
    return sorted(found.items(), key=lambda one: one[1].casefold())
