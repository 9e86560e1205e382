"""A worker that is killed again and again leaves what a calm one leaves: everything, once."""

from collections import Counter
from random import Random

import pytest

from integrations.models import Connection, RemoteStep
from integrations.sending.agree import agree
from purchasing import receiving
from purchasing.models import Delivery, PurchaseOrder
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.factories import MembershipFactory, RetailerFactory
from tests.processes.content import Content, content_of, differences, effects_of
from tests.processes.stage import StaffedTown, Stage, town_on

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.processes,
]
Status = PurchaseOrder.Status
PORTAL, NUMBER = "marrow-bay", "41502"
LINES, FAMILIES = 240, 30
# A send takes about 70 calls, a delivery about 8; kills fall among the first of them.
CALLS_OF_A_SEND, CALLS_OF_A_DELIVERY = 60, 6


def test_three_kills_while_sending_and_two_while_receiving(
    shop: Retailer, ana: User, ben: User, demo_stage: Stage, chance: Random, seed: int
) -> None:
    """240 lines in 30 families, then a part delivery: the POS holds what a calm run leaves."""
    stage = demo_stage
    stage.start_worker()
    calm, calm_effects = _whole_story(stage, shop, ana, ben, chance=None)
    stage.kill_worker()
    _new_world(stage, shop)
    again = RetailerFactory(name="Alder & Quay", currency="USD", timezone="America/New_York")
    for person, role in ((ana, "buyer"), (ben, "receiver")):
        MembershipFactory(retailer=again, user=person, role=role)
    stage.start_worker()
    before = stage.kills
    killed, killed_effects = _whole_story(stage, again, ana, ben, chance=chance)
    assert stage.kills - before == 5
    assert differences(calm, killed) == [], f"SEED={seed}"
    assert _doubled(calm_effects, killed_effects) == {}, f"SEED={seed}"


def _whole_story(
    stage: Stage, shop: Retailer, ana: User, ben: User, *, chance: Random | None
) -> tuple[Content, Counter[str]]:
    """Connect, pull, decide, send, receive a part of it; what the POS holds in the end."""
    town = town_on(stage, shop)
    order = _ready_to_send(town, by=ana)
    if chance is not None:
        town.slow_down()
    with acting_for(shop):
        agree(town.plan(order), by=ana)
    if chance is not None:
        town.kill_during(chance, kills=3, span=CALLS_OF_A_SEND)
    town.settle()
    assert town.troubles() == [], stage.logs()
    order = town.order(NUMBER)
    assert order.status == Status.ON_ORDER
    with acting_for(shop):
        delivery = receiving.begin(order, by=ben)
        lines = list(receiving.expected_lines(order))
        assert len(lines) == LINES
        counts = {line.pk: receiving.Count(kept=line.quantity - 1) for line in lines[::2]}
        receiving.set_counts(delivery, counts, by=ben)
        receiving.book(delivery, remainder=Delivery.Remainder.FOLLOW_UP, by=ben)
    if chance is not None:
        town.kill_during(chance, kills=2, span=CALLS_OF_A_DELIVERY)
    town.settle()
    assert town.troubles() == [], stage.logs()
    assert town.order(NUMBER).status == Status.PART_RECEIVED
    _our_rows_agree(shop)
    return content_of(town.pos), effects_of(town.pos)


def _ready_to_send(town: StaffedTown, *, by: User) -> PurchaseOrder:
    """The first order of Marrow Bay, every style decided, the plan on the table."""
    town.connect_pos()
    town.work()
    town.connect_portal(PORTAL)
    town.work()
    assert town.troubles() == [], town.stage.logs()
    return town.decide(town.order(NUMBER), by=by)


def _new_world(stage: Stage, shop: Retailer) -> None:
    """The same POS as before anything was written, and nobody here who knows it."""
    town_on(stage, shop).pos.control("POST", "/reset")
    stage.lose_messages()
    with acting_for(shop):
        Connection.objects.update(state=Connection.State.OFF, domain_prefix="")


def _our_rows_agree(shop: Retailer) -> None:
    """Every write is done, and none was intended twice."""
    with acting_for(shop):
        states = Counter(RemoteStep.objects.values_list("kind", "state"))
    assert {state for _kind, state in states} == {"done"}, states
    assert states["family", "done"] == states["image", "done"] == FAMILIES


def _doubled(calm: Counter[str], killed: Counter[str]) -> dict[str, tuple[int, int]]:
    """Kinds of effects that happened more or less often than in the calm run."""
    return {
        kind: (calm[kind], killed[kind])
        for kind in calm.keys() | killed.keys()
        if calm[kind] != killed[kind]
    }
