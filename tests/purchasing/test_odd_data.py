"""Codes, names and people that are nearly something else; products that changed in the POS."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Product, Variant
from integrations.models import RemoteLink
from integrations.xseries import sync
from purchasing import review
from purchasing.errors import OrderError
from purchasing.models import Decision, PurchaseOrder
from retailers.models import Membership, Retailer, User
from retailers.scope import acting_for
from tests.integrations.xseries_kit import Till, open_till
from tests.purchasing.orders import Desk, upc

pytestmark = pytest.mark.django_db
Bin, Action, State = Decision.Bin, Decision.Action, Decision.State


@pytest.fixture
def desk(in_shop: Retailer) -> Desk:
    return Desk(in_shop)


def said(decision: Decision) -> str:
    return " ".join(problem["text"] for problem in decision.problems)


# --- almost the same ----------------------------------------------------------------------------


def test_d14_codes_equal_but_for_case_are_held_and_not_merged(desk: Desk, ana: User) -> None:
    """Each keeps a code of its own, and nobody approves before a person has decided."""
    items = [desk.ordered(style, "Moss", "M") for style in ("AB-7", "ab-7", "ab-7 ")]
    desk.match()
    first, *others = [desk.of(item) for item in items]
    assert first.bin == Bin.NEW
    assert [one.bin for one in others] == [Bin.CONFLICT, Bin.CONFLICT]
    assert all("as two products of the brand" in said(one) for one in others)
    skus = {one.sku for one in (first, *others)}
    assert len(skus) == 3
    with pytest.raises(OrderError):
        review.approve(desk.order, by=ana)


def test_d14_a_leading_zero_makes_another_style(desk: Desk) -> None:
    plain, zero = desk.ordered("712", "Moss", "M"), desk.ordered("0712", "Moss", "M")
    desk.match()
    decisions = desk.of(plain), desk.of(zero)
    assert [one.bin for one in decisions] == [Bin.NEW, Bin.NEW]
    assert decisions[0].new_product != decisions[1].new_product
    assert decisions[0].sku != decisions[1].sku


def test_d14_a_sku_of_the_shop_is_taken_whatever_its_case(desk: Desk) -> None:
    desk.variant(desk.product("Old Jacket"), sku="tt1mossm")
    item = desk.ordered("TT-1", "Moss", "M")
    desk.ordered("TT-1", "Clay", "M")
    desk.match()
    assert desk.of(item).sku.casefold() != "tt1mossm"


# --- names and sizes of families ------------------------------------------------------------------


def test_d22_a_name_of_another_brands_family_is_not_used_again(desk: Desk) -> None:
    """Variants of ours must not land in, or collide with, a foreign family."""
    desk.product("House Blend", brand="Somebody Else")
    item = desk.ordered("TT-9", name="House Blend", brand_name="Tarn & Thistle")
    desk.match()
    made = desk.of(item).new_product
    assert made is not None
    assert made.name != "House Blend"
    assert "Tarn & Thistle" in made.name
    assert desk.of(item).action == Action.CREATE


def test_d22_201_variants_of_one_style_wait_for_a_split(desk: Desk, ana: User) -> None:
    for colour in ("Moss", "Clay", "Ink"):
        for number in range(67):
            desk.ordered("TT-1", colour, f"{number:02d}", code=upc(1000 + desk.order.lines.count()))
    desk.match()
    held = [one for one in desk.order.decisions.all() if one.problems]
    assert len(held) == 201
    assert "200" in said(held[0])
    with pytest.raises(OrderError):
        review.approve(desk.order, by=ana)


def test_edge_25_sizes_stay_in_the_order_of_the_brand(
    shop: Retailer, ana: User, as_user: Any
) -> None:
    """10, 8, 6 as the brand lists them, not by alphabet."""
    with acting_for(shop):
        desk = Desk(shop)
        items = [desk.ordered("TT-1", "Moss", size) for size in ("10", "8", "6")]
        desk.match()
        order = desk.order
        places = [line.item.size for line in order.lines.order_by("position")]
    assert places == [item.size for item in items] == ["10", "8", "6"]
    page = as_user(ana).get(reverse("order", args=[order.pk])).content.decode()
    shown = [page.index(f">{size}<") for size in ("10", "8", "6")]
    assert shown == sorted(shown)


# --- products that change in the POS --------------------------------------------------------------


@pytest.fixture
def till(in_shop: Retailer, settings: Any) -> Iterator[Till]:
    with open_till(in_shop, settings) as found:
        mirrored(found)
        yield found


def mirrored(till: Till) -> None:
    with till.job() as job:
        sync.mirror(job)


def mug(till: Till, number: int = 1) -> Variant:
    link = RemoteLink.objects.get(
        connection=till.connection, kind="product", remote_id=till.id("product", number)
    )
    return Variant.objects.get(pk=link.local_id)


def linked(till: Till, desk: Desk, **facts: Any) -> Any:
    """A size on an order that was linked to the first mug on an earlier one."""
    item = desk.ordered("MUG", "", "", variant=mug(till), **facts)
    desk.match()
    assert desk.of(item).bin == Bin.CERTAIN
    return item


def test_d23_a_renamed_product_keeps_its_link_and_its_name(till: Till, desk: Desk) -> None:
    """Edge case 28: no question, and what the shop called it stays."""
    item = linked(till, desk)
    renamed = {"common": {"name": "Morning Mug"}}
    till.ok("PUT", f"/products/{till.id('product')}", renamed)
    mirrored(till)
    desk.match()
    decision = desk.of(item)
    assert (decision.bin, decision.variant) == (Bin.CERTAIN, mug(till))
    assert decision.problems == []
    assert Product.objects.get(pk=mug(till).product_id).name == "Morning Mug"


def test_d23_a_deactivated_product_keeps_its_link_and_says_so(till: Till, desk: Desk) -> None:
    """Edge case 30."""
    item = linked(till, desk)
    till.ok("PUT", f"/products/{till.id('product')}", {"details": {"is_active": False}})
    mirrored(till)
    desk.match()
    decision = desk.of(item)
    assert decision.variant == mug(till)
    assert "inactive" in said(decision)


def test_d23_a_product_merged_into_another_is_found_by_its_code_and_asked_about(
    till: Till, desk: Desk
) -> None:
    """The old one is deleted, its barcode is on the other now: likely, never certain."""
    item = linked(till, desk, code=upc(5))
    till.ok("DELETE", f"/products/{till.id('product')}")
    codes = [{"type": "UPC", "code": upc(5)}, {"type": "CUSTOM", "code": "10002"}]
    till.ok("PUT", f"/products/{till.id('product', 2)}", {"details": {"product_codes": codes}})
    mirrored(till)
    Decision.objects.filter(order=desk.order).delete()
    desk.match()
    decision = desk.of(item)
    assert decision.variant == mug(till, 2)
    assert decision.bin == Bin.LIKELY
    assert decision.state == State.OPEN
    assert any("deleted in the POS" in reason for reason in decision.reasons)


# --- people ---------------------------------------------------------------------------------------


def test_edge_108_a_buyer_the_pos_does_not_know_is_kept_as_text(
    shop: Retailer, ana: User, as_user: Any
) -> None:
    """The name stands on the order; nobody is made a member, and no user is sought for it."""
    with acting_for(shop):
        desk = Desk(shop)
        order = desk.new_order(buyer_name="Rosalind Okonjo-Verhoeven", ordered_at=timezone.now())
        desk.ordered()
        desk.match()
        people = Membership.objects.count()
    page = as_user(ana).get(reverse("order", args=[order.pk])).content.decode()
    assert "Rosalind Okonjo-Verhoeven" in page
    with acting_for(shop):
        assert Membership.objects.count() == people
        assert PurchaseOrder.objects.get(pk=order.pk).buyer_name == "Rosalind Okonjo-Verhoeven"
    assert not User.objects.filter(first_name__contains="Rosalind").exists()
