"""What each new variant carries: SKU, barcode, retail price; and what stands in its way."""

from collections import defaultdict
from decimal import Decimal

from django.utils.translation import gettext as _

from purchasing.matching.codes import answered, propose
from purchasing.matching.evidence import Evidence, Item
from purchasing.matching.families import Drafts
from purchasing.matching.naming import sku_candidates, sku_for
from purchasing.matching.problems import Row, answer_of, blocking, problem
from purchasing.matching.rules import Suggestion
from purchasing.matching.shelf import Shelf
from purchasing.models import Decision
from purchasing.pricing import PriceSetting, retail_price

Action, Bin = Decision.Action, Decision.Bin
FREE = Decimal(100)


def skus_to_ask_for(evidence: Evidence, drafts: Drafts) -> set[str]:
    """Every SKU that may be given, to be looked for in the shop in one go."""
    found: set[str] = set()
    for item in evidence.items:
        draft = drafts.get(item.pk)
        if draft is not None and draft.makes_variant and not draft.sku:
            values = [option["value"] for option in draft.options]
            found.update(sku_candidates(item.style_number, values, item.source_key))
    return {sku for sku in found if sku}


def codes_to_ask_for(evidence: Evidence, drafts: Drafts) -> set[str]:
    """Every barcode as it would be written."""
    return {
        draft.barcode
        for item in evidence.items
        if (draft := drafts.get(item.pk)) and draft.makes_variant and draft.barcode
    }


def give_barcodes(evidence: Evidence, drafts: Drafts) -> None:
    """Barcodes by what came and by what was answered about it; a typed one is left alone."""
    for item in evidence.items:
        draft = drafts.get(item.pk)
        if draft is None or not draft.makes_variant or draft.barcode:
            continue
        before = evidence.decisions.get(item.pk)
        old = before.problems if before is not None else []
        if answer_of(old, "barcode-none"):
            row = problem("barcode-none", "", blocks=False, field="")
            draft.problems.append({**row, "answer": "drop"})
            continue
        found = propose(item.code)
        if found.problem is None:
            draft.barcode, draft.barcode_kind = found.barcode, found.kind
            continue
        answer = answer_of(old, found.problem["code"])
        chosen = answered(item.code, answer)
        draft.barcode, draft.barcode_kind = chosen.barcode, chosen.kind
        draft.problems.append(found.problem)


def give_skus(evidence: Evidence, drafts: Drafts, shelf: Shelf) -> None:
    taken = set(shelf.skus_taken)
    taken |= {draft.sku.lower() for draft in drafts.values() if draft.sku}
    taken |= {draft.barcode.lower() for draft in drafts.values() if draft.barcode}
    for item in evidence.items:
        draft = drafts.get(item.pk)
        if draft is None or not draft.makes_variant or draft.sku:
            continue
        values = [option["value"] for option in draft.options]
        draft.sku = sku_for(item.style_number, values, item.source_key, taken)


def give_prices(evidence: Evidence, drafts: Drafts, shelf: Shelf, setting: PriceSetting) -> None:
    """Retail prices by the shop's rule; a price that somebody typed stays."""
    for item in evidence.items:
        draft = drafts.get(item.pk)
        if draft is None or not draft.makes_variant or draft.retail_price is not None:
            continue
        start = shelf.starting_with(shelf.brand_of(item).brand)
        found = retail_price(
            setting,
            msrp=item.msrp,
            wholesale=item.list_cost or item.wholesale or item.unit_cost,
            currency=evidence.order.currency,
            tax_rate=start.tax_rate,
        )
        draft.retail_price = found.price
        draft.problems.extend(problem(**one.as_dict()) for one in found.problems)  # type: ignore[arg-type]


def check_brand(evidence: Evidence, drafts: Drafts, shelf: Shelf) -> None:
    """Two brands of the shop share the label's name: a person says which (edge case 38)."""
    for item in evidence.items:
        draft = drafts.get(item.pk)
        if draft is None or draft.action != Action.CREATE:
            continue
        if shelf.brand_of(item).is_ambiguous:
            text = _("Two of your brands are called %s. Say which one it is.") % item.brand_name
            draft.problems.append(problem("brand", text, field="brand"))


def check_cost(item: Item, draft: Suggestion) -> None:
    """What was wrong with the line, and a price of 0: held until somebody says (cases 49, 50)."""
    for row in item.line_problems:
        draft.problems.append(_with_ways(row))
    known = {str(row.get("code")) for row in item.line_problems}
    if known & {"price_zero", "price_missing", "sample"}:
        return
    if item.unit_cost is None:
        text = _("The order gives no price for it.")
        draft.problems.append(_with_ways(problem("price_missing", text, field="unit_cost")))
    elif item.unit_cost == 0 and item.discount != FREE:
        text = _("Its price is 0.00 without a discount: a gift, or a fault of the data?")
        draft.problems.append(_with_ways(problem("price_zero", text, field="unit_cost")))
    elif item.unit_cost == 0:
        text = _("A free sample at 0.00: it lowers the average cost of the product.")
        draft.problems.append(problem("sample", text, blocks=False, field="unit_cost"))


def _with_ways(row: Row) -> Row:
    """A problem of the line with its ways out."""
    if not row.get("blocks"):
        return {"choices": [], "answer": "", **row}
    first = {
        "price_zero": ("free", _("It is free")),
        "price_missing": ("unknown", _("Order it without a cost")),
    }.get(str(row.get("code")), ("as-is", _("Take it as it is")))
    ways = (first, ("skip", _("Skip it")))
    choices = [{"key": key, "label": str(label)} for key, label in ways]
    return {"answer": "", **row, "choices": choices}


def check_codes(evidence: Evidence, drafts: Drafts, shelf: Shelf) -> None:
    """No two new variants with one code, and none with a code of the shop (edge cases 1, 6)."""
    holders: dict[str, list[Item]] = defaultdict(list)
    for item in evidence.items:
        draft = drafts.get(item.pk)
        if draft is None or not draft.makes_variant:
            continue
        if draft.barcode:
            holders[draft.barcode.lower()].append(item)
        if _is_in_shop(item, draft, evidence, shelf):
            _tell_taken(item, draft, evidence)
    for items in holders.values():
        if len(items) > 1:
            _settle_shared(items, drafts, evidence)


def _is_in_shop(item: Item, draft: Suggestion, evidence: Evidence, shelf: Shelf) -> bool:
    if not draft.barcode:
        return False
    held = evidence.living(evidence.by_gtin.get(item.gtin or "", ()))
    return bool(held) or draft.barcode.lower() in shelf.codes_taken


def _tell_taken(item: Item, draft: Suggestion, evidence: Evidence) -> None:
    before = evidence.decisions.get(item.pk)
    if before is not None and answer_of(before.problems, "code-taken") == "drop":
        draft.barcode = draft.barcode_kind = ""
    held = evidence.living(evidence.by_gtin.get(item.gtin or "", ()))
    text = _("Barcode %(code)s is on your %(name)s already.") % {
        "code": item.code,
        "name": held[0].name if held else _("product"),
    }
    ways = [("drop", _("Go without a barcode"))]
    draft.problems.append(problem("code-taken", text, field="barcode", choices=ways))
    known = {row.get("variant") for row in draft.candidates}
    draft.candidates.extend(
        {"variant": one.pk, "reasons": [_("Same barcode")]} for one in held if one.pk not in known
    )


def _settle_shared(items: list[Item], drafts: Drafts, evidence: Evidence) -> None:
    """One keeps the code, the others go without and get a generated one in the POS (case 1)."""
    code = drafts[items[0].pk].barcode
    text = _("%(count)d sizes of this order carry barcode %(code)s. Say which one keeps it.") % {
        "count": len(items),
        "code": code,
    }
    ways = [("keep", _("This one keeps it")), ("drop", _("Go without a barcode"))]
    answers = {}
    for item in items:
        before = evidence.decisions.get(item.pk)
        answers[item.pk] = answer_of(before.problems if before else [], "code-shared")
    keeper = next((pk for pk, answer in answers.items() if answer == "keep"), None)
    holding = [item.pk for item in items if answers[item.pk] != "drop"]
    if keeper is None and len(holding) == 1 and len(holding) < len(items):
        keeper = holding[0]
    for item in items:
        draft = drafts[item.pk]
        row = problem("code-shared", text, field="barcode", choices=ways)
        if keeper is not None:
            row["answer"] = "keep" if item.pk == keeper else "drop"
        if answers[item.pk] == "drop" or (keeper is not None and item.pk != keeper):
            row["answer"] = "drop"
            draft.barcode = draft.barcode_kind = ""
        draft.problems.append(row)


def check_same_variant(evidence: Evidence, drafts: Drafts) -> None:
    """One variant for two sizes only where somebody said so (edge case 32)."""
    by_variant: dict[int, list[Item]] = defaultdict(list)
    for item in evidence.items:
        draft = drafts.get(item.pk)
        if draft is not None and draft.action == Action.LINK and draft.variant:
            by_variant[draft.variant].append(item)
    for items in by_variant.values():
        if len(items) > 1:
            _tell_same_variant(items, drafts, evidence)


def _tell_same_variant(items: list[Item], drafts: Drafts, evidence: Evidence) -> None:
    if all(drafts[item.pk].rule == "remembered" for item in items):
        for item in items:
            drafts[item.pk].same_item = True
        return
    text = _("%d sizes of this order would be one product of yours.") % len(items)
    ways = [("same-item", _("Same item, add the quantities"))]
    for item in items:
        draft = drafts[item.pk]
        before = evidence.decisions.get(item.pk)
        old = before.problems if before else []
        draft.problems.append(problem("same-variant", text, field="variant", choices=ways))
        draft.same_item = answer_of(old, "same-variant") == "same-item"


def settle_bin(draft: Suggestion) -> None:
    """What cannot be written as it is lies in the conflict bin."""
    if blocking(draft.problems):
        draft.bin = Bin.CONFLICT
    elif draft.bin == Bin.CONFLICT and (draft.variant or draft.makes_variant):
        draft.bin = Bin.NEW if draft.action == Action.CREATE else Bin.LIKELY
