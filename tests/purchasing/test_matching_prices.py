"""Retail prices of new products by the shop's rules, and what is odd about them."""

from decimal import Decimal
from typing import Any

import pytest

from purchasing.errors import OrderError
from purchasing.pricing import PriceSetting, cost_of, margin, read_rate, retail_price, without_tax
from retailers.models import RuleSetting
from retailers.shop_rules import rules_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def price(in_shop: Any) -> Any:
    """`price(msrp="60", markup_rule=True, …)` gives (price, codes of problems)."""

    def ask(
        *,
        msrp: str | None = "60.00",
        wholesale: str | None = "24.00",
        currency: str = "USD",
        rate: str | None = "0.20",
        with_tax: bool = False,
        shop_currency: str = "USD",
        given: str | None = None,
        **rules: Any,
    ) -> tuple[Decimal | None, list[str]]:
        for key, value in rules.items():
            RuleSetting.objects.update_or_create(key=key, defaults={"value": value})
        setting = PriceSetting(
            rules_of(in_shop), shop_currency, with_tax, Decimal(given) if given else None
        )
        found = retail_price(
            setting,
            msrp=Decimal(msrp) if msrp is not None else None,
            wholesale=Decimal(wholesale) if wholesale is not None else None,
            currency=currency,
            tax_rate=Decimal(rate) if rate is not None else None,
        )
        return found.price, [one.code for one in found.problems]

    return ask


def test_the_suggested_price_is_taken_as_it_is_by_default(price):
    assert price() == (Decimal("60.00"), [])


def test_the_markup_is_the_rules_own_worked_example(price):
    assert price(retail_price_from="markup") == (Decimal("52.80"), [])


def test_55_the_shops_tax_setting_decides(price):
    assert price(with_tax=True) == (Decimal("72.00"), [])
    assert price(with_tax=True, msrp_includes_tax=True) == (Decimal("60.00"), [])
    assert price(with_tax=False, msrp_includes_tax=True) == (Decimal("50.00"), [])


def test_55_an_unknown_tax_rate_is_said(price):
    assert price(with_tax=True, rate=None) == (Decimal("60.00"), ["price-tax"])


@pytest.mark.parametrize("msrp", [None, "0", "20.00", "-1"])
def test_56_missing_or_below_wholesale_falls_back_and_is_said(price, msrp):
    assert price(msrp=msrp) == (Decimal("52.80"), ["price-fallback"])


def test_an_unknown_price_is_none_and_never_0(price):
    assert price(msrp=None, wholesale=None) == (None, ["price-fallback", "price-missing"])


def test_foreign_money_is_never_taken_for_ours(price):
    assert price(currency="EUR") == (None, ["price-currency"])


def test_a_rate_turns_their_money_into_ours(price):
    assert price(currency="EUR", given="1.10") == (Decimal("66.00"), [])
    assert price(currency="EUR", given="1.10", msrp=None) == (Decimal("58.08"), ["price-fallback"])


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "NaN", "1e9"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(OrderError):
        read_rate(text)
    assert read_rate(" 1.0842 ") == Decimal("1.0842")


def test_prices_have_the_places_of_the_shops_money(price):
    paid = price(msrp="6000.4", wholesale="2400", currency="JPY", shop_currency="JPY")
    assert paid == (Decimal(6000), [])
    assert str(paid[0]) == "6000"


def test_the_cost_of_a_new_product_is_net_or_list_by_rule(in_shop):
    net = {"unit_cost": Decimal("27.00"), "list_cost": Decimal("30.00")}
    assert cost_of(rules_of(in_shop), **net) == Decimal("27.00")
    RuleSetting.objects.create(key="cost_from", value="list")
    assert cost_of(rules_of(in_shop), **net) == Decimal("30.00")
    assert cost_of(rules_of(in_shop), unit_cost=None, list_cost=None) is None


def test_margins_are_without_tax_and_unknown_where_something_is():
    assert margin(Decimal("60"), Decimal("24")) == Decimal("0.6")
    assert margin(None, Decimal("24")) is None
    assert margin(Decimal("60"), None) is None
    taxed = {"prices_include_tax": True}
    assert without_tax(Decimal("72"), tax_rate=Decimal("0.2"), **taxed) == Decimal("60")
    assert without_tax(Decimal("72"), tax_rate=None, **taxed) is None
