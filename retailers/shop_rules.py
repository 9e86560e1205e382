"""The shop's rules: each with a kind, a default and a worked example, set in shop settings.

Read with `rules_of(retailer)`: attributes by key, the default where nobody set one.
"""

from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from retailers.models import Retailer, RuleSetting
from retailers.scope import acting_for

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `kind` is choice, yes_no, whole, percent or text."""

    key: str
    group: Text
    label: Text
    example: Text
    kind: str
    default: Any
    choices: tuple[tuple[str, Text], ...] = ()
    minimum: int = 0
    maximum: int = 100


RULES: tuple[Rule, ...] = (
    Rule(
        "one_size_label",
        _("New products"),
        _("Sizes that mean “one size”"),
        _(
            "NuORDER sends OS, onesize or default for a scarf. The scarf becomes a plain product "
            "without a Size attribute. Write the labels with commas."
        ),
        "text",
        "OS, O/S, onesize, one size, default, uni, unica, tu, nosize, n/a, ns, -",
    ),
    Rule(
        "image_count",
        _("New products"),
        _("Pictures brought along for a new product"),
        _("With 1, a jacket that NuORDER shows in five pictures arrives with its first."),
        "whole",
        1,
        minimum=0,
        maximum=10,
    ),
    Rule(
        "retail_price_from",
        _("Prices"),
        _("Retail price of a new product"),
        _("MSRP 60.00, wholesale 24.00. “MSRP”: 60.00. “Wholesale × markup” at 2.2: 52.80."),
        "choice",
        "msrp",
        (("msrp", _("MSRP")), ("markup", _("Wholesale × markup"))),
    ),
    Rule(
        "markup",
        _("Prices"),
        _("Markup, also used where MSRP is missing or below wholesale"),
        _("At 220 %, wholesale 24.00 becomes 52.80."),
        "percent",
        "220",
        minimum=100,
        maximum=1000,
    ),
    Rule(
        "msrp_includes_tax",
        _("Prices"),
        _("The MSRP that brands send includes sales tax"),
        _("MSRP 60.00 at 20 % tax. “Yes”: the shelf price with tax is 60.00. “No”: it is 72.00."),
        "yes_no",
        False,
    ),
    Rule(
        "cost_from",
        _("Prices"),
        _("Supplier price written to a new product"),
        _(
            "Wholesale 30.00, this order 10 % off. “What this order costs”: 27.00. "
            "“List wholesale”: 30.00. The purchase order always carries 27.00."
        ),
        "choice",
        "net",
        (("net", _("What this order costs")), ("list", _("List wholesale"))),
    ),
    Rule(
        "over_receipt",
        _("Receiving"),
        _("When more arrives than was ordered"),
        _(
            "12 ordered, 13 counted. “Ask”: the receiver confirms the extra one. “Refuse”: 12 at "
            "most. “Accept”: 13 are booked and the extra is marked."
        ),
        "choice",
        "ask",
        (("ask", _("Ask")), ("refuse", _("Refuse")), ("accept", _("Accept"))),
    ),
    Rule(
        "over_receipt_percent",
        _("Receiving"),
        _("Extra units accepted without asking"),
        _("12 ordered. At 10 % one extra unit is taken as it comes; the second asks."),
        "percent",
        "0",
        maximum=100,
    ),
    Rule(
        "remainder",
        _("Receiving"),
        _("When less arrives, the rest is by default"),
        _(
            "12 ordered, 8 came. “Expected”: a follow-up order for 4 waits there. “Not coming”: "
            "the order is closed with 8."
        ),
        "choice",
        "follow_up",
        (("follow_up", _("Expected later")), ("close", _("Not coming"))),
    ),
    Rule(
        "receivers_see_costs",
        _("People"),
        _("Receivers see costs"),
        _("“No”: Ben counts 12 units and sees no price."),
        "yes_no",
        False,
    ),
    Rule(
        "follow_days",
        _("Sync"),
        _("Days a finished order is still compared with NuORDER"),
        _("At 60, an order received on 1 March is read for the last time on 30 April."),
        "whole",
        60,
        minimum=0,
        maximum=365,
    ),
)
RULE_BY_KEY = {rule.key: rule for rule in RULES}


class ShopRules(SimpleNamespace):
    """The values in force, by key."""

    one_size_label: str
    image_count: int
    retail_price_from: str
    markup: Decimal
    msrp_includes_tax: bool
    cost_from: str
    over_receipt: str
    over_receipt_percent: Decimal
    remainder: str
    receivers_see_costs: bool
    follow_days: int

    @property
    def one_size_labels(self) -> frozenset[str]:
        """The labels that mean one size, in lower case."""
        return frozenset(
            part.strip().casefold() for part in self.one_size_label.split(",") if part.strip()
        )


def rule_in_force(key: str) -> Any:
    """One rule as a part of another statement: None where nobody set it (then the default holds).

    For rows that have a `retailer` of their own, such as memberships.
    """
    rows = RuleSetting.objects.filter(retailer=OuterRef("retailer"), key=key)
    return Subquery(rows.values("value")[:1])


def rules_of(retailer: Retailer | int) -> ShopRules:
    """The shop's rules in force (one query)."""
    with acting_for(retailer):
        found = dict(RuleSetting.objects.values_list("key", "value"))
    values: dict[str, Any] = {}
    for rule in RULES:
        value = found.get(rule.key, rule.default)
        values[rule.key] = Decimal(str(value)) if rule.kind == "percent" else value
    return ShopRules(**values)
