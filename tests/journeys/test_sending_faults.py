"""Whatever fails between us and the POS, each thing is written once (fault rows A, edge 69)."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from purchasing import receiving
from purchasing.models import Delivery, PurchaseOrder
from retailers.models import User
from retailers.scope import acting_for
from tests.town import Town

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
Status = PurchaseOrder.Status

WRITES = [
    "POST /api/2026-07/suppliers",
    "POST /api/2026-07/brands",
    "POST /api/2026-07/products",
    "POST /api/2026-07/consignments",
    "POST /api/2026-07/consignments/{consignment_id}/bulk",
    "PUT /api/2026-07/consignments/{consignment_id}",
    "POST /api/2026-07/products/{product_id}/actions/image_upload",
]
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("lost_response", {}),  # A10
    ("error_after", {"code": 502}),  # A6
    ("status", {"code": 500}),  # A5
    ("reset_before", {}),  # A9
    ("empty", {}),  # A23
    ("html_login", {}),  # A16
    ("truncate", {}),  # A15
]


def content(town: Town, number: str) -> dict[str, Any]:
    """What the POS holds of an order, without ids: what must be the same however it got there."""
    [head] = town.pos_orders(number)
    lines = []
    for line in town.pos_lines(head["id"]):
        product = town.pos.ok("GET", f"/products/{line['product_id']}")["data"]
        lines.append(
            (
                product["name"],
                product["sku"],
                tuple(sorted(code["code"] for code in product["product_codes"])),
                str(product["price_excluding_tax"]),
                Decimal(line["count"]),
                Decimal(line["cost"]),
                len(product["images"]),
            )
        )
    return {"head": (head["name"], head["due_at"], head["status"]), "lines": sorted(lines)}


def made(town: Town) -> Counter[str]:
    """Effects of creating, by kind."""
    ledger = town.pos.control("GET", "/ledger").json()["effects"]
    kinds = Counter(effect["kind"] for effect in ledger)
    return Counter({kind: kinds[kind] for kind in kinds if kind.endswith("_created")})


# Each route with the two that matter most; the others where a repeat would hurt most.
PAIRS = [(route, *fault) for route in WRITES for fault in FAULTS[:2]] + [
    (route, *fault) for route in (WRITES[2], WRITES[4]) for fault in FAULTS[2:]
]


@pytest.mark.parametrize(("route", "kind", "params"), PAIRS)
def test_one_fault_leaves_one_of_each(
    small_town: Town, ana: User, route: str, kind: str, params: dict[str, Any]
) -> None:
    order = small_town.write_order(lines=6, families=2)
    before = made(small_town)
    small_town.pos.fault(route, kind, count=1, params=params)
    order = small_town.send(order, by=ana)
    small_town.settle()
    assert small_town.troubles() == [] and small_town.waiting() == []
    assert small_town.order(order.number).status == Status.ON_ORDER
    held = content(small_town, order.number)
    assert len(held["lines"]) == 6
    after = made(small_town) - before
    assert after["consignment_created"] == 1
    with acting_for(small_town.shop):
        families = order.new_products.count()
        new = order.decisions.filter(new_product__isnull=False).count()
    assert new > 0 and families > 0
    assert after["product_created"] == new
    assert after["supplier_created"] == 1 and after["brand_created"] <= families
    with acting_for(small_town.shop):
        ordered = sum(small_town.order(order.number).lines.values_list("quantity", flat=True))
    assert sum(line[4] for line in held["lines"]) == ordered


@pytest.mark.parametrize(("kind", "params"), FAULTS[:3])
@pytest.mark.parametrize(
    "route",
    [
        "POST /api/2026-07/consignments/{consignment_id}/bulk",
        "PUT /api/2026-07/consignments/{consignment_id}",
        "POST /api/2026-07/consignments",
    ],
)
def test_a_delivery_is_counted_once(
    small_town: Town, ana: User, ben: User, route: str, kind: str, params: dict[str, Any]
) -> None:
    """I2: stock moves by what arrived, once, whatever fails on the way."""
    order = small_town.send(small_town.write_order(lines=6, families=2), by=ana)
    small_town.settle()
    small_town.pos.fault(route, kind, count=1, params=params)
    with acting_for(small_town.shop):
        delivery = receiving.begin(order, by=ben)
        lines = list(receiving.expected_lines(order))
        counts = {line.pk: receiving.Count(kept=max(line.quantity - 1, 1)) for line in lines}
        receiving.set_counts(delivery, counts, by=ben)
        receiving.book(delivery, remainder=Delivery.Remainder.FOLLOW_UP, by=ben)
    small_town.work()
    small_town.settle()
    assert small_town.troubles() == [] and small_town.waiting() == []
    moved = small_town.pos.effects("stock_moved")
    assert sum(Decimal(str(one["delta"])) for one in moved) == sum(
        count.kept for count in counts.values()
    )
    expected = sum(line.quantity - counts[line.pk].kept for line in lines)
    follow_up = small_town.pos_orders(f"{order.number}/2")
    assert len(follow_up) == (1 if expected else 0)
    if expected:
        there = small_town.pos_lines(follow_up[0]["id"])
        assert sum(Decimal(line["count"]) for line in there) == expected


def test_429_waits_as_long_as_it_was_asked_to_and_goes_on(small_town: Town, ana: User) -> None:
    """A1, edge 66: a date in the header, and the exact next step afterwards."""
    order = small_town.write_order(lines=6, families=3)
    small_town.pos.fault(
        "POST /api/2026-07/products",
        "status",
        count=1,
        params={"code": 429, "retry_after": "date", "seconds": 1},
    )
    order = small_town.send(order, by=ana)
    small_town.settle()
    assert small_town.order(order.number).status == Status.ON_ORDER
    assert len(content(small_town, order.number)["lines"]) == 6
    assert [call for call in small_town.calls() if call["status"] == 429]
