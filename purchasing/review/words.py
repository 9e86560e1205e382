"""What the desk says about a style: its question, its answer, why, and what must be settled."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Product
from purchasing.matching.problems import still_blocks
from purchasing.models import Decision
from purchasing.review.styles import Size, Style

Action, Bin = Decision.Action, Decision.Bin
TAG_OF_BIN = {
    Bin.CERTAIN: "sure",
    Bin.LIKELY: "likely",
    Bin.NEW: "new",
    Bin.CONFLICT: "clash",
}


@dataclass(slots=True)
class Open:
    """A problem of some sizes of the style, with its ways out."""

    code: str
    text: str
    items: list[int]
    names: list[str]
    choices: list[dict[str, str]]
    blocks: bool
    elsewhere: int = 0


def question(style: Style, product: Product | None) -> str:
    """The one question this style asks, as a sentence."""
    if style.is_decided:
        return _decided_words(style)
    if any(size.blockers for size in style.open_sizes):
        return _("%s cannot be written as it is") % style.name
    actions = {size.decision.action for size in style.open_sizes}
    ours = product.name if product is not None else ""
    if Action.ADD in actions:
        return _addition_question(style, ours, only=actions == {Action.ADD})
    if actions == {Action.LINK}:
        certain = style.bin == Bin.CERTAIN
        return (_("This is your %s") if certain else _("Is this your %s?")) % ours
    if product is not None and style.bin == Bin.LIKELY:
        names = {"name": style.name, "product": ours}
        return _("Create %(name)s beside your %(product)s?") % names
    return _("Create %s?") % style.name


def _addition_question(style: Style, ours: str, *, only: bool) -> str:
    colours = {s.item.colour for s in style.open_sizes if s.decision.action == Action.ADD}
    if len(colours) == 1 and "" not in colours:
        names = {"colour": next(iter(colours)), "product": ours}
        return _("Is %(colour)s a new colour of your %(product)s?") % names
    if only:
        return _("Are these new variants of your %s?") % ours
    return _("Does all of this belong to your %s?") % ours


def _decided_words(style: Style) -> str:
    actions = {size.decision.action for size in style.sizes}
    words = {
        Action.LINK: _("%s is linked"),
        Action.CREATE: _("%s will be created"),
        Action.ADD: _("%s will be added as variants"),
        Action.SKIP: _("%s is left out"),
    }
    pattern = words[Action(next(iter(actions)))] if len(actions) == 1 else _("%s is decided")
    return pattern % style.name


def first_answer(style: Style) -> str:
    """The words on the button that takes the suggestion."""
    counts = Counter(size.decision.action for size in style.open_sizes)
    if set(counts) == {Action.LINK}:
        n = counts[Action.LINK]
        return ngettext("Yes, link %d size", "Yes, link %d sizes", n) % n
    if set(counts) == {Action.ADD}:
        n = counts[Action.ADD]
        return ngettext("Yes, add %d variant", "Yes, add %d variants", n) % n
    if set(counts) == {Action.CREATE}:
        n = counts[Action.CREATE]
        return ngettext("Create it", "Create it, %d variants", n) % n if n > 1 else _("Create it")
    return _("Yes, take all of it")


def remark(style: Style) -> str:
    """The second line of a style in the queue."""
    if style.is_decided:
        return _who_decided(style)
    blockers = [text for size in style.open_sizes for text in size.blockers]
    if blockers:
        return blockers[0] or _("Choose the product it is linked to")
    reasons = Counter(r for size in style.open_sizes for r in size.decision.reasons)
    if reasons:
        text, n = reasons.most_common(1)[0]
        return text if n == len(style.open_sizes) else f"{text} ({n})"
    return _("Nothing like it in your shop")


def _who_decided(style: Style) -> str:
    who = next((s.decision.decided_by for s in style.sizes if s.decision.decided_by), None)
    if who is None:
        return _("Linked on an earlier order")
    return _("%(what)s by %(who)s") % {
        "what": style.sizes[0].decision.get_action_display(),
        "who": who,
    }


def reasons(style: Style) -> list[tuple[str, str]]:
    """Why we think so: (tag, words), each once with how many sizes say it."""
    total = len(style.sizes)
    counted = Counter(
        (TAG_OF_BIN[Bin(size.decision.bin)], reason)
        for size in style.sizes
        for reason in size.decision.reasons
    )
    return [
        (
            tag,
            text
            if n == total
            else _("%(text)s, %(n)d of %(total)d sizes") % {"text": text, "n": n, "total": total},
        )
        for (tag, text), n in counted.most_common()
    ]


def open_problems(style: Style, styles: Iterable[Style]) -> list[Open]:
    """What must be settled, alike ones together, and what is only said."""
    found: dict[tuple[str, str], Open] = {}
    for size in style.open_sizes:
        for row in size.decision.problems:
            if row.get("answer") or not row.get("text"):
                continue
            key = (row["code"], row["text"])
            one = found.get(key)
            if one is None:
                one = found[key] = Open(
                    row["code"], row["text"], [], [], row.get("choices", []), still_blocks(row)
                )
            one.items.append(size.item.pk)
            one.names.append(_size_name(size))
    elsewhere = _counts_elsewhere(style, styles)
    for one in found.values():
        one.elsewhere = elsewhere.get(one.code, 0)
    return sorted(found.values(), key=lambda one: not one.blocks)


def _counts_elsewhere(style: Style, styles: Iterable[Style]) -> Counter[str]:
    return Counter(
        row["code"]
        for other in styles
        if other is not style
        for size in other.open_sizes
        for row in size.decision.problems
        if still_blocks(row)
    )


def _size_name(size: Size) -> str:
    return " ".join(part for part in (size.item.colour, size.item.size) if part) or str(size.item)
