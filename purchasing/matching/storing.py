"""Writing what matching found: bulk upserts, so that statements do not grow with the order.

A decision that a person made, holds, or that is written already is never touched, except that the
option values of a family follow when a colour joins it.
"""

from purchasing.matching.evidence import Evidence
from purchasing.matching.families import Drafts, Family
from purchasing.matching.naming import clean_name
from purchasing.matching.problems import blocking
from purchasing.matching.rules import Suggestion
from purchasing.matching.shelf import Shelf
from purchasing.models import Decision, NewProduct

State, Action = Decision.State, Decision.Action
_DECISION_FIELDS = (
    "bin",
    "rule",
    "reasons",
    "candidates",
    "problems",
    "state",
    "action",
    "variant",
    "product",
    "new_product",
    "same_item",
    "sku",
    "barcode",
    "barcode_kind",
    "options",
    "retail_price",
)
_PRODUCT_FIELDS = (
    "style_number",
    "name",
    "description",
    "brand_label",
    "brand",
    "new_brand_name",
    "category",
    "tax",
    "attributes",
    "image_urls",
)


def is_kept(decision: Decision | None) -> bool:
    """Somebody decided, holds it, or it is written: matching leaves it as it is."""
    if decision is None:
        return False
    if decision.state in (State.HELD, State.WRITTEN):
        return True
    return decision.state == State.DECIDED and decision.decided_by_id is not None


def store_families(
    evidence: Evidence, families: list[Family], shelf: Shelf
) -> dict[str, NewProduct]:
    """The families as rows, by key; what somebody edited stays as it was typed."""
    rows = [_product_row(evidence, family, shelf) for family in families]
    if rows:
        NewProduct.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["order", "key"],
            update_fields=list(_PRODUCT_FIELDS),
        )
        _store_tags(evidence, [row for row in rows if row.key not in shelf.existing], shelf)
    return {row.key: row for row in rows}


def _product_row(evidence: Evidence, family: Family, shelf: Shelf) -> NewProduct:
    kept = shelf.existing.get(family.key)
    if kept is not None and kept.edited_by_id:
        kept.attributes = family.attributes
        return kept
    first = family.first
    brand = shelf.brand_of(first)
    start = shelf.starting_with(brand.brand)
    return NewProduct(
        order=evidence.order,
        key=family.key,
        style_number=first.style_number,
        name=family.name,
        description=_description(family, shelf),
        brand_label=clean_name(first.brand_name)[:255],
        brand_id=brand.brand,
        new_brand_name=brand.new_name,
        category_id=start.category,
        tax_id=start.tax,
        attributes=family.attributes,
        image_urls=_pictures(family, shelf)[: evidence.rules.image_count],
    )


def _description(family: Family, shelf: Shelf) -> str:
    texts = (shelf.details.get(item.pk, ("", []))[0] for item in family.members)
    return next((text for text in texts if text), "")


def _pictures(family: Family, shelf: Shelf) -> list[str]:
    urls = [url for item in family.members for url in shelf.details.get(item.pk, ("", []))[1]]
    return list(dict.fromkeys(urls))


def _store_tags(evidence: Evidence, rows: list[NewProduct], shelf: Shelf) -> None:
    through = NewProduct.tags.through
    pairs = [
        through(newproduct_id=row.pk, tag_id=tag)
        for row in rows
        for tag in shelf.starting_with(row.brand_id).tags
    ]
    if pairs:
        through.objects.bulk_create(pairs, ignore_conflicts=True)


def store_decisions(
    evidence: Evidence, drafts: Drafts, products: dict[str, NewProduct]
) -> list[Decision]:
    """Decisions as rows, in one upsert; those of sizes no longer ordered go."""
    rows = []
    for item in evidence.items:
        draft = drafts.get(item.pk)
        if draft is None:
            continue
        before = evidence.decisions.get(item.pk)
        if is_kept(before):
            row = _follow_family(before, draft, products)
        else:
            row = _row(evidence, item.pk, before, draft, products)
        if row is not None:
            rows.append(row)
    if rows:
        Decision.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["order", "item"],
            update_fields=list(_DECISION_FIELDS),
        )
    _sweep(evidence)
    return rows


def _row(
    evidence: Evidence,
    item: int,
    before: Decision | None,
    draft: Suggestion,
    products: dict[str, NewProduct],
) -> Decision:
    return Decision(
        order=evidence.order,
        item_id=item,
        bin=draft.bin,
        rule=draft.rule,
        reasons=draft.reasons,
        candidates=draft.candidates,
        problems=draft.problems,
        state=_state(before, draft),
        action=draft.action,
        variant_id=draft.variant if draft.action == Action.LINK else None,
        product_id=draft.product if draft.action == Action.ADD else None,
        new_product=products.get(draft.family) if draft.action == Action.CREATE else None,
        same_item=draft.same_item,
        sku=draft.sku if draft.makes_variant else "",
        barcode=draft.barcode if draft.makes_variant else "",
        barcode_kind=draft.barcode_kind if draft.makes_variant else "",
        options=draft.options if draft.makes_variant else [],
        retail_price=draft.retail_price if draft.makes_variant else None,
        decided_by=before.decided_by if before is not None else None,
        decided_at=before.decided_at if before is not None else None,
    )


def _state(before: Decision | None, draft: Suggestion) -> str:
    """A remembered link is decided already, unless somebody reopened it here."""
    reopened = before is not None and before.decided_by_id is not None
    if draft.rule == "remembered" and not reopened and not blocking(draft.problems):
        return State.DECIDED
    return State.OPEN


def _follow_family(
    before: Decision | None, draft: Suggestion, products: dict[str, NewProduct]
) -> Decision | None:
    """A decided size of a family takes the family's attributes on; all else is the person's."""
    if before is None or before.state == State.WRITTEN or before.action != Action.CREATE:
        return None
    before.new_product = products.get(draft.family, before.new_product)
    before.options = draft.options
    return before


def _sweep(evidence: Evidence) -> None:
    """Decisions of sizes that are no longer ordered, and families nobody needs any more."""
    ordered = [item.pk for item in evidence.items]
    gone = Decision.objects.filter(order=evidence.order).exclude(state=State.WRITTEN)
    gone.exclude(item_id__in=ordered).delete()
    empty = NewProduct.objects.filter(order=evidence.order, product=None, decisions=None)
    empty.delete()
