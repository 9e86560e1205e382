"""The POS blanks out what looks like a payment card and answers 200 all the same (D26).

Documented for some fields only; which ones may grow. Nothing of ours may write again and again
against it, and nothing may be made twice because its code is not found any more.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from purchasing.matching import match_order
from purchasing.models import PurchaseOrder, SupplierItem
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests import town
from tests.town import Town, town_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CARD = "4111111111111111"
BLANKED = "XXXXXXXXXXXX1111"


def blanking(app: Flask) -> Flask:
    """A POS that blanks sixteen digits in any member of what it is sent."""
    inner = app.wsgi_app

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read()
        if "json" in environ.get("CONTENT_TYPE", ""):
            body = re.sub(rb'"\d{12}(\d{4})(?=["-])', rb'"XXXXXXXXXXXX\1', body)
        environ["wsgi.input"] = io.BytesIO(body)
        return inner(environ, start_response)

    app.wsgi_app = call  # type: ignore[method-assign]
    return app


@pytest.fixture
def blanking_town(shop: Retailer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    create = town.create_xseries
    monkeypatch.setattr(
        town, "create_xseries", lambda *args, **more: blanking(create(*args, **more))
    )
    with town_for(shop, settings, size="tiny") as found:
        found.connect_pos()
        found.work()
        found.connect_portal(found.some_portal())
        found.work()
        yield found


def order_of_card(found: Town, lines: int) -> PurchaseOrder:
    """An order of one style whose number looks like a card; one line is a plain product."""
    order = found.write_order(lines=lines, families=1)
    with acting_for(found.shop):
        for line in order.lines.select_related("item"):
            tail = "" if lines == 1 else f"-{line.item.size}"
            SupplierItem.objects.filter(pk=line.item_id).update(
                style_number=CARD,
                style_key=CARD,
                supplier_code=f"{CARD}{tail}",
                code="",
                gtin14=None,
            )
        match_order(order.pk)
    return order


def writes(found: Town, after: int) -> list[str]:
    """Calls to the POS that change something, after so many."""
    calls = found.calls()[after:]
    return [
        f"{call['method']} {call['path']}"
        for call in calls
        if call["method"] != "GET" and not call["path"].endswith("/inventory")
    ]


def test_d26_a_blanked_supplier_code_is_taken_and_written_once(
    blanking_town: Town, ana: User
) -> None:
    order = order_of_card(blanking_town, lines=3)
    order = blanking_town.send(order, by=ana)
    blanking_town.settle()
    assert blanking_town.troubles() == []
    assert order.status == PurchaseOrder.Status.ON_ORDER
    [head] = blanking_town.pos_orders(order.number)
    codes = set()
    for line in blanking_town.pos_lines(head["id"]):
        product = blanking_town.pos.ok("GET", f"/products/{line['product_id']}")["data"]
        codes |= {row["code"][:16] for row in product["product_suppliers"]}
    assert codes == {BLANKED}
    before = len(blanking_town.calls())
    for _ in range(3):
        blanking_town.mirror()
    assert writes(blanking_town, before) == []


def test_d26_a_blanked_sku_stops_in_words_with_one_product_made(
    blanking_town: Town, ana: User
) -> None:
    """We know what we made by its SKU; where that is blanked, a person is asked, not the POS."""
    order = order_of_card(blanking_town, lines=1)
    blanking_town.send(order, by=ana)
    blanking_town.settle()
    [trouble] = blanking_town.troubles()
    assert "does not list 1 of the products it said it created" in trouble
    made = blanking_town.pos.effects("product_created")
    assert [effect["sku"] for effect in made] == [BLANKED]
    before = len(blanking_town.calls())
    for _ in range(3):
        blanking_town.mirror()
    assert writes(blanking_town, before) == []
    assert len(blanking_town.pos.effects("product_created")) == 1
