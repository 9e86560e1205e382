"""What people decide about styles and sizes. Each act is one transaction and one sentence told.

`seen` is the style's token as the page showed it; an act on something a colleague decided meanwhile
is refused with the colleague's answer (edge case 105).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Product, Variant
from catalog.names import attribute_alias, code_key
from purchasing.errors import OrderError
from purchasing.matching import match_order
from purchasing.matching.problems import problem
from purchasing.models import Decision
from purchasing.review.desk import Desk, at_desk
from purchasing.review.styles import Size, Style, styles_of
from retailers.models import Event, User

Action, Bin, State = Decision.Action, Decision.Bin, Decision.State


@dataclass(slots=True)
class Accepted:
    """What a bulk accept did: styles decided, and the names of those left out with the reason."""

    event: Event | None = None
    styles: int = 0
    left_out: list[str] = field(default_factory=list)


def accept(order_pk: int, item: int, *, by: User, seen: str = "") -> Event:
    """Take the suggestion for every open size of a style."""
    with at_desk(order_pk, by) as desk:
        style = desk.style(item)
        desk.seen(style, seen)
        rows = _acceptable(style)
        _refuse_shared_variants(desk, rows)
        desk.decide(rows)
        return desk.tell("accepted", _told(style, rows), rows)


def accept_bin(order_pk: int, bin_name: str, tokens: Mapping[int, str], *, by: User) -> Accepted:
    """Accept all styles of a bin as they were shown.

    `tokens` holds what was seen, by style. What a colleague changed meanwhile, or what cannot be
    written as it is, is left out and named (edge case 110).
    """
    done = Accepted()
    with at_desk(order_pk, by) as desk:
        rows: list[Decision] = []
        for style in desk.styles:
            token = next((tokens[pk] for pk in style.items if pk in tokens), None)
            if token is None:
                continue
            if style.token != token:
                done.left_out.append(_("%s, a colleague changed it") % style.name)
            elif style.bin != bin_name:
                done.left_out.append(_("%s, something about it is new: look again") % style.name)
            elif any(size.blockers for size in style.open_sizes):
                done.left_out.append(_("%s, something must be settled first") % style.name)
            elif style.open_sizes:
                rows.extend(_acceptable(style))
                done.styles += 1
        if rows:
            _refuse_shared_variants(desk, rows)
            desk.decide(rows)
            text = ngettext("%(count)d style accepted", "%(count)d styles accepted", done.styles)
            done.event = desk.tell("accepted", text % {"count": done.styles}, rows)
    return done


def link_item(
    order_pk: int, item: int, variant: Variant, *, by: User, seen: str = "", same_item: bool = False
) -> Event:
    """This size is that variant of the shop (edge case 32: two sizes only when said so)."""
    with at_desk(order_pk, by) as desk:
        style = desk.style(item)
        desk.seen(style, seen)
        row = _size(style, item).decision
        _set_link(row, variant, same_item=same_item)
        _refuse_shared_variants(desk, [row])
        desk.decide_or_keep([row])
        text = _("%(item)s is %(variant)s") % {"item": row.item, "variant": variant}
        return desk.tell("linked", text, [row])


def link_style(
    order_pk: int, item: int, product: Product, *, by: User, seen: str = ""
) -> tuple[Event, list[str]]:
    """Link a style's open sizes to a product of the shop, variant by variant.

    Returns the event and the sizes the product does not have: they stay open, and are suggested as
    variants to be added where the product's attributes take them.
    """
    with at_desk(order_pk, by) as desk:
        style = desk.style(item)
        desk.seen(style, seen)
        variants = list(
            Variant.objects.filter(product=product, deleted_at=None).order_by("position", "id")
        )
        linked: list[Decision] = []
        missing: list[Decision] = []
        for size in style.open_sizes:
            found = _variant_for(size, variants)
            if found is None:
                missing.append(size.decision)
                continue
            _set_link(size.decision, found, same_item=False)
            linked.append(size.decision)
        if not linked:
            raise OrderError(
                _("No size of %(style)s is on %(product)s. Add them, or link one by one.")
                % {"style": style.name, "product": product}
            )
        _refuse_shared_variants(desk, linked)
        desk.decide_or_keep(linked)
        _suggest_addition(desk, missing, product, variants)
        text = ngettext(
            "%(style)s: %(count)d size linked to %(product)s",
            "%(style)s: %(count)d sizes linked to %(product)s",
            len(linked),
        ) % {"style": style.name, "count": len(linked), "product": product}
        event = desk.tell("linked", text, linked)
        match_order(order_pk)
        return event, [str(row.item) for row in missing]


def create_new(
    order_pk: int, item: int, *, by: User, seen: str = "", items: Iterable[int] = ()
) -> Event:
    """Create the open sizes of a style (or these items of it) as a new product."""
    with at_desk(order_pk, by) as desk:
        style = desk.style(item)
        desk.seen(style, seen)
        rows = _chosen(style, items)
        for row in rows:
            _restart(row, Action.CREATE)
        desk.store(rows)
        match_order(order_pk)
        return _decide_again(desk, rows, "created", _("%(style)s: create new"))


def add_to_product(
    order_pk: int,
    item: int,
    product: Product,
    *,
    by: User,
    seen: str = "",
    items: Iterable[int] = (),
) -> Event:
    """Add the open sizes of a style (or these items of it) as variants of a product of the shop."""
    with at_desk(order_pk, by) as desk:
        style = desk.style(item)
        desk.seen(style, seen)
        variants = list(Variant.objects.filter(product=product, deleted_at=None))
        rows = _chosen(style, items)
        for row in rows:
            options = options_in(product, variants, row)
            _restart(row, Action.ADD)
            row.product, row.options = product, options
        desk.store(rows)
        match_order(order_pk)
        return _decide_again(desk, rows, "added", _("%(style)s: add as variants"))


def skip(order_pk: int, item: int, *, by: User, seen: str = "", items: Iterable[int] = ()) -> Event:
    """Leave the open sizes of a style (or these items) out: no line and no product in the POS."""
    with at_desk(order_pk, by) as desk:
        style = desk.style(item)
        desk.seen(style, seen)
        rows = _chosen(style, items)
        for row in rows:
            row.action, row.variant, row.product, row.new_product = Action.SKIP, None, None, None
        desk.decide(rows)
        match_order(order_pk)
        return desk.tell("skipped", _("%s is left out") % style.name, rows)


def hold(order_pk: int, item: int, *, by: User, seen: str = "") -> Event:
    """Put a style aside for later; it stays open."""
    with at_desk(order_pk, by) as desk:
        style = desk.style(item)
        desk.seen(style, seen)
        rows = [size.decision for size in style.open_sizes]
        for row in rows:
            row.state, row.decided_by, row.decided_at = State.HELD, desk.by, desk.now
        desk.store(rows)
        return desk.tell("held", _("%s is held for later") % style.name, rows)


def undo(order_pk: int, item: int, *, by: User, seen: str = "") -> Event:
    """Open a style again: what was decided is forgotten and worked out afresh."""
    with at_desk(order_pk, by) as desk:
        style = desk.style(item)
        desk.seen(style, seen)
        rows = [size.decision for size in style.sizes if size.decision.state != State.WRITTEN]
        _reopen(desk, rows)
        return desk.tell("reopened", _("%s is open again") % style.name, rows)


def undo_act(order_pk: int, event_pk: int, *, by: User) -> tuple[Event | None, list[str]]:
    """Take back one act as a whole; sizes somebody decided since are left alone and named."""
    with at_desk(order_pk, by) as desk:
        act = Event.objects.about(desk.order).filter(pk=event_pk).first()
        items = set(act.facts.get("items", [])) if act is not None else set()
        stamp = act.facts.get("at") if act is not None else ""
        rows, others = [], []
        for style in desk.styles:
            for size in style.sizes:
                at = size.decision.decided_at
                if size.item.pk not in items or size.decision.state == State.WRITTEN:
                    continue
                if at is not None and at.isoformat() == stamp:
                    rows.append(size.decision)
                else:
                    others.append(style.name)
        if not rows:
            return None, sorted(set(others))
        _reopen(desk, rows)
        text = ngettext("%d size is open again", "%d sizes are open again", len(rows))
        return desk.tell("reopened", text % len(rows), rows), sorted(set(others))


def options_in(product: Product, variants: list[Variant], row: Decision) -> list[dict[str, str]]:
    """This size in the attributes of a product of the shop; refused where they do not fit (22)."""
    names = next((_names(one) for one in variants if one.options), list(product.attributes))
    if not names:
        raise OrderError(
            _("%s has no variants. Link to it, or create a product of its own.") % product
        )
    values = {"colour": row.item.colour, "size": row.item.size}
    options = []
    for name in names:
        value = values.get(attribute_alias(name), "")
        if not value:
            raise OrderError(
                _("%(product)s tells its variants apart by %(name)s, which %(item)s does not have.")
                % {"product": product, "name": name, "item": row.item}
            )
        options.append({"name": name, "value": value})
    return options


def _names(variant: Variant) -> list[str]:
    return [str(option["name"]) for option in variant.options]


def _acceptable(style: Style) -> list[Decision]:
    """The open decisions of a style, ready to be taken; refuses what must be settled first."""
    if not style.open_sizes:
        raise OrderError(_("%s is decided already.") % style.name)
    for size in style.open_sizes:
        if size.blockers:
            why = size.blockers[0] or _("choose the product it is linked to")
            raise OrderError(_("%(style)s: %(why)s") % {"style": style.name, "why": why})
    return [size.decision for size in style.open_sizes]


def _refuse_shared_variants(desk: Desk, rows: list[Decision]) -> None:
    """One variant of the shop stands for one size of an order (edge case 32)."""
    batch = {row.item_id for row in rows}
    taken: dict[int, Decision] = {}
    for style in desk.styles:
        for size in style.sizes:
            one = size.decision
            decided = one.state in (State.DECIDED, State.WRITTEN)
            if one.variant_id and decided and one.item_id not in batch:
                taken[one.variant_id] = one
    for row in rows:
        if row.action != Action.LINK or row.variant_id is None:
            continue
        other = taken.get(row.variant_id)
        if other is not None and not row.same_item:
            raise OrderError(
                _("%(other)s is linked to this product already. Say “same item” to add them up.")
                % {"other": other.item},
                field="same_item",
            )
        taken[row.variant_id] = row


def _size(style: Style, item: int) -> Size:
    return next(size for size in style.sizes if size.item.pk == item)


def _chosen(style: Style, items: Iterable[int]) -> list[Decision]:
    """These items of the style, else all that are open; refuses when nothing is left."""
    wanted = set(items)
    sizes = [one for one in style.sizes if one.item.pk in wanted] if wanted else style.open_sizes
    rows = [one.decision for one in sizes if one.decision.state != State.WRITTEN]
    if not rows:
        raise OrderError(_("%s is decided already.") % style.name)
    return rows


def _set_link(row: Decision, variant: Variant, *, same_item: bool) -> None:
    row.action, row.variant, row.product, row.new_product = Action.LINK, variant, None, None
    row.same_item = same_item
    row.sku = row.barcode = row.barcode_kind = ""
    row.options, row.retail_price = [], None
    about = ("several", "link-deleted", "same-variant", "code-elsewhere")
    row.problems = [
        {**one, "answer": one.get("answer") or ("same-item" if same_item else "linked")}
        if one["code"] in about or one.get("field") == "barcode"
        else one
        for one in row.problems
    ]


def _restart(row: Decision, action: str) -> None:
    """A person asks for this action; SKU, barcode, price and options are worked out by matching."""
    row.action, row.rule, row.state = action, "person", State.OPEN
    row.decided_by = row.decided_at = None
    row.bin = Bin.NEW if action == Action.CREATE else Bin.LIKELY
    row.variant = row.product = row.new_product = None
    row.sku = row.barcode = row.barcode_kind = ""
    row.options, row.retail_price, row.same_item = [], None, False


def _decide_again(desk: Desk, rows: list[Decision], verb: str, words: str) -> Event:
    """After matching filled them in: decide what nothing stands in the way of."""
    items = {row.item_id for row in rows}
    styles = styles_of(desk.order)
    style = next(one for one in styles if one.items & items)
    sizes = [size for size in style.sizes if size.item.pk in items]
    ready = [size.decision for size in sizes if not size.blockers]
    desk.decide(ready)
    return desk.tell(verb, words % {"style": style.name}, [size.decision for size in sizes])


def _reopen(desk: Desk, rows: list[Decision]) -> None:
    for row in rows:
        row.state, row.rule, row.same_item = State.OPEN, "", False
        row.decided_by, row.decided_at = desk.by, desk.now
        row.problems = []
    desk.store(rows)
    match_order(desk.order.pk)


def _variant_for(size: Size, variants: list[Variant]) -> Variant | None:
    """The variant with this colour and size; attributes the product lacks do not count."""
    item = size.item
    mine = {"colour": code_key(item.colour), "size": code_key(item.size)}
    found = [
        one
        for one in variants
        if all(
            mine.get(attribute_alias(str(option["name"]))) == code_key(str(option["value"]))
            for option in one.options
        )
    ]
    return found[0] if len(found) == 1 else None


def _suggest_addition(
    desk: Desk, rows: list[Decision], product: Product, variants: list[Variant]
) -> None:
    """What the linked product lacks is suggested as variants of it, where its attributes fit."""
    changed = []
    for row in rows:
        try:
            options = options_in(product, variants, row)
        except OrderError:
            continue
        _restart(row, Action.ADD)
        row.product, row.options = product, options
        row.reasons = [_("The rest of this style is your %s") % product]
        row.problems = [problem("to-add", str(row.reasons[0]), blocks=False)]
        changed.append(row)
    desk.store(changed)


def _told(style: Style, rows: list[Decision]) -> str:
    actions = {row.action for row in rows}
    if actions == {Action.LINK}:
        return _("%s: linked") % style.name
    if actions == {Action.CREATE}:
        return _("%s: create new") % style.name
    return _("%s: accepted") % style.name
