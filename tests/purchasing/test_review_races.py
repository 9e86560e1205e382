"""Two people at one desk, truly at once: each on a thread and a connection of their own."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from purchasing import review
from purchasing.errors import OrderError
from purchasing.models import Decision, PurchaseOrder
from purchasing.review.styles import styles_of
from retailers.models import Event
from retailers.scope import acting_for
from tests.purchasing.orders import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(shop: Any, *acts: Callable[[], Any]) -> list[str]:
    """Run the acts at the same moment; what each was refused with, empty where it went through."""
    answers = [""] * len(acts)
    start = Barrier(len(acts))

    def run(at: int) -> None:
        with acting_for(shop):
            start.wait(timeout=10)
            try:
                acts[at]()
            except OrderError as error:
                answers[at] = str(error)
            finally:
                connection.close()

    threads = [Thread(target=run, args=(at,)) for at in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return answers


def test_105_one_decides_and_the_other_is_told(shop, ana, owner):
    with acting_for(shop):
        desk = Desk(shop)
        item = desk.ordered()
        desk.match()
        seen = styles_of(desk.order)[0].token
        pk = desk.order.pk
        answers = at_once(
            shop,
            lambda: review.skip(pk, item.pk, by=ana, seen=seen),
            lambda: review.accept(pk, item.pk, by=owner, seen=seen),
        )
        assert sum(1 for answer in answers if not answer) == 1
        assert sum(1 for answer in answers if "a moment ago" in answer) == 1
        winner = (ana, owner)[answers.index("")]
        assert Decision.objects.get(item=item).decided_by == winner


def test_two_approvals_at_once_are_one(shop, ana, owner):
    with acting_for(shop):
        desk = Desk(shop)
        desk.ordered(variant=desk.variant(desk.product("Jacket")))
        desk.match()
        orders = [PurchaseOrder.objects.get(pk=desk.order.pk) for _ in range(2)]
        answers = at_once(
            shop,
            lambda: review.approve(orders[0], by=ana),
            lambda: review.approve(orders[1], by=owner),
        )
        assert sorted(bool(answer) for answer in answers) == [False, True]
        desk.order.refresh_from_db()
        assert desk.order.status == PurchaseOrder.Status.APPROVED
        assert Event.objects.about(desk.order).filter(verb="approved").count() == 1


def test_matching_and_deciding_at_once_lose_no_decision(shop, ana):
    with acting_for(shop):
        desk = Desk(shop)
        item = desk.ordered()
        desk.match()
        pk = desk.order.pk
        answers = at_once(shop, lambda: review.skip(pk, item.pk, by=ana), desk.match)
        assert answers == ["", ""]
        decision = Decision.objects.get(item=item)
        assert (decision.state, decision.action) == (Decision.State.DECIDED, Decision.Action.SKIP)
