"""What a new product costs the customer and the shop: the shop's price rules applied to one size.

All amounts are per unit. Wholesale is without tax; whether MSRP holds tax and whether the shop
keeps its prices with tax are settings (edge case 55). Unknown stays None.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.formats import sanitize_separators
from django.utils.translation import gettext as _

from purchasing.errors import OrderError
from purchasing.records import Problem
from retailers.formatting import money, places_of, ungrouped
from retailers.shop_rules import ShopRules

WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class PriceSetting:
    """What decides a price besides the item: rules, the shop's currency and its tax setting.

    `rate` is the shop's currency for one unit of the order's, None while nobody gave it.
    """

    rules: ShopRules
    currency: str
    prices_include_tax: bool
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Retail:
    """A retail price as the shop keeps prices (with or without tax), and what was odd about it."""

    price: Decimal | None
    problems: tuple[Problem, ...] = ()


def cost_of(
    rules: ShopRules, *, unit_cost: Decimal | None, list_cost: Decimal | None
) -> Decimal | None:
    """The supplier price written to a new product: net of this order's discounts, or the list's."""
    if rules.cost_from == "list" and list_cost is not None:
        return list_cost
    return unit_cost


def retail_price(
    setting: PriceSetting,
    *,
    msrp: Decimal | None,
    wholesale: Decimal | None,
    currency: str,
    tax_rate: Decimal | None,
) -> Retail:
    """The retail price of a new product.

    `currency` is that of msrp and wholesale; `tax_rate` is a fraction, None when unknown. The
    markup gives the price as the shop keeps it, as in the rule's worked example.
    """
    if currency and setting.currency and currency != setting.currency:
        if setting.rate is None:
            return Retail(None, (_foreign(currency, setting.currency),))
        msrp = None if msrp is None else msrp * setting.rate
        wholesale = None if wholesale is None else wholesale * setting.rate
        currency = setting.currency
    if setting.rules.retail_price_from == "markup":
        return _marked_up(setting, wholesale, ())
    if not msrp or msrp < 0:
        return _marked_up(setting, wholesale, (_no_msrp(),))
    if wholesale is not None and msrp < wholesale:
        return _marked_up(setting, wholesale, (_below(msrp, wholesale, currency),))
    return _taxed(setting, msrp, tax_rate)


def read_rate(text: str) -> Decimal:
    """An exchange rate as somebody typed it. Raises OrderError on what is none."""
    try:
        rate = Decimal(sanitize_separators(ungrouped(text.strip())))
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or not Decimal("0.00001") <= rate <= 100_000:
        words = _("“%s” is not an exchange rate. Type it like 1.0842.") % text.strip()[:20]
        raise OrderError(words, field="rate")
    return rate.quantize(Decimal("0.00000001"))


def margin(price: Decimal | None, cost: Decimal | None) -> Decimal | None:
    """The part of the price that stays with the shop, as a ratio; both without tax."""
    if not price or cost is None:
        return None
    return (price - cost) / price


def without_tax(
    price: Decimal | None, *, prices_include_tax: bool, tax_rate: Decimal | None
) -> Decimal | None:
    """A retail price as margins need it. None where the tax in it is not known."""
    if price is None or not prices_include_tax:
        return price
    return None if tax_rate is None else price / (1 + tax_rate)


def _marked_up(
    setting: PriceSetting, wholesale: Decimal | None, problems: tuple[Problem, ...]
) -> Retail:
    if not wholesale:
        return Retail(None, (*problems, _no_price()))
    return Retail(_rounded(setting, wholesale * setting.rules.markup / WHOLE), problems)


def _taxed(setting: PriceSetting, msrp: Decimal, rate: Decimal | None) -> Retail:
    holds_tax = setting.rules.msrp_includes_tax
    if holds_tax == setting.prices_include_tax:
        return Retail(_rounded(setting, msrp))
    if rate is None:
        return Retail(_rounded(setting, msrp), (_tax_unknown(),))
    price = msrp / (1 + rate) if holds_tax else msrp * (1 + rate)
    return Retail(_rounded(setting, price))


def _rounded(setting: PriceSetting, price: Decimal) -> Decimal:
    return price.quantize(Decimal(1).scaleb(-places_of(setting.currency)), ROUND_HALF_UP)


def _foreign(theirs: str, ours: str) -> Problem:
    text = _(
        "The suggested price is in %(theirs)s and the shop sells in %(ours)s: "
        "give the exchange rate, or type a price."
    )
    return Problem("price-currency", text % {"theirs": theirs, "ours": ours}, field="retail_price")


def _no_msrp() -> Problem:
    text = _("The brand sends no suggested retail price; the shop's markup was used.")
    return Problem("price-fallback", text, blocks=False, field="retail_price")


def _below(msrp: Decimal, wholesale: Decimal, currency: str) -> Problem:
    text = _(
        "The suggested retail price %(msrp)s is below wholesale %(wholesale)s; "
        "the shop's markup was used."
    ) % {"msrp": money(msrp, currency), "wholesale": money(wholesale, currency)}
    return Problem("price-fallback", text, blocks=False, field="retail_price")


def _no_price() -> Problem:
    text = _("Neither a suggested price nor a wholesale price is known. Type a price.")
    return Problem("price-missing", text, field="retail_price")


def _tax_unknown() -> Problem:
    text = _("The tax rate is not known, so the suggested price was taken as it came.")
    return Problem("price-tax", text, blocks=False, field="retail_price")
