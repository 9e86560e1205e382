"""Whatever is posted to a page or asked of it, the answer is a page or a refusal, never a crash."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.everything import one_of_everything
from tests.test_isolation import TABLE, address

pytestmark = pytest.mark.django_db

BIG = "9" * 30
ODD = {
    "too big for a database": BIG,
    "digits of another script": "٣",
    "not a number": "NaN",
    "a long text": "x" * 70_000,
    "two parts": f"product:{BIG}",
    "an address elsewhere": "//evil.example/",
}
# Every name of a field that some view reads, so that each address gets those it knows.
FIELDS = (
    "act after amount answer arrives back barcode bin brand category choice code consumer_key"
    f" consumer_secret description email hold host image_count item key kept-{BIG} label language"
    f" line lookalike markup name new_name next order outlet page pictures q rate rejected-{BIG}"
    " remainder retail_price retailer role same_item seen sku start_date step style supplier tab"
    " tags tax timezone token undo"
)


@pytest.fixture
def rows(shop: Retailer) -> dict[type[Model], Any]:
    with acting_for(shop):
        return one_of_everything(shop)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_no_page_breaks_over_odd_answers(
    rows: dict[type[Model], Any], owner: User, as_user: Any, odd: str
) -> None:
    browser: Client = as_user(owner)
    given = dict.fromkeys(FIELDS.split(), odd)
    where = {name: address(name, rows) for name in TABLE}
    for name, there in where.items():
        if name in {"connection-disconnect", "person-remove"}:
            continue  # they read no field, and nothing would be left to post to
        for answer in (browser.post(there, given), browser.get(there, given)):
            assert answer.status_code < 500, name
            assert "evil.example" not in answer.headers.get("Location", ""), name


@pytest.mark.parametrize("odd", ["sync-try", "admin:index", "NaN", "//evil.example/", "https://x/"])
def test_after_check_now_a_person_lands_on_a_page_of_ours(
    owner: User, as_user: Any, odd: str
) -> None:
    answer = as_user(owner).post(reverse("check-now"), {"next": odd})
    assert answer.headers["Location"] == reverse("sync")
