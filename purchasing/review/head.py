"""What is settled once for the whole order: brands, supplier, outlet; and the yes to all of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Brand
from catalog.names import name_key
from purchasing.errors import OrderError
from purchasing.matching import match_order
from purchasing.matching.naming import clean_name
from purchasing.models import (
    Decision,
    NewProduct,
    OrderLine,
    PurchaseOrder,
    ShipTo,
    Supplier,
    SupplierBrand,
    SupplierItem,
)
from purchasing.review.desk import at_desk, require_reviewable
from purchasing.review.styles import Style, styles_of
from purchasing.signals import order_approved
from retailers.models import Event, Outlet, User, tell

Action, State = Decision.Action, Decision.State


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that keeps an order from being approved; `anchor` is where it is settled."""

    text: str
    anchor: str = ""
    line: int | None = None
    code: str = ""


def choose_brand(
    order_pk: int, label: str, *, by: User, brand: Brand | None = None, new_name: str = ""
) -> Event:
    """Which brand a label of this order means: one of the shop's, or a new one of this name."""
    key, name = name_key(label), clean_name(new_name)[:255]
    if brand is None and not name:
        raise OrderError(_("Choose a brand, or type a name for a new one."), field="brand")
    with at_desk(order_pk, by) as desk:
        same = Brand.objects.filter(name_key=name_key(name), deleted_at=None).first()
        if brand is None and same is not None:
            brand = same  # case and punctuation make no new brand (edge case 35)
        answer: dict[str, Any] = {"brand": brand.pk} if brand is not None else {"name": name}
        desk.order.brand_choices = {**desk.order.brand_choices, key: answer}
        desk.order.save(update_fields=["brand_choices"])
        families = NewProduct.objects.filter(order=desk.order, brand_label__iexact=label)
        families.update(brand=brand, new_brand_name="" if brand is not None else name)
        match_order(order_pk)
        what = brand.name if brand is not None else _("a new brand, %s") % name
        text = _("%(label)s is %(what)s") % {"label": label, "what": what}
        return tell(desk.order, "brand", text, actor=by)


def choose_outlet(order_pk: int, outlet: Outlet, *, by: User) -> Event:
    """Where the order is delivered."""
    with at_desk(order_pk, by) as desk:
        PurchaseOrder.objects.filter(pk=order_pk).update(outlet=outlet, lock=F("lock") + 1)
        return tell(desk.order, "outlet", _("Delivered to %s") % outlet, actor=by)


def choose_rate(order_pk: int, rate: Decimal, *, by: User) -> Event:
    """What one unit of the order's currency is in the shop's; prices follow it."""
    with at_desk(order_pk, by) as desk:
        order = desk.order
        PurchaseOrder.objects.filter(pk=order_pk).update(exchange_rate=rate, lock=F("lock") + 1)
        match_order(order_pk)
        text = _("One %(theirs)s is %(rate)s %(ours)s for this order") % {
            "theirs": order.currency,
            "rate": f"{rate.normalize():f}",
            "ours": order.retailer.currency,
        }
        return tell(order, "rate", text, actor=by)


def blockers(order: PurchaseOrder, styles: list[Style] | None = None) -> list[Blocker]:
    """Everything that is open, as sentences; empty when the order can be approved."""
    found = [*_head_blockers(order), *_line_blockers(order)]
    styles = styles_of(order) if styles is None else styles
    waiting = [style for style in styles if not style.is_decided]
    if waiting:
        words = ngettext(
            "%(count)d style is not decided: %(names)s",
            "%(count)d styles are not decided: %(names)s",
            len(waiting),
        )
        names = ", ".join(style.name for style in waiting[:5])
        names += " …" if len(waiting) > 5 else ""
        found.append(Blocker(words % {"count": len(waiting), "names": names}, anchor="desk"))
    elif not any(s.decision.action != Action.SKIP for style in styles for s in style.sizes):
        # edge case 64: an order of nothing is not made
        found.append(Blocker(_("Nothing of this order is left: no purchase order is made.")))
    found += [
        Blocker(_("%s: choose the product it is linked to") % size.item, anchor="desk")
        for style in styles
        for size in style.sizes
        if not size.is_open
        and size.decision.action == Action.LINK
        and size.decision.variant_id is None
    ]
    return found


@transaction.atomic
def approve(order: PurchaseOrder, by: User) -> None:
    """Say yes to the whole order: remembers its links, brands and address, and tells the world.

    Raises OrderError naming all that is open. What will be written is shown as a plan before
    anything goes to the POS.
    """
    locked = (
        PurchaseOrder.objects.select_for_update(of=("self",))
        .select_related("supplier", "outlet", "ship_to")
        .get(pk=order.pk)
    )
    require_reviewable(locked)
    if open_things := blockers(locked):
        raise OrderError(" ".join(f"{one.text.rstrip('.')}." for one in open_things))
    _remember_links(locked, by)
    remember_brands(locked, by=by)
    if locked.ship_to_id is not None:
        ShipTo.objects.filter(pk=locked.ship_to_id).update(outlet_id=locked.outlet_id)
    locked.move(
        PurchaseOrder.Status.TO_REVIEW,
        PurchaseOrder.Status.APPROVED,
        by=by,
        text=_("Approved the order"),
        approved_by=by,
        approved_at=timezone.now(),
    )
    order.refresh_from_db()
    order_approved.send(PurchaseOrder, order=locked)


def brand_labels(order: PurchaseOrder) -> list[dict[str, Any]]:
    """The labels whose new products need a brand, with the answer in force; one statement."""
    rows: dict[str, dict[str, Any]] = {}
    families = NewProduct.objects.filter(order=order).exclude(brand_label="")
    for one in families.select_related("brand").order_by("id"):
        key = name_key(one.brand_label)
        row = rows.setdefault(
            key,
            {"label": one.brand_label, "brand": one.brand, "new_name": one.new_brand_name, "n": 0},
        )
        row["n"] += 1
        row["is_open"] = not (one.brand_id or one.new_brand_name)
    return list(rows.values())


def _head_blockers(order: PurchaseOrder) -> Iterable[Blocker]:
    if not order.is_final_at_brand:
        status = order.get_brand_status_display().lower()
        yield Blocker(_("The brand has not approved the order; it says %s.") % status)
    if order.supplier.deleted_at is not None:
        text = _("Supplier %s was deleted in the POS: choose another.") % order.supplier
        yield Blocker(text, anchor="supplier")
    if order.outlet is None:
        yield Blocker(_("Choose the shop it is delivered to."), anchor="outlet")
    elif order.outlet.deleted_at is not None:
        text = _("%s was deleted in the POS: choose another shop.") % order.outlet
        yield Blocker(text, anchor="outlet")
    for row in order.problems:
        if row.get("blocks") and not row.get("answer"):
            yield Blocker(str(row["text"]), anchor="problems", code=str(row["code"]))


def _line_blockers(order: PurchaseOrder) -> Iterable[Blocker]:
    """Lines without units that say what is wrong with them; the others are asked style by style."""
    lines = OrderLine.objects.filter(order=order, removed=False, quantity=0).exclude(problems=[])
    for line in lines:
        for row in line.problems:
            if row.get("blocks") and not row.get("answer"):
                yield Blocker(str(row["text"]), anchor="problems", line=line.pk)


def _remember_links(order: PurchaseOrder, by: User) -> None:
    """Every link is the answer for the next order, too; two statements."""
    decisions = order.decisions.filter(action=Action.LINK, variant__isnull=False)
    changed = []
    for one in decisions.select_related("item"):
        if one.item.variant_id == one.variant_id and not one.item.link_trouble:
            continue
        one.item.link(one.variant, by=one.decided_by or by, at=timezone.now())
        changed.append(one.item)
    SupplierItem.objects.bulk_update(
        changed, ["variant", "linked_by", "linked_at", "link_trouble"], batch_size=1000
    )


def remember_brands(order: PurchaseOrder, *, by: User | None) -> None:
    """Which of the shop's brands a label means, for the next order.

    Called when an order is approved, and again once brands it makes are there.
    """
    answers: dict[str, SupplierBrand] = {}
    families = NewProduct.objects.filter(order=order, edited_by=None).exclude(brand_label="")
    for one in families.select_related("brand"):
        if one.brand is not None:
            answers[name_key(one.brand_label)[:255]] = SupplierBrand(
                supplier_id=order.supplier_id,
                label=one.brand_label,
                brand=one.brand,
                decided_by=by,
            )
    SupplierBrand.objects.bulk_create(
        answers.values(),
        update_conflicts=True,
        unique_fields=["supplier", "label_key"],
        update_fields=["label", "brand", "decided_by"],
    )


def similar_suppliers(order: PurchaseOrder) -> list[Supplier]:
    """Suppliers of the POS that an order's new supplier may be; the same name first."""
    if order.supplier.in_pos and order.supplier.deleted_at is None:
        return []
    words = set(order.supplier.name_key.split())
    rows = Supplier.objects.filter(in_pos=True, deleted_at=None).exclude(pk=order.supplier_id)
    scored = [(len(words & set(one.name_key.split())), one) for one in rows.order_by("name")]
    return [one for _score, one in sorted(scored, key=lambda pair: -pair[0])]
