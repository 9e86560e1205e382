"""Every dirty recipe of the sandbox, over a real socket, in one pull, with the real matching.

No recipe may stop another: each ends as an order or as a kept body, and where something is wrong
with it, a sentence says what.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.models import Connection
from integrations.sandbox.world.dirty import DIRTY
from purchasing.models import Decision, OrderBody, PurchaseOrder
from retailers.models import Retailer
from tests.integrations.nuorder_kit import a_nuorder, connected, run
from tests.integrations.test_nuorder_payloads import ANSWERED, FATAL
from tests.sandbox.brand import NuOrderSandbox

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HUGE = {"D16_ten_thousand_lines", "fifteen_colours_sixteen_sizes", "D22_201_variants"}
# The one that reads a size's present code comes before those that spoil it in the catalogue.
RECIPES = sorted(set(DIRTY) - HUGE, key=lambda key: (key != "upc_unit_gtin14", key))


@pytest.fixture
def brand(settings: Any) -> Iterator[NuOrderSandbox]:
    with a_nuorder(settings) as sandbox:
        yield sandbox


@pytest.fixture
def portal(in_shop: Retailer, brand: NuOrderSandbox) -> Connection:
    return connected(in_shop, brand, "kestrel-lane")


def sentences(order: PurchaseOrder) -> list[str]:
    """Everything that is said to be wrong with an order."""
    found = [problem["text"] for problem in order.problems]
    for line in order.lines.all():
        found += [problem["text"] for problem in line.problems]
    for decision in Decision.objects.filter(order=order):
        found += [problem["text"] for problem in decision.problems]
    return found


def test_no_recipe_stops_the_pull_and_each_says_what_is_wrong(
    portal: Connection, brand: NuOrderSandbox
) -> None:
    """D1-D20, D24, D26, D29, D30 and the cases of sections 1 to 4 that the wire can carry."""
    made: dict[str, str] = {}
    for key in RECIPES:
        if key != "D20_order_deleted":
            answer = brand.order("kestrel-lane", status="approved", lines=6, seed=4, dirty=key)
            made[key] = answer["_id"]
    left = run(portal, "pull-orders:")
    assert [(task.subject, task.trouble_text) for task in left] == []
    silent = []
    for key, remote_id in made.items():
        order = PurchaseOrder.objects.filter(source_key=remote_id).first()
        body = OrderBody.objects.filter(source_key=remote_id).first()
        if key == "cancelled_before_import":
            assert order is None
            continue
        assert body is not None, key
        if order is None:
            assert key in FATAL
            assert body.trouble
        elif (key in ANSWERED or key in FATAL) and not sentences(order):
            silent.append(key)
    assert silent == []
