"""Matching: what each size of an order is in the shop, or becomes there.

`match_order` works set-based over the whole order: it reads what it needs in a constant number of
statements, lets the rules speak (`rules`), proposes families for what is new (`families`,
`variants`) and stores the outcome in bulk (`storing`). What a person decided is kept; the rest is
worked out afresh each time, so it may be called as often as something changed.
"""

from django.db import transaction

from purchasing.matching import families as making
from purchasing.matching import storing, variants
from purchasing.matching.evidence import Evidence, Item, gather
from purchasing.matching.families import Drafts
from purchasing.matching.problems import with_answers
from purchasing.matching.rules import Suggestion, recognise
from purchasing.matching.shelf import read_shelf, read_taken
from purchasing.models import Decision, NewProduct, PurchaseOrder
from purchasing.pricing import PriceSetting
from retailers.models import Outlet

__all__ = ["match_order"]


@transaction.atomic
def match_order(order_pk: int) -> None:
    """Work out the decisions of an order that nothing was written of yet.

    Orders past the review are left alone. Call it again whenever lines, items, links or answers
    changed; it gives the same outcome for the same facts.
    """
    order = (
        PurchaseOrder.objects.select_for_update(of=("self",))
        .select_related("retailer", "supplier", "ship_to")
        .get(pk=order_pk)
    )
    if order.status not in PurchaseOrder.BEFORE_WRITING:
        return
    _prefill_outlet(order)
    evidence = gather(order)
    drafts = {item.pk: _draft(item, evidence) for item in evidence.items}
    products = _make_new(evidence, drafts)
    variants.check_same_variant(evidence, drafts)
    for item in evidence.items:
        variants.check_cost(item, drafts[item.pk])
    for item in evidence.items:
        _take_answers(evidence.decisions.get(item.pk), drafts[item.pk])
    storing.store_decisions(evidence, drafts, products)


def _prefill_outlet(order: PurchaseOrder) -> None:
    """Where the ship-to address was answered before, or where there is one shop only."""
    if order.outlet_id is not None:
        return
    outlet = order.ship_to.outlet_id if order.ship_to is not None else None
    if outlet is None:
        known = list(Outlet.objects.filter(deleted_at=None).values_list("id", flat=True)[:2])
        outlet = known[0] if len(known) == 1 else None
    if outlet is not None:
        order.outlet_id = outlet
        PurchaseOrder.objects.filter(pk=order.pk, outlet=None).update(outlet_id=outlet)


def _draft(item: Item, evidence: Evidence) -> Suggestion:
    """What the rules suggest; for what a person decided or asked for, that."""
    before = evidence.decisions.get(item.pk)
    if before is not None and (storing.is_kept(before) or before.rule == "person"):
        return _as_decided(before)
    return recognise(item, evidence)


def _as_decided(before: Decision) -> Suggestion:
    return Suggestion(
        bin=before.bin,
        rule=before.rule,
        action=before.action,
        variant=before.variant_id,
        product=before.product_id,
        reasons=before.reasons,
        candidates=before.candidates,
        options=before.options,
        sku=before.sku,
        barcode=before.barcode,
        barcode_kind=before.barcode_kind,
        retail_price=before.retail_price,
        same_item=before.same_item,
    )


def _make_new(evidence: Evidence, drafts: Drafts) -> dict[str, NewProduct]:
    """Families and variants for what is to be created; nothing is read when there is none."""
    items = [item for item in evidence.items if drafts[item.pk].makes_variant]
    if not items:
        return {}
    certain = making.certain_products(evidence, drafts)
    also = {pk for item in items for pk in certain.get(item.style, ())}
    shelf = read_shelf(evidence, items, also)
    making.join_shop_products(evidence, drafts, shelf, certain)
    families = making.group(evidence, drafts, shelf)
    variants.give_barcodes(evidence, drafts)
    read_taken(
        shelf,
        names=making.name_keys_to_ask_for(families),
        skus=variants.skus_to_ask_for(evidence, drafts),
        codes=variants.codes_to_ask_for(evidence, drafts),
    )
    making.name_families(families, drafts, shelf)
    variants.give_skus(evidence, drafts, shelf)
    variants.give_prices(evidence, drafts, shelf, _price_setting(evidence))
    variants.check_brand(evidence, drafts, shelf)
    variants.check_codes(evidence, drafts, shelf)
    return storing.store_families(evidence, families, shelf)


def _price_setting(evidence: Evidence) -> PriceSetting:
    order, shop = evidence.order, evidence.order.retailer
    return PriceSetting(
        evidence.rules, shop.currency, shop.prices_include_tax, rate=order.exchange_rate
    )


def _take_answers(before: Decision | None, draft: Suggestion) -> None:
    """Answers given before are taken over; what still blocks goes to the conflict bin."""
    if before is not None:
        with_answers(draft.problems, before.problems)
    variants.settle_bin(draft)
