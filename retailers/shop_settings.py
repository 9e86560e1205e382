"""Setting the shop's rules: only what was changed is written, with who and when."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from retailers.models import Retailer, RuleSetting, User, tell
from retailers.shop_rules import RULES, Rule


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule with its value here, and who set it; `changed_at` is None where the default holds."""

    rule: Rule
    value: Any
    changed_by: User | None = None
    changed_at: datetime | None = None

    @property
    def is_default(self) -> bool:
        return self.changed_at is None


def rules_in_force(shop: Retailer) -> list[RuleInForce]:
    """Every rule of the shop, in the order they are shown (one query)."""
    found = {
        row.key: row
        for row in RuleSetting.objects.filter(retailer=shop).select_related("changed_by")
    }
    return [
        RuleInForce(rule, row.value, row.changed_by, row.changed_at)
        if (row := found.get(rule.key))
        else RuleInForce(rule, rule.default)
        for rule in RULES
    ]


@transaction.atomic
def set_rules(shop: Retailer, changes: dict[str, Any], *, by: User) -> None:
    """Write the changed rules and one sentence for each; `changes` is checked already."""
    before = {one.rule.key: one for one in rules_in_force(shop)}
    for key, value in changes.items():
        old = before[key]
        stored = str(value) if isinstance(value, Decimal) else value
        RuleSetting.objects.update_or_create(
            retailer=shop, key=key, defaults={"value": stored, "changed_by": by}
        )
        tell(
            shop,
            "rule_set",
            _("%(who)s set “%(rule)s” to %(new)s; before: %(old)s.")
            % {
                "who": by,
                "rule": old.rule.label,
                "new": value_in_words(old.rule, stored),
                "old": value_in_words(old.rule, old.value),
            },
            actor=by,
            key=key,
        )


@transaction.atomic
def reset_rule(shop: Retailer, rule: Rule, *, by: User) -> bool:
    """Back to the default; False when it was there already."""
    gone, _rows = RuleSetting.objects.filter(retailer=shop, key=rule.key).delete()
    if gone:
        tell(
            shop,
            "rule_reset",
            _("%(who)s set “%(rule)s” back to its default, %(value)s.")
            % {"who": by, "rule": rule.label, "value": value_in_words(rule, rule.default)},
            actor=by,
            key=rule.key,
        )
    return bool(gone)


def value_in_words(rule: Rule, value: Any) -> str:
    """A rule's value as its page writes it: MSRP, yes, 220%, 60."""
    if rule.kind == "choice":
        return str(dict(rule.choices).get(value, value))
    if rule.kind == "yes_no":
        return _("yes") if value else _("no")
    if rule.kind == "percent":
        return f"{Decimal(str(value)).normalize():f}%"
    return str(value)
