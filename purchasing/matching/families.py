"""New products: colourways of one style become one family; only what varies becomes an attribute.

Works on what `recognise` left as new, on what people want created, and on what they created
already (so that a colour that joins later gives all of them their colour). Nothing is written here.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from catalog.names import attribute_alias, code_key, name_key
from purchasing.matching.evidence import Evidence, Item, Known
from purchasing.matching.naming import clean_name, family_names
from purchasing.matching.problems import answer_of, problem
from purchasing.matching.rules import Suggestion
from purchasing.matching.shelf import Shelf
from purchasing.models import Decision

Action, Bin = Decision.Action, Decision.Bin
MOST_VARIANTS = 200  # X-Series guide "products_variants"
Axis = tuple[str, str, str]  # alias, the attribute's name in this shop, attribute of Item
Drafts = dict[int, Suggestion]


@dataclass(slots=True)
class Family:
    """A product to be created, with the sizes that go into it."""

    key: str
    members: list[Item] = field(default_factory=list)
    own_colour: str = ""
    name: str = ""
    axes: list[Axis] = field(default_factory=list)

    @property
    def first(self) -> Item:
        return self.members[0]

    @property
    def attributes(self) -> list[str]:
        return [name for _alias, name, _attribute in self.axes]


def join_shop_products(
    evidence: Evidence, drafts: Drafts, shelf: Shelf, certain: dict[tuple[str, str], set[int]]
) -> None:
    """A style the shop holds: its other colours and sizes go into that product (edge 17, 22)."""
    for style, items in _new_by_style(evidence, drafts).items():
        product = _one_product(style, certain, shelf)
        if product is None:
            continue
        variants = shelf.variants.get(product, [])
        room = MOST_VARIANTS - len(variants)
        for item in items:
            options = _fit(item, items, variants, evidence)
            if options is None or room <= 0:
                _stand_apart(drafts[item.pk], variants, item)
            elif twin := _twin(options, variants):
                _suggest_twin(drafts[item.pk], item, twin)
            else:
                _suggest_addition(drafts[item.pk], product, variants, options)
                room -= 1


def _new_by_style(evidence: Evidence, drafts: Drafts) -> dict[tuple[str, str], list[Item]]:
    found: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in evidence.items:
        if item.style_key and item.pk in drafts and drafts[item.pk].rule == "new":
            found[item.style].append(item)
    return found


def certain_products(evidence: Evidence, drafts: Drafts) -> dict[tuple[str, str], set[int]]:
    """The products that other sizes of a style are certainly in."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for item in evidence.items:
        draft = drafts[item.pk]
        if draft.action == Action.LINK and draft.bin == Bin.CERTAIN:
            known = evidence.variants.get(draft.variant or 0)
            if known is not None:
                found[item.style].add(known.product)
    return found


def _one_product(
    style: tuple[str, str], certain: dict[tuple[str, str], set[int]], shelf: Shelf
) -> int | None:
    """The product that holds this style; None where there is none or more than one."""
    found = certain.get(style) or set(shelf.products_by_style.get(style[1], ()))
    same_brand = {pk for pk in found if _brand_fits(style[0], shelf.variants.get(pk, ()), shelf)}
    return next(iter(same_brand)) if len(same_brand) == 1 else None


def _brand_fits(brand_key: str, variants: Iterable[Known], shelf: Shelf) -> bool:
    """The same brand, or one of the two does not say."""
    one = next(iter(variants), None)
    if one is None:
        return False
    chosen = shelf.brands.get(brand_key)
    return (
        not brand_key
        or not one.brand_key
        or one.brand_key == brand_key
        or (chosen is not None and chosen.brand == one.brand)
    )


def _fit(
    item: Item, items: list[Item], variants: list[Known], evidence: Evidence
) -> list[dict[str, str]] | None:
    """This size in the product's own attributes; None where they cannot tell it apart."""
    names = next((one.option_names for one in variants if one.option_names), ())
    values = {"colour": item.colour, "size": item.size}
    aliases = [attribute_alias(name) for name in names]
    if not names or any(not values.get(alias) for alias in aliases):
        return None
    if "colour" not in aliases and not _one_colour(item, items, evidence):
        return None
    if "size" not in aliases and len({one.size_key for one in items}) > 1:
        return None
    return [
        {"name": name, "value": values[alias]} for name, alias in zip(names, aliases, strict=True)
    ]


def _one_colour(item: Item, items: list[Item], evidence: Evidence) -> bool:
    """A product without a colour attribute takes only the colour it was linked with before."""
    colours = {one.colour_key for one in evidence.siblings_by_style.get(item.style_key, ())}
    colours |= {one.colour_key for one in items}
    return len(colours) == 1


def _twin(options: list[dict[str, str]], variants: list[Known]) -> Known | None:
    wanted = [code_key(option["value"]) for option in options]
    for one in variants:
        if [code_key(value) for value in one.option_values] == wanted:
            return one
    return None


def _suggest_twin(draft: Suggestion, item: Item, known: Known) -> None:
    reason = _("Same style, colour and size at the same supplier")
    draft.rule, draft.bin, draft.action = "style", Bin.LIKELY, Action.LINK
    draft.variant, draft.product = known.pk, known.product
    draft.reasons = [reason]
    if item.gtin14 and known.gtins and item.gtin14 not in known.gtins:
        draft.reasons.append(_("Your product carries another valid barcode"))
    draft.candidates = [{"variant": known.pk, "reasons": [reason]}]


def _suggest_addition(
    draft: Suggestion, product: int, variants: list[Known], options: list[dict[str, str]]
) -> None:
    draft.rule, draft.bin, draft.action = "style", Bin.LIKELY, Action.ADD
    draft.product, draft.options = product, options
    name = variants[0].name if variants else ""
    draft.reasons = [_("Your %s holds this style already") % name]
    draft.candidates = [{"product": product, "reasons": draft.reasons}]


def _stand_apart(draft: Suggestion, variants: list[Known], item: Item) -> None:
    """The attributes of the shop's product do not fit and are not changed behind its back."""
    draft.rule, draft.bin = "style-apart", Bin.LIKELY
    one = variants[0]
    held = ", ".join(one.option_names) or _("no attributes")
    text = _(
        "Your %(name)s holds this style but has %(held)s only: %(what)s goes into its own product"
    )
    what = item.colour or item.size
    draft.reasons = [text % {"name": one.name, "held": held, "what": what}]
    draft.candidates = [{"product": one.product, "reasons": draft.reasons}]


def group(evidence: Evidence, drafts: Drafts, shelf: Shelf) -> list[Family]:
    """The families this order creates, in the order of its lines."""
    found: dict[str, Family] = {}
    for item in evidence.items:
        draft = drafts.get(item.pk)
        if draft is None or draft.action != Action.CREATE:
            continue
        key, colour = _key_of(item, draft, evidence)
        family = found.setdefault(key, Family(key, own_colour=colour))
        family.members.append(item)
        draft.family = key
    families = list(found.values())
    for family in families:
        _find_axes(family, evidence, shelf)
        _give_options(family, drafts)
        _check_size(family, drafts)
    return families


def _key_of(item: Item, draft: Suggestion, evidence: Evidence) -> tuple[str, str]:
    """Brand and style; with its colour where it stands alone, and where a split was chosen."""
    key = "|".join(item.style)
    before = evidence.decisions.get(item.pk)
    is_split = before is not None and answer_of(before.problems, "too-many") == "split"
    if (is_split or draft.rule == "style-apart") and item.colour:
        return f"{key}|{item.colour_key}"[:255], item.colour
    return key[:255], ""


def _find_axes(family: Family, evidence: Evidence, shelf: Shelf) -> None:
    """Only what truly varies: one colour gives no colour attribute, one size no size attribute."""
    one_size = evidence.rules.one_size_labels
    sizes = {
        item.size_key
        for item in family.members
        if item.size and not item.is_one_size and item.size.casefold() not in one_size
    }
    colours = {item.colour_key for item in family.members if item.colour}
    alike = len({(item.colour_key, item.size_key) for item in family.members}) > 1
    if len(colours) > 1:
        family.axes.append(("colour", shelf.attribute("colour", _("Colour")), "colour"))
    if len(sizes) > 1 or (len(sizes) == 1 and alike and len(colours) <= 1):
        family.axes.append(("size", shelf.attribute("size", _("Size")), "size"))


def _give_options(family: Family, drafts: Drafts) -> None:
    seen: dict[tuple[str, ...], Item] = {}
    for item in family.members:
        draft = drafts[item.pk]
        values = [getattr(item, attribute) or _("Other") for _a, _n, attribute in family.axes]
        if [one["name"] for one in draft.options] != family.attributes:
            draft.options = [
                {"name": name, "value": value}
                for name, value in zip(family.attributes, values, strict=True)
            ]
        key = tuple(code_key(one["value"]) for one in draft.options)
        if key in seen:
            text = _(
                "%s is on this order as two products of the brand. Skip one, or rename its options."
            )
            draft.problems.append(problem("twin", text % _words(item), field="options"))
        seen.setdefault(key, item)


def _words(item: Item) -> str:
    return " ".join(part for part in (item.style_number, item.colour, item.size) if part)


def _check_size(family: Family, drafts: Drafts) -> None:
    """More than the POS takes in one family: a split by colour is offered (edge case 21)."""
    if len(family.members) <= MOST_VARIANTS:
        return
    text = _("%(count)d variants are more than the %(most)d a product can have.") % {
        "count": len(family.members),
        "most": MOST_VARIANTS,
    }
    choices = [("split", _("One product a colour"))]
    for item in family.members:
        drafts[item.pk].problems.append(problem("too-many", text, choices=choices))


def name_tries(family: Family) -> list[str]:
    """Names to try for a family, the best first."""
    first = family.first
    name = clean_name(first.name) or first.style_number or first.product_key
    brand = clean_name(first.brand_name)
    tries = family_names(name, brand=brand, style=first.style_number, colour=family.own_colour)
    return list(tries)


def name_keys_to_ask_for(families: list[Family]) -> set[str]:
    """Every name that may be given, to be looked for in the shop in one go."""
    return {name_key(name) for family in families for name in name_tries(family)}


def name_families(families: list[Family], drafts: Drafts, shelf: Shelf) -> None:
    """Unique names, in the shop and within the order (edge case 26, fault D22)."""
    taken: set[str] = set()
    for family in families:
        kept = shelf.existing.get(family.key)
        if kept is not None and kept.edited_by_id:
            family.name = kept.name
            taken.add(name_key(kept.name))
    for family in families:
        if family.name:
            continue
        tries = name_tries(family)
        is_free = (name for name in tries if _is_free(name, taken, shelf))
        family.name = next(is_free, tries[-1])
        taken.add(name_key(family.name))
        _tell_of_name(family, tries[0], drafts, shelf)


def _is_free(name: str, taken: set[str], shelf: Shelf) -> bool:
    key = name_key(name)
    return key not in taken and key not in shelf.names_taken


def _tell_of_name(family: Family, first_choice: str, drafts: Drafts, shelf: Shelf) -> None:
    draft = drafts[family.first.pk]
    if family.name != first_choice:
        text = _("“%(name)s” is taken, so this one is called “%(new)s”.")
        said = text % {"name": first_choice, "new": family.name}
        draft.problems.append(problem("name-taken", said, blocks=False, field="name"))
        if (product := shelf.names_taken.get(name_key(first_choice))) is not None:
            draft.candidates.append({"product": product, "reasons": [_("The same name")]})
    if len(clean_name(family.first.name)) > len(first_choice):
        text = _("The name was longer than the POS takes and was cut.")
        draft.problems.append(problem("name-cut", text, blocks=False, field="name"))
