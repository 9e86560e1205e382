"""The shop's rules and facts: validated, dated, signed, and set back."""

from decimal import Decimal

import pytest

from retailers.models import Event, RuleSetting
from retailers.scope import acting_for
from retailers.shop_rules import RULES, rules_of

pytestmark = pytest.mark.django_db
WRONG = [
    ("markup", "90", "from 100 to 1000"),
    ("markup", "", "a value is missing"),
    ("markup", "NaN", "from 100 to 1000"),
    ("markup", "1e9", "from 100 to 1000"),
    ("image_count", "1.5", "from 0 to 10"),
    ("image_count", "11", "from 0 to 10"),
    ("follow_days", "-1", "from 0 to 365"),
    ("over_receipt", "maybe", "choose one of the answers"),
    ("msrp_includes_tax", "true", "a value is missing"),
    ("one_size_label", "", "a value is missing"),
    ("one_size_label", "x" * 501, "500 characters at most"),
]


def as_typed(shop, **changes: str) -> dict[str, str]:
    """The form as the page was rendered, with some fields typed over."""
    values = rules_of(shop)
    data = {}
    for rule in RULES:
        value = getattr(values, rule.key)
        shown = {True: "yes", False: "no"}[value] if rule.kind == "yes_no" else str(value)
        data[rule.key] = data[f"initial-{rule.key}"] = shown
    return data | changes


def test_every_rule_is_on_the_page_with_its_example(owner, as_user):
    page = as_user(owner).get("/settings/").content.decode()
    for rule in RULES:
        assert f'name="{rule.key}"' in page
        assert f'name="initial-{rule.key}"' in page
        assert str(rule.example).split(".")[0].split("“")[0][:20] in page


def test_what_is_changed_is_kept_with_who_and_when(shop, owner, as_user):
    browser = as_user(owner)
    browser.post("/settings/", as_typed(shop, markup="230", over_receipt="refuse"))

    assert rules_of(shop).markup == Decimal(230)
    assert rules_of(shop).over_receipt == "refuse"
    with acting_for(shop):
        assert set(RuleSetting.objects.values_list("key", flat=True)) == {"markup", "over_receipt"}
        assert RuleSetting.objects.get(key="markup").changed_by == owner
        story = Event.objects.get(verb="rule_set", facts__key="markup")
    assert "230%; before: 220%" in story.text
    assert "Set by Olga" in browser.get("/settings/").content.decode()


def test_yes_and_no_are_kept_as_such(shop, owner, as_user):
    as_user(owner).post("/settings/", as_typed(shop, receivers_see_costs="yes"))
    assert rules_of(shop).receivers_see_costs is True
    as_user(owner).post("/settings/", as_typed(shop, receivers_see_costs="no"))
    assert rules_of(shop).receivers_see_costs is False


def test_a_stale_page_changes_only_what_was_typed_on_it(shop, owner, as_user):
    """A colleague set another rule while this page stood open."""
    opened = as_typed(shop)
    as_user(owner).post("/settings/", as_typed(shop, follow_days="30"))

    as_user(owner).post("/settings/", opened | {"markup": "250"})

    assert rules_of(shop).follow_days == 30
    assert rules_of(shop).markup == Decimal(250)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong[0]}-{wrong[1][:5]}")
def test_a_wrong_value_is_refused_with_the_rule_named(shop, owner, as_user, wrong):
    key, value, words = wrong
    answer = as_user(owner).post(
        "/settings/", as_typed(shop, **{key: value, "follow_days": "30"} | {key: value})
    )

    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert f'id="id_{key}_error"' in page
    with acting_for(shop):
        assert not RuleSetting.objects.exists()


def test_back_to_default(shop, owner, as_user):
    browser = as_user(owner)
    browser.post("/settings/", as_typed(shop, markup="230"))

    browser.post("/settings/markup/reset/")

    assert rules_of(shop).markup == Decimal(220)
    with acting_for(shop):
        assert Event.objects.filter(verb="rule_reset").exists()
    assert browser.post("/settings/unknown/reset/").status_code == 404


def test_the_shops_facts(shop, owner, as_user):
    browser = as_user(owner)
    facts = {
        "name": "Alder",
        "timezone": "Europe/Berlin",
        "language": "en-gb",
        "start_date": "2026-09-01",
    }

    browser.post("/settings/shop/", facts | {"start_date": "2026-09-01"})

    shop.refresh_from_db()
    assert (shop.name, shop.timezone, str(shop.start_date)) == (
        "Alder",
        "Europe/Berlin",
        "2026-09-01",
    )
    assert shop.currency == "USD"


@pytest.mark.parametrize(
    "wrong",
    [
        ("timezone", "Mars/Olympus", "Time zone"),
        ("name", "", "Name is missing"),
        ("start_date", "yesterday", "Start date"),
        ("language", "tlh", "Language"),
    ],
)
def test_wrong_facts_are_named(shop, owner, as_user, wrong):
    field, value, words = wrong
    facts = {"name": "A", "timezone": "UTC", "language": "en", "start_date": ""} | {field: value}
    answer = as_user(owner).post("/settings/shop/", facts)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    shop.refresh_from_db()
    assert shop.name == "Alder & Quay"


def test_the_currency_cannot_be_posted(shop, owner, as_user):
    facts = {"name": "A", "timezone": "UTC", "language": "en", "currency": "EUR", "active": ""}
    as_user(owner).post("/settings/shop/", facts)
    shop.refresh_from_db()
    assert (shop.currency, shop.active) == ("USD", True)
