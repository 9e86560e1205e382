"""The plan: every write with old and new value, the number of calls and the time they take.

A plan is computed from `Wanted`, shown before anything is written, and its figures are kept in
`SendPlan` when a person says yes. Calls are counted as `docs/architecture.md` tells.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import Lane
from integrations.sending.wanted import FamilyWanted, Wanted, brand_name_of
from retailers.formatting import day

DELTA_READS = 4  # suppliers, brands, products, consignments: one page each
PAGE = 1000
WINDOW_SECONDS = 300
SECONDS_A_CALL = 0.4


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is written: what, as it is now, as it will be, and its calls."""

    what: str
    note: str = ""
    now: str = ""
    after: str = ""
    calls: int = 0
    stays: bool = False


@dataclass(slots=True)
class Group:
    """Rows of one kind; `kinds` names the journal's step kinds that fulfil it."""

    key: str
    title: str
    kinds: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    remark: str = ""

    @property
    def calls(self) -> int:
        return sum(row.calls for row in self.rows)


@dataclass(slots=True)
class Plan:
    """The whole of it; amounts in the order's currency, without tax."""

    wanted: Wanted
    groups: list[Group]
    blockers: list[str]
    limit: int
    registers_known: bool

    @property
    def calls(self) -> int:
        return sum(group.calls for group in self.groups)

    @property
    def seconds(self) -> int:
        """About how long it takes at this shop's limit, from a full window."""
        windows = max(math.ceil(self.calls / self.limit) - 1, 0) if self.limit else 0
        return max(round(self.calls * SECONDS_A_CALL) + windows * WINDOW_SECONDS, 1)

    @property
    def minutes(self) -> int:
        return max(math.ceil(self.seconds / 60), 1)

    @property
    def pictures(self) -> int:
        return len(self.wanted.pictures)

    def summary(self) -> dict[str, Any]:
        """What is kept of a plan that somebody agreed to."""
        return {
            "groups": [
                {
                    "key": group.key,
                    "title": group.title,
                    "kinds": list(group.kinds),
                    "remark": group.remark,
                    "rows": [asdict(row) for row in group.rows],
                    "calls": group.calls,
                }
                for group in self.groups
            ],
            "calls": self.calls,
            "lines": len(self.wanted.lines),
            "units": self.wanted.units,
            "cost": str(self.wanted.cost),
            "seconds": self.seconds,
        }


def make_plan(wanted: Wanted) -> Plan:
    """Say what will be written; pure, no statements beyond the lane's limit."""
    lane = Lane.objects.filter(connection=wanted.connection).first()
    groups = [
        _reference_group(wanted),
        _new_group(wanted),
        _changed_group(wanted),
        _order_group(wanted),
        _picture_group(wanted),
        _read_group(wanted),
    ]
    return Plan(
        wanted=wanted,
        groups=[group for group in groups if group.rows],
        blockers=list(_blockers(wanted)),
        limit=(lane.budget_limit if lane and lane.budget_limit else 350),
        registers_known=bool(lane and lane.budget_limit),
    )


def _blockers(wanted: Wanted) -> Iterable[str]:
    order = wanted.order
    if not wanted.connection.is_active:
        yield _("Lightspeed is not connected. Connect it, then send.")
    if order.outlet_id is None:
        yield _("No outlet is chosen. Choose where the goods are delivered to.")
    elif not wanted.outlet_remote:
        yield _("Outlet %s is not in Lightspeed any more. Choose another one.") % order.outlet
    if not wanted.lines:
        yield _("Nothing is left to order: every line is skipped or empty.")
    if wanted.is_foreign and not order.exchange_rate:
        yield _(
            "This order is in %(theirs)s and your shop counts in %(ours)s. Say what one %(theirs)s "
            "is in %(ours)s; costs are written in %(ours)s."
        ) % {"theirs": order.currency, "ours": order.retailer.currency}
    if wanted.lookalikes and not order.pos_choice:
        yield _(
            "Lightspeed already has an order %(number)s of this supplier. Say whether it is this "
            "one or another."
        ) % {"number": order.number}


def _money(amount: Decimal | None, places: int = 2) -> str:
    return _("unknown") if amount is None else number_format(amount, places, force_grouping=True)


def _reference_group(wanted: Wanted) -> Group:
    group = Group("reference", _("Supplier, brand, attributes"), ("supplier", "brand", "attribute"))
    supplier = wanted.order.supplier.name
    group.rows.append(_present_row(_("Supplier"), supplier, present=bool(wanted.supplier_remote)))
    for name in wanted.brands_present:
        group.rows.append(_present_row(_("Brand"), name, present=True))
    for name in wanted.brands:
        group.rows.append(_present_row(_("Brand"), name, present=False))
    for name in wanted.attributes:
        group.rows.append(_present_row(_("Attribute"), name, present=False))
    return group


def _present_row(kind: str, name: str, *, present: bool) -> Row:
    if present:
        return Row(name, kind, _("in your shop"), _("stays as it is"), 0, stays=True)
    return Row(name, kind, _("not in your shop"), _("is created"), 1)


def _new_group(wanted: Wanted) -> Group:
    group = Group("new", _("New products"), ("family",))
    for family in wanted.families:
        group.rows.append(
            Row(
                what=family.new_product.name,
                note=_family_note(family),
                now=_("not in your shop"),
                after=_family_after(family),
                calls=1,
            )
        )
    variants = sum(len(family.variants) for family in wanted.families)
    group.remark = ngettext("%d variant", "%d variants", variants) % variants
    return group


def _family_note(family: FamilyWanted) -> str:
    product = family.new_product
    parts = [product.style_number, brand_name_of(product), " × ".join(product.attributes)]
    return ", ".join(part for part in parts if part)


def _span(amounts: Iterable[Decimal | None]) -> str:
    known = sorted({amount for amount in amounts if amount is not None})
    if not known:
        return _("unknown")
    if len(known) == 1:
        return _money(known[0])
    return _("%(low)s to %(high)s") % {"low": _money(known[0]), "high": _money(known[-1])}


def _family_after(family: FamilyWanted) -> str:
    count = len(family.variants)
    cost = _span(one.supply_price for one in family.variants)
    retail = _span(one.retail_price for one in family.variants)
    what = ngettext("%d product", "%d variants", count) % count
    return _("%(what)s at %(cost)s, retail %(retail)s") % {
        "what": what,
        "cost": cost,
        "retail": retail,
    }


def _changed_group(wanted: Wanted) -> Group:
    group = Group("changed", _("Changed products"), ("variant", "activate"))
    for addition in wanted.additions:
        product = addition.decision.product
        options = " / ".join(value for _name, value in addition.variant.options)
        group.rows.append(
            Row(
                what=product.name if product else "",
                note=options,
                now=_("without this variant"),
                after=_("%(options)s added at %(cost)s, retail %(retail)s")
                % {
                    "options": options,
                    "cost": _money(addition.variant.supply_price),
                    "retail": _money(addition.variant.retail_price),
                },
                calls=1,
            )
        )
    for variant in wanted.reactivations:
        group.rows.append(Row(str(variant), variant.sku, _("inactive"), _("active again"), 1))
    return group


def _order_group(wanted: Wanted) -> Group:
    order = wanted.order
    group = Group("order", _("Purchase order"), ("consignment", "lines", "line", "status"))
    if not wanted.lines:
        return group
    adopted = order.pos_choice == "adopt" or wanted.in_pos is not None
    due = day(order.ship_end) if order.ship_end else _("no date")
    group.rows.append(
        Row(
            what=_("Order %(number)s, %(supplier)s")
            % {"number": order.number, "supplier": order.supplier.name},
            note=_("to %(outlet)s, due %(due)s, note “%(note)s”")
            % {"outlet": order.outlet or _("no outlet"), "due": due, "note": order.pos_note},
            now=_("entered already") if adopted else _("not in your shop"),
            after=_("is used") if adopted else _("open order"),
            calls=0 if adopted else 1,
        )
    )
    group.rows.append(
        Row(
            what=_("%(lines)d lines, %(units)d units")
            % {"lines": len(wanted.lines), "units": wanted.units},
            note=_("at most %d in a call") % settings.XSERIES_BULK_LINES,
            after=f"{order.retailer.currency} {_money(wanted.cost)}",
            calls=math.ceil(len(wanted.lines) / settings.XSERIES_BULK_LINES),
        )
    )
    group.rows.append(
        Row(_("Mark as sent"), _("so that it can be received"), _("open"), _("sent"), 1)
    )
    return group


def _picture_group(wanted: Wanted) -> Group:
    group = Group("pictures", _("Pictures"), ("image",))
    count = len(wanted.pictures)
    if count:
        names = ", ".join(dict.fromkeys(product.name for product, _url in wanted.pictures))
        group.rows.append(
            Row(
                what=ngettext("%d picture", "%d pictures", count) % count,
                note=names if len(names) <= 120 else f"{names[:119]}…",
                now=_("none"),
                after=_("uploaded last; the order does not wait for them"),
                calls=count,
            )
        )
    return group


def _read_group(wanted: Wanted) -> Group:
    """The reads that make it exactly-once: what changed, the new ids, and the comparison."""
    group = Group("read", _("Read back"), ())
    if not wanted.lines:
        return group
    group.rows.append(Row(_("What changed in Lightspeed since the last look"), calls=DELTA_READS))
    if wanted.new_variants:
        group.rows.append(
            Row(
                _("Ids of the new products"),
                calls=math.ceil(wanted.new_variants / PAGE) + 1,
            )
        )
    group.rows.append(
        Row(
            _("The order as Lightspeed has it, compared with this plan"),
            calls=math.ceil(len(wanted.lines) / PAGE),
        )
    )
    return group
