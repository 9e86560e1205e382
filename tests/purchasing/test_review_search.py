"""Finding the product a size is linked to: by code, SKU, supplier code, or words."""

from typing import Any

import pytest
from django.utils import timezone

from catalog.search import find_products
from retailers.scope import acting_for
from tests.purchasing.orders import Desk, upc

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(in_shop: Any) -> Desk:
    return Desk(in_shop)


def names(text: str) -> list[str]:
    return [hit.product.name for hit in find_products(text)]


def test_112_a_barcode_is_found_in_any_spelling_in_two_statements(
    desk, django_assert_max_num_queries
):
    desk.variant(desk.product("Jacket"), code=upc(5))
    for text in (upc(5), "00" + upc(5), f" {upc(5)[:6]}-{upc(5)[6:]} "):
        with django_assert_max_num_queries(3):
            assert names(text) == ["Jacket"]


def test_a_custom_code_is_found_as_it_was_typed(desk):
    desk.variant(desk.product("Jacket"), code="AB-100/7")
    assert names("AB-100/7") == ["Jacket"]


def test_sku_and_supplier_code_in_any_case(desk):
    desk.variant(desk.product("Jacket"), sku="AB77", supplier_code="TT-1-Moss-M")
    assert names("ab77") == names("tt1 moss m") == ["Jacket"]


def test_words_of_the_name_in_any_order_beginning_ones_first(desk):
    for name in ("Old Fell Jacket", "Fell Jacket", "Fell Gilet"):
        desk.variant(desk.product(name))
    assert names("jacket fell") == ["Fell Jacket", "Old Fell Jacket"]
    assert names("fell jacket") == ["Fell Jacket", "Old Fell Jacket"]
    assert names("nothing") == names("   ") == []


def test_what_is_deleted_is_not_found(desk):
    desk.variant(desk.product("Jacket"), code=upc(5), deleted_at=timezone.now())
    assert names(upc(5)) == names("jacket") == []


def test_106_only_the_own_shop_is_searched(other_shop, desk):
    with acting_for(other_shop):
        theirs = Desk(other_shop)
        theirs.variant(theirs.product("Zebra Lamp"), code=upc(5))
    assert names("zebra") == names(upc(5)) == []


def test_the_answer_is_capped(desk):
    for n in range(30):
        desk.variant(desk.product(f"Tee {n}"))
    assert len(find_products("tee")) == 20
