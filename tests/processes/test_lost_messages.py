"""Queue messages are wake-ups only: a queue that was emptied loses no work."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from integrations.sending.agree import agree
from purchasing.models import PurchaseOrder
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.processes.content import effects_of
from tests.processes.stage import StaffedTown, Stage, stage_in, town_on, use

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.processes,
]
Status = PurchaseOrder.Status


@pytest.fixture
def tiny_stage(transactional_db: Any, tmp_path: Any, settings: Any, monkeypatch: Any) -> Any:
    """The tiny world, without a worker."""
    with stage_in(tmp_path, size="tiny") as stage:
        use(stage, settings, monkeypatch)
        yield stage
    connections.close_all()


@pytest.fixture
def town(shop: Retailer, tiny_stage: Stage) -> StaffedTown:
    """Connected and read for the first time, by a worker."""
    town = town_on(tiny_stage, shop)
    tiny_stage.start_worker()
    town.connect_pos()
    town.work()
    town.connect_portal(town.some_portal())
    town.work()
    assert town.troubles() == [], tiny_stage.logs()
    return town


def test_a_worker_finds_what_nobody_told_it_of(town: StaffedTown, ana: User) -> None:
    """Agreed to while no worker ran, and the message is gone: found when the next one starts."""
    order = town.decide(town.write_order(lines=6, families=2), by=ana)
    town.stage.kill_worker()
    with acting_for(town.shop):
        agree(town.plan(order), by=ana)
    assert town.stage.lose_messages() == 1
    town.stage.start_worker()
    town.wait(lambda: not town.waiting(), sweeping=False)
    _written_once(town, order)


def test_the_sweeper_finishes_what_a_dead_worker_held(town: StaffedTown, ana: User) -> None:
    """Killed in the middle, the queue flushed: the lease runs out, the minute's sweep goes on."""
    order = town.decide(town.write_order(lines=6, families=3), by=ana)
    before = town.calls_seen()
    with acting_for(town.shop):
        agree(town.plan(order), by=ana)
    town.wait(lambda: town.calls_seen() - before >= 6, sweeping=False)
    town.stage.kill_worker()
    assert town.waiting() != []
    town.stage.lose_messages()
    town.stage.start_worker()
    town.wait(lambda: not town.waiting(), sweeping=False)
    _written_once(town, order)


def _written_once(town: StaffedTown, order: PurchaseOrder) -> None:
    assert town.troubles() == [], town.stage.logs()
    assert town.order(order.number).status == Status.ON_ORDER
    [head] = town.pos_orders(order.number)
    with acting_for(town.shop):
        ordered = sum(order.lines.values_list("quantity", flat=True))
        new = order.decisions.filter(new_product__isnull=False).count()
    assert sum(Decimal(line["count"]) for line in town.pos_lines(head["id"])) == ordered
    made = effects_of(town.pos)
    assert made["consignment_created"] == 1
    assert made["product_created"] == new
