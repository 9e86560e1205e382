"""Both sides of a style, field by field: what NuORDER sends, what the shop has, what happens.

Linking changes nothing that the shop typed (its name, price, description and pictures stay).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Product, Variant
from catalog.names import attribute_alias, code_key, name_key
from purchasing.models import PurchaseOrder
from purchasing.pricing import margin
from purchasing.review.sheet import Facts
from purchasing.review.styles import Style
from retailers.formatting import amount, money, percent


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison; `same` rows agree."""

    field: str
    theirs: str
    ours: str
    outcome: str
    same: bool = False


def compare(
    order: PurchaseOrder, style: Style, product: Product, facts: Facts, *, with_costs: bool
) -> list[Row]:
    """Their side and ours; linking changes nothing that the shop typed."""
    first = style.sizes[0].item
    variants = facts.variants.get(product.pk, [])
    stays = _("Yours stays")
    holds_style = first.style_key and any(
        code_key(facts.codes.get(one.pk, "")).startswith(first.style_key) for one in variants
    )
    codes = _common([facts.codes.get(one.pk, "") for one in variants])
    held = first.style_number if holds_style else codes
    rows = [
        _row(_("Name"), first.name, product.name, stays),
        _row(_("Style number"), first.style_number, held, stays, same=bool(holds_style)),
        _row(_("Brand"), first.brand_name, product.brand.name if product.brand else "", stays),
    ]
    for alias, label in (("colour", _("Colours")), ("size", _("Sizes"))):
        rows.append(_values_row(alias, label, style, variants))
    rows.append(_barcode_row(style, variants, facts))
    if with_costs:
        rows.append(_cost_row(order, style, variants))
    rows.append(_price_row(order, style, variants))
    return rows


def _row(label: str, theirs: str, ours: str, outcome: str, *, same: bool | None = None) -> Row:
    agree = name_key(theirs or "") == name_key(ours or "") if same is None else same
    return Row(label, theirs or "", ours or "", _("Same") if agree else outcome, agree)


def _common(codes: list[str]) -> str:
    named = [code for code in codes if code]
    if not named:
        return ""
    return (
        named[0]
        if len(set(named)) == 1
        else _("%(first)s and %(n)d more")
        % {
            "first": named[0],
            "n": len(set(named)) - 1,
        }
    )


def _values_row(alias: str, label: str, style: Style, variants: list[Variant]) -> Row:
    attribute = "colour" if alias == "colour" else "size"
    theirs = list(dict.fromkeys(getattr(s.item, attribute) for s in style.sizes))
    ours = list(
        dict.fromkeys(
            str(option["value"])
            for one in variants
            for option in one.options
            if attribute_alias(str(option["name"])) == alias
        )
    )
    known = {code_key(value) for value in ours}
    extra = [value for value in theirs if value and code_key(value) not in known]
    if not ours:
        outcome = _("Yours has no such attribute") if any(theirs) else ""
    elif extra:
        outcome = _("%s would be added") % ", ".join(extra[:6])
    else:
        outcome = _("All there")
    return Row(label, ", ".join(v for v in theirs if v), ", ".join(ours), outcome, not extra)


def _barcode_row(style: Style, variants: list[Variant], facts: Facts) -> Row:
    mine = set().union(*(facts.gtins.get(one.pk, set()) for one in variants)) if variants else set()
    theirs = [size.item.gtin14 for size in style.sizes if size.item.gtin14]
    agree = sum(1 for gtin in theirs if gtin in mine)
    return Row(
        _("Barcodes"),
        ngettext("%d valid", "%d valid", len(theirs)) % len(theirs),
        ngettext("%d on it", "%d on it", len(mine)) % len(mine),
        _("%(n)d of %(total)d agree") % {"n": agree, "total": len(theirs)},
        bool(theirs) and agree == len(theirs),
    )


def _cost_row(order: PurchaseOrder, style: Style, variants: list[Variant]) -> Row:
    theirs = [line.unit_cost for size in style.sizes for line in size.lines]
    ours = [one.supply_price for one in variants]
    low, mine = _span(theirs), _span(ours)
    change = ""
    if low[0] is not None and mine[0] and low[0] != mine[0]:
        ratio = (low[0] - mine[0]) / mine[0]
        change = _("%(change)s (%(percent)s). The order carries theirs; yours stays") % {
            "change": amount(low[0] - mine[0], order.currency),
            "percent": percent(ratio),
        }
    same = low == mine
    return Row(
        _("Supplier price"),
        _money_span(low, order.currency),
        _money_span(mine, order.retailer.currency),
        _("Same") if same else change or _("Yours stays"),
        same,
    )


def _price_row(order: PurchaseOrder, style: Style, variants: list[Variant]) -> Row:
    with_tax = order.retailer.prices_include_tax
    ours = _span(
        [one.price_including_tax if with_tax else one.price_excluding_tax for one in variants]
    )
    theirs = _span([size.item.msrp for size in style.sizes])
    costs = _span([line.unit_cost for size in style.sizes for line in size.lines])
    words = _("Yours stays")
    ratio = margin(ours[0], costs[1])
    if ratio is not None and not with_tax and order.currency == order.retailer.currency:
        words = _("Yours stays, margin %s") % percent(ratio)
    return Row(
        _("Retail price"),
        _("%s suggested") % _money_span(theirs, order.currency),
        _money_span(ours, order.retailer.currency),
        words,
        theirs == ours,
    )


def _span(values: Iterable[Decimal | None]) -> tuple[Decimal | None, Decimal | None]:
    known = [value for value in values if value is not None]
    return (min(known), max(known)) if known else (None, None)


def _money_span(span: tuple[Decimal | None, Decimal | None], currency: str) -> str:
    low, high = span
    if low == high or high is None:
        return money(low, currency)
    return f"{money(low, currency)} – {amount(high, currency)}"
