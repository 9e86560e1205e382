"""How an ordered size is recognised: an ordered list of rules, the first that speaks decides.

Each rule gives a suggestion with its reasons in plain words, or None. Two different valid GTINs are
never the same item, so a clash of barcodes caps what any rule but a remembered link may say. More
rules (size and colour dictionaries, similar names) go into RULES, most trustworthy first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.names import attribute_alias, code_key, name_key
from purchasing.matching.evidence import Evidence, Item, Known
from purchasing.matching.problems import Row, problem
from purchasing.models import Decision

Action, Bin = Decision.Action, Decision.Bin


@dataclass(slots=True)
class Suggestion:
    """What to do with one size, why, and what must be settled first."""

    bin: str
    rule: str
    action: str
    variant: int | None = None
    product: int | None = None
    reasons: list[str] = field(default_factory=list)
    candidates: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Row] = field(default_factory=list)
    family: str = ""
    options: list[dict[str, str]] = field(default_factory=list)
    sku: str = ""
    barcode: str = ""
    barcode_kind: str = ""
    retail_price: Decimal | None = None
    same_item: bool = False

    @property
    def makes_variant(self) -> bool:
        return self.action in (Action.CREATE, Action.ADD)


class Rule(Protocol):
    """One way of recognising a size."""

    name: str

    def look(self, item: Item, evidence: Evidence) -> Suggestion | None:
        """A suggestion, or None where this rule has nothing to say."""


class Remembered:
    """Linked on an earlier order: the link holds whatever was renamed since (edge cases 14, 34)."""

    name = "remembered"

    def look(self, item: Item, evidence: Evidence) -> Suggestion | None:
        if item.linked is None or item.is_broken or item.linked not in evidence.variants:
            return None
        known = evidence.variants[item.linked]
        found = _link(self.name, known, _("Linked on an earlier order"))
        if _barcodes_clash(item, known):
            text = _("The brand sends another barcode now: %s. Yours stays.") % item.code
            found.problems.append(problem("code-new", text, blocks=False, field="barcode"))
        return found


class BrandKey:
    """The brand's own id and the size: constant across seasons (edge case 17)."""

    name = "brand-key"

    def look(self, item: Item, evidence: Evidence) -> Suggestion | None:
        siblings = evidence.siblings_by_brand_key.get(item.brand_item_key, ())
        found = evidence.living(one.variant for one in siblings if one.pk != item.pk)
        if not found:
            return None
        if len(found) > 1:
            words = _("The brand's id was linked to %d of your products")
            return _several(self.name, found, words)
        reason = _("Carried over: the same item in an earlier season")
        return _capped(item, _link(self.name, found[0], reason), found[0])


class SameBarcode:
    """The same GTIN, compared as 14 digits."""

    name = "barcode"

    def look(self, item: Item, evidence: Evidence) -> Suggestion | None:
        found = evidence.living(evidence.by_gtin.get(item.gtin or "", ()))
        if not found:
            return None
        if len(found) > 1:  # edge case 9: old data, nobody chooses for the shop
            return _several(self.name, found, _("This barcode is on %d of your products"))
        return self._one(item, found[0])

    def _one(self, item: Item, known: Known) -> Suggestion:
        other_brand, other_style = _another_brand(item, known), _another_style(item, known)
        suggestion = _link(self.name, known, _("Same barcode"))
        if other_brand and other_style:  # edge case 8
            text = _("Barcode %(code)s is on your %(name)s, another brand and style.")
            same = ("same", _("It is the same item"))
            drop = ("drop", _("Create new, without it"))
            said = text % {"code": item.code, "name": known.name}
            row = problem("code-elsewhere", said, field="barcode", choices=[same, drop])
            suggestion.problems.append(row)
            suggestion.bin = Bin.CONFLICT
        elif other_brand:
            suggestion.bin = Bin.LIKELY
            suggestion.reasons.append(_("Your product carries another brand"))
        elif item.by_repair:
            suggestion.bin = Bin.LIKELY
            suggestion.reasons = [_("Same barcode once its lost zero is put back")]
        return suggestion


class SupplierCode:
    """The code this supplier's goods carry in the shop: style, or style with its options."""

    name = "supplier-code"

    def look(self, item: Item, evidence: Evidence) -> Suggestion | None:
        for key in item.shelf_keys:
            if key not in evidence.by_code:
                continue
            found = [
                one
                for one in evidence.living(evidence.by_code.get(key, ()))
                if self._agrees(item, one, is_full=key in item.full_keys, rules=evidence)
            ]
            if len(found) == 1:
                link = _link(self.name, found[0], _("Same supplier code at the same supplier"))
                return _capped(item, link, found[0])
            if found:
                words = _("This supplier code is on %d of your products")
                return _several(self.name, found, words)
        return None

    @staticmethod
    def _agrees(item: Item, known: Known, *, is_full: bool, rules: Evidence) -> bool:
        """A code without all options stands for this size only where the options say so too."""
        if not known.option_names:
            return is_full or _is_plain(item, rules)
        if not is_full and not _tells_colour(known) and len(rules.colours_of(item.style_key)) > 1:
            return False
        mine = {"colour": item.colour_key, "size": item.size_key}
        return all(
            code_key(value) == mine.get(attribute_alias(name), code_key(value))
            for name, value in zip(known.option_names, known.option_values, strict=True)
        )


def _tells_colour(known: Known) -> bool:
    return any(attribute_alias(name) == "colour" for name in known.option_names)


def _is_plain(item: Item, evidence: Evidence) -> bool:
    """One size only: a style number alone is then a code of this item."""
    one_size = item.is_one_size or item.size.casefold() in evidence.rules.one_size_labels
    return one_size or not item.size


RULES: tuple[Rule, ...] = (Remembered(), BrandKey(), SameBarcode(), SupplierCode())


def recognise(item: Item, evidence: Evidence, rules: Iterable[Rule] = RULES) -> Suggestion:
    """The first suggestion of the rules, else that it is new."""
    found = next((one for rule in rules if (one := rule.look(item, evidence))), None)
    suggestion = found or Suggestion(Bin.NEW, "new", Action.CREATE)
    if item.is_broken and suggestion.rule != "remembered":
        _tell_of_broken_link(suggestion)
    _tell_of_pos_state(suggestion, evidence)
    return suggestion


def _tell_of_broken_link(suggestion: Suggestion) -> None:
    """The linked product is gone: relink, recreate or skip, never silently anew (edge case 29)."""
    if suggestion.variant:
        suggestion.bin = Bin.LIKELY if suggestion.bin == Bin.CERTAIN else suggestion.bin
        suggestion.reasons.append(_("The product it was linked to was deleted in the POS"))
        return
    text = _(
        "It was linked to a product that was deleted in the POS. Link it anew, or create it again."
    )
    choices = [("recreate", _("Create it again"))]
    suggestion.problems.append(problem("link-deleted", text, field="variant", choices=choices))
    suggestion.bin = Bin.CONFLICT


def _tell_of_pos_state(suggestion: Suggestion, evidence: Evidence) -> None:
    """What a linked product's state in the POS means for this order (edge cases 30, 31)."""
    known = evidence.variants.get(suggestion.variant or 0)
    if known is None:
        return
    if not known.is_active:
        text = _("Your product is inactive in the POS; it is made active when the order is sent.")
        suggestion.problems.append(problem("inactive", text, blocks=False))
    if not known.tracks_inventory:
        text = _("Your product does not track inventory: receiving will not change its stock.")
        suggestion.problems.append(problem("untracked", text, blocks=False))


def _link(rule: str, known: Known, reason: str) -> Suggestion:
    return Suggestion(
        Bin.CERTAIN,
        rule,
        Action.LINK,
        variant=known.pk,
        product=known.product,
        reasons=[reason],
        candidates=[{"variant": known.pk, "reasons": [reason]}],
    )


def _several(rule: str, found: list[Known], words: str) -> Suggestion:
    """More than one fits: all are shown, none is taken."""
    text = words % len(found)
    return Suggestion(
        Bin.CONFLICT,
        rule,
        Action.LINK,
        reasons=[text],
        candidates=[{"variant": one.pk, "reasons": [text]} for one in found[:20]],
        problems=[problem("several", _("%s. Choose one.") % text, field="variant")],
    )


def _capped(item: Item, suggestion: Suggestion, known: Known) -> Suggestion:
    """Two different valid GTINs: likely at most, and it is said."""
    if _barcodes_clash(item, known):
        suggestion.bin = Bin.LIKELY
        suggestion.reasons.append(
            ngettext(
                "Your product carries another valid barcode",
                "Your product carries %(count)d other valid barcodes",
                len(known.gtins),
            )
            % {"count": len(known.gtins)}
        )
    return suggestion


def _barcodes_clash(item: Item, known: Known) -> bool:
    return bool(item.gtin14 and known.gtins and item.gtin14 not in known.gtins)


def _another_brand(item: Item, known: Known) -> bool:
    """Known to be of another brand; a product without a brand is not."""
    return bool(item.brand_key and known.brand_key and item.brand_key != known.brand_key)


def _another_style(item: Item, known: Known) -> bool:
    """Known to be of another style: by supplier codes, else because the names share no word."""
    if item.style_key and known.code_keys:
        return not any(key.startswith(item.style_key) for key in known.code_keys)
    words = set(name_key(item.name).split()) & set(name_key(known.name).split())
    return not words
