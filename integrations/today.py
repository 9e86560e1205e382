"""What needs whom today: the list, what arrives, what is on order. Read by the page Today.

A fixed number of queries, whatever the number of orders.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import SyncTask
from integrations.standing import Line, Standing, Waiting
from purchasing.changes import told_once
from purchasing.models import Decision, Delivery, OrderBody, OrderChange, OrderLine, PurchaseOrder
from retailers.access import Ability

Status = PurchaseOrder.Status
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits for a person; `tag` is a state of the UI kit, hidden word included."""

    tag: str
    kind: str
    what: str
    why: str
    address: str
    act: str
    order: PurchaseOrder | None = None
    is_way_forward: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """An order expected this week or late; costs in the order's currency, None where unknown."""

    order: PurchaseOrder
    units: int
    cost: Decimal | None
    late_days: int

    @property
    def is_today(self) -> bool:
        return self.order.ship_end == timezone.localdate()


@dataclass(frozen=True, slots=True)
class OnOrder:
    """Open cost in one currency, by month of arrival; a month of None has no ship window."""

    currency: str
    cost: Decimal
    orders: int
    months: list[tuple[date | None, Decimal]]

    @property
    def most(self) -> Decimal:
        return max((cost for _month, cost in self.months), default=Decimal(0))


# --- Needs you -------------------------------------------------------------------------------


def todo_list(now: Standing, abilities: Collection[Ability]) -> list[Todo]:
    """Parked work, keys, orders to review, changed orders, unreadable orders: in this order.

    Only what this person may settle: a receiver is not sent to reviews, nor a buyer to keys.
    """
    found: list[Todo] = []
    buys = Ability.BUY in abilities
    if buys:
        stopped = [one for one in now.parked if one.task.trouble != SyncTask.Trouble.RECONNECT]
        found += map(_stopped, stopped)
    if Ability.CONNECT in abilities:
        found += (_key(line) for line in now.lines if line.act in ("reconnect", "code"))
    if buys:
        found += [*_reviews(), *_changes(), *_unread()]
    return found


def _stopped(one: Waiting) -> Todo:
    return Todo("stopped", _("Parked"), one.title, one.why, one.address, _("Settle it"))


def _key(line: Line) -> Todo:
    what = {
        "code": _("Paste the verification code of %(name)s"),
        "reconnect": _("Sign in to %(name)s again"),
    }[line.act]
    return Todo(
        "paused",
        line.word,
        what % {"name": line.connection.name},
        line.connection.last_trouble
        or _("What you decide meanwhile is kept, and sent when the line is back."),
        reverse("connection", args=[line.connection.pk]),
        _("Connect"),
    )


def _reviews() -> Iterable[Todo]:
    """Orders to review, oldest first, each with how far it is decided."""
    orders = list(
        PurchaseOrder.objects.filter(status=Status.TO_REVIEW)
        .select_related("supplier")
        .order_by(F("ordered_at").asc(nulls_last=True), "id")[:SHOWN]
    )
    bins = _bins(orders)
    for place, order in enumerate(orders):
        yield Todo(
            "new",
            _("To review"),
            _("Review order %(number)s from %(supplier)s")
            % {"number": order.number, "supplier": order.supplier.name},
            _progress_of(bins[order.pk]),
            reverse("review", args=[order.pk]),
            _("Review"),
            order,
            is_way_forward=place == 0,
        )


def _bins(orders: list[PurchaseOrder]) -> dict[int, dict[str, int]]:
    """How many styles are decided, certain and open, by order (one query)."""
    state = Decision.State
    waits = Q(state=state.OPEN)
    rows = (
        Decision.objects.filter(order__in=[order.pk for order in orders])
        .values("order_id")
        .annotate(
            all=Count("item__style_key", distinct=True),
            open=Count("item__style_key", distinct=True, filter=waits),
            look=Count(
                "item__style_key", distinct=True, filter=waits & ~Q(bin=Decision.Bin.CERTAIN)
            ),
        )
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        # A style with one open size that is not certain needs a look, whatever its other sizes.
        certain = row["open"] - row["look"]
        found[row["order_id"]] = {"all": row["all"], "certain": certain, "look": row["look"]}
    return found


def _progress_of(bins: dict[str, int]) -> str:
    if not bins:
        return _("Not matched yet.")
    if not bins["certain"] and not bins["look"]:
        return _("Everything is decided; approve it.")
    parts = []
    if bins["certain"]:
        parts.append(
            ngettext(
                "%(n)s of %(all)s styles is certain",
                "%(n)s of %(all)s styles are certain",
                bins["certain"],
            )
            % {"n": bins["certain"], "all": bins["all"]}
        )
    if bins["look"]:
        parts.append(
            ngettext("%(n)s needs a look", "%(n)s need a look", bins["look"]) % {"n": bins["look"]}
        )
    return ", ".join(parts) + "."


def _changes() -> Iterable[Todo]:
    """Orders the brand changed since they were taken, each with its first two changes."""
    open_ones = OrderChange.objects.filter(state=OrderChange.State.OPEN)
    orders = open_ones.order_by("-order_id").values_list("order_id", flat=True).distinct()[:SHOWN]
    rows = (
        open_ones.filter(order__in=list(orders))
        .select_related("order__supplier")
        .order_by("-order_id", "id")
    )
    by_order: dict[int, list[OrderChange]] = defaultdict(list)
    for row in rows:
        by_order[row.order_id].append(row)
    for found in by_order.values():
        changes, order = told_once(found), found[0].order
        rest = len(changes) - 2
        why = " ".join(one.text for one in changes[:2])
        if rest > 0:
            why += " " + ngettext("And %(n)s more.", "And %(n)s more.", rest) % {"n": rest}
        yield Todo(
            "changed",
            _("Changed"),
            _("%(supplier)s changed order %(number)s")
            % {"number": order.number, "supplier": order.supplier.name},
            why,
            reverse("order", args=[order.pk]),
            _("See changes"),
            order,
        )


def _unread() -> Iterable[Todo]:
    """Orders that came in a shape nobody could read."""
    for body in OrderBody.objects.filter(order__isnull=True).exclude(trouble="")[:SHOWN]:
        yield Todo(
            "stopped",
            _("Not readable"),
            _("An order from NuORDER could not be read"),
            body.trouble,
            _where_from(body.source),
            _("See it"),
        )


def _where_from(source: str) -> str:
    """The page of the portal a body came through (`nuorder:3`)."""
    _system, _sep, number = source.partition(":")
    return reverse("connection", args=[number]) if number.isdecimal() else reverse("sync")


def more_reviews(todo: list[Todo]) -> int:
    """Orders to review beyond those in the list."""
    shown = sum(1 for one in todo if one.kind == _("To review"))
    if shown < SHOWN:
        return 0
    return PurchaseOrder.objects.filter(status=Status.TO_REVIEW).count() - shown


def headline(todo: list[Todo], arriving: list[Arrival], *, more: int = 0) -> str:
    """The page in one sentence; `more` orders to review wait besides those listed."""
    waits = len(todo) + more
    comes = len(arriving)
    first = ngettext("%(n)s thing waits for you", "%(n)s things wait for you", waits)
    reviews = more + sum(1 for one in todo if one.kind == _("To review"))
    if reviews == waits:
        first = ngettext("%(n)s order waits for you", "%(n)s orders wait for you", waits)
    second = ngettext(
        "%(n)s delivery comes this week", "%(n)s deliveries come this week", comes
    ) % {"n": _spelled(comes)}
    if not waits and not comes:
        return _("Nothing needs you now")
    if not waits:
        return _("Nothing needs you now; %(second)s") % {"second": second}
    sentence = first % {"n": _spelled(waits)}
    sentence = f"{sentence}, {second}" if comes else sentence
    return sentence[:1].upper() + sentence[1:]


def _spelled(n: int) -> str:
    """Up to twelve in words, as in a sentence."""
    words = _("no one two three four five six seven eight nine ten eleven twelve").split()
    return words[n] if n < len(words) else str(n)


# --- Arriving and on order -------------------------------------------------------------------


def arriving(today: date, limit: int = 8) -> list[Arrival]:
    """Orders in the POS whose ship window has opened by Sunday and that are not all here."""
    sunday = today + timedelta(days=6 - today.weekday())
    orders = list(
        PurchaseOrder.objects.filter(status__in=PurchaseOrder.RECEIVABLE)
        .filter(Q(ship_end__lte=sunday) | Q(ship_end__isnull=True, ship_start__lte=sunday))
        .select_related("supplier", "outlet")
        .order_by(F("ship_end").asc(nulls_last=True), "id")[:limit]
    )
    open_now = _outstanding(orders)
    return [
        Arrival(
            order,
            *open_now.get(order.pk, (0, None)),
            late_days=max((today - order.ship_end).days, 0) if order.ship_end else 0,
        )
        for order in orders
    ]


def _open_lines() -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(removed=False, closed_short=False, quantity__gt=F("received"))


def _outstanding(orders: list[PurchaseOrder]) -> dict[int, tuple[int, Decimal | None]]:
    """Units and cost still to come, by order (one query)."""
    left = F("quantity") - F("received")
    rows = (
        _open_lines()
        .filter(order__in=[order.pk for order in orders])
        .values("order_id")
        .annotate(units=Sum(left), open_cost=Sum(left * F("unit_cost")))
    )
    return {row["order_id"]: (row["units"], row["open_cost"]) for row in rows}


def on_order() -> list[OnOrder]:
    """Open cost per currency, never added across currencies; the largest first (one query)."""
    left = F("quantity") - F("received")
    rows = (
        _open_lines()
        .filter(order__status__in=PurchaseOrder.RECEIVABLE)
        .values("order_id", "order__currency", "order__ship_end", "order__ship_start")
        .annotate(open_cost=Sum(left * F("unit_cost")))
    )
    by_currency: dict[str, dict[date | None, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        day = row["order__ship_end"] or row["order__ship_start"]
        month = day.replace(day=1) if day else None
        by_currency[row["order__currency"]][month] += row["open_cost"] or Decimal(0)
        counts[row["order__currency"]] += 1
    found = [
        OnOrder(
            currency,
            sum(months.values(), Decimal(0)),
            counts[currency],
            sorted(months.items(), key=lambda pair: (pair[0] is None, pair[0] or date.max)),
        )
        for currency, months in by_currency.items()
    ]
    return sorted(found, key=lambda one: -one.cost)


# --- A new shop ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to the first order; `is_next` is where the person stands."""

    title: str
    text: str
    address: str
    act: str
    done: bool
    is_next: bool = False


def first_steps(now: Standing) -> list[Step]:
    """The way through the first order; empty once it has been walked (two queries)."""
    orders = PurchaseOrder.objects.exclude(status=Status.ELSEWHERE)
    facts = orders.aggregate(
        known=Count("id"),
        decided=Count("id", filter=Q(approved_at__isnull=False)),
        sent=Count("id", filter=Q(sent_at__isnull=False)),
    )
    received = Delivery.objects.exclude(state=Delivery.State.COUNTING).exists()
    if received and facts["sent"]:
        return []
    first = orders.order_by("id").values_list("pk", flat=True).first() if facts["known"] else None
    pos = bool(now.pos and now.pos.connection.is_active)
    portal = any(one.connection.is_active for one in now.portals)
    plan = [
        (
            _("Connect Lightspeed"),
            _("Sign in there once and allow PO Sync. Your products, stock and suppliers are read."),
            reverse("connections"),
            _("Connect Lightspeed"),
            pos,
        ),
        (
            _("Connect a brand in NuORDER"),
            _("Each brand portal has a key of its own; we show where it is."),
            reverse("portal-add"),
            _("Add a brand"),
            portal,
        ),
        (
            _("Place the order in NuORDER"),
            _("Order there as you always do. Once the brand has approved it, it comes by itself."),
            reverse("orders"),
            _("See orders"),
            facts["known"] > 0,
        ),
        (
            _("Review it"),
            _("Each product is created in Lightspeed or linked to one you have."),
            reverse("review", args=[first]) if first else reverse("orders"),
            _("Review"),
            facts["decided"] > 0,
        ),
        (
            _("Send it to Lightspeed"),
            _("You see what will be written before anything is."),
            reverse("plan", args=[first]) if first else reverse("orders"),
            _("See the plan"),
            facts["sent"] > 0,
        ),
        (
            _("Receive the delivery"),
            _("Scan or count what arrives; stock rises by what you keep."),
            reverse("receiving"),
            _("Receive"),
            received,
        ),
    ]
    here = next((place for place, step in enumerate(plan) if not step[4]), len(plan))
    return [Step(*step, is_next=place == here) for place, step in enumerate(plan)]
