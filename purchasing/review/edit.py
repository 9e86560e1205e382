"""What people type over what was proposed: a new family's data, a new variant's codes and price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.gtin import CodeKind, read_code
from catalog.models import Barcode, Brand, Category, Product, Tag, Tax, Variant
from catalog.names import name_key
from purchasing.description import clean_html
from purchasing.errors import OrderError
from purchasing.matching import match_order
from purchasing.matching.codes import kind_of, plain_digits
from purchasing.matching.naming import LONGEST_SKU, clean_name
from purchasing.matching.problems import problem
from purchasing.models import Decision, NewProduct
from purchasing.review.desk import Desk, at_desk
from retailers.models import Event, User, tell

Action, State = Decision.Action, Decision.State


@dataclass(frozen=True, slots=True)
class FamilyData:
    """What a person may say about a new product; `new_brand` where the brand is to be made.

    `retail_price` is for all its variants, as the shop keeps prices; None leaves them as they are.
    """

    name: str
    description: str
    brand: Brand | None
    new_brand: str
    category: Category | None
    tags: Sequence[Tag]
    tax: Tax | None
    image_urls: Sequence[str]
    retail_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class VariantData:
    """What a person may say about a new variant; an empty barcode makes it without one.

    `retail_price` is as the shop keeps its prices; `options` are values by attribute name.
    """

    sku: str
    barcode: str
    retail_price: Decimal | None
    options: Mapping[str, str]


def edit_family(order_pk: int, family_pk: int, data: FamilyData, *, by: User) -> Event:
    """Write what was typed about a new product; from now on matching leaves it alone."""
    with at_desk(order_pk, by) as desk:
        family = NewProduct.objects.filter(order=desk.order, pk=family_pk).first()
        if family is None:
            raise OrderError(_("This product is not on the order any more. Reload the page."))
        family.name = _free_name(desk, family, data.name)
        family.description = clean_html(data.description)[0]
        family.brand = data.brand
        family.new_brand_name = "" if data.brand is not None else clean_name(data.new_brand)[:255]
        family.category, family.tax = data.category, data.tax
        family.image_urls = list(data.image_urls)
        family.edited_by = by
        family.save()
        family.tags.set(data.tags)
        _forget_brand_question(desk, family)
        if data.retail_price is not None:
            _set_prices(desk, family, data.retail_price)
        match_order(order_pk)
        return tell(desk.order, "edited", _("%s was edited") % family.name, actor=by)


def edit_variant(order_pk: int, item: int, data: VariantData, *, by: User) -> Event:
    """Write what was typed about a variant to be made. A decided one stays decided."""
    with at_desk(order_pk, by) as desk:
        row = next(size.decision for size in desk.style(item).sizes if size.item.pk == item)
        if row.action not in (Action.CREATE, Action.ADD) or row.state == State.WRITTEN:
            raise OrderError(_("%s is not to be created.") % row.item)
        row.sku = _free_sku(desk, row, data.sku)
        _set_barcode(desk, row, data.barcode)
        row.options = _options(row, data.options)
        if data.retail_price is not None and data.retail_price < 0:
            raise OrderError(_("A price below zero cannot be."), field="retail_price")
        row.retail_price = data.retail_price
        if row.state != State.DECIDED:
            row.rule = "person"
        desk.store([row])
        match_order(order_pk)
        return desk.tell("edited", _("%s was edited") % row.item, [row])


def _free_name(desk: Desk, family: NewProduct, text: str) -> str:
    """The POS keeps one family a name (edge case 26)."""
    name = clean_name(text)
    if not name:
        raise OrderError(_("A product needs a name."), field="name")
    if len(name) > 255:
        raise OrderError(_("A name has at most 255 letters."), field="name")
    key = name_key(name)
    others = NewProduct.objects.filter(order=desk.order).exclude(pk=family.pk)
    taken = Product.objects.filter(name_key=key, deleted_at=None).exists() or any(
        name_key(other) == key for other in others.values_list("name", flat=True)
    )
    if taken:
        raise OrderError(
            _("“%s” is taken. Link to it, add variants to it, or choose another name.") % name,
            field="name",
        )
    return name


def _forget_brand_question(desk: Desk, family: NewProduct) -> None:
    if not (family.brand_id or family.new_brand_name):
        return
    for style in desk.styles:
        for size in style.sizes:
            if size.decision.new_product_id == family.pk:
                for row in size.decision.problems:
                    if row["code"] == "brand":
                        row["answer"] = "chosen"
                size.decision.save(update_fields=["problems"])


def _set_prices(desk: Desk, family: NewProduct, price: Decimal) -> None:
    """One price for all variants of the product; a typed price outlives matching."""
    if price < 0:
        raise OrderError(_("A price below zero cannot be."), field="retail_price")
    rows = [
        size.decision
        for style in desk.styles
        for size in style.sizes
        if size.decision.new_product_id == family.pk and size.decision.state != State.WRITTEN
    ]
    for row in rows:
        row.retail_price = price
        if row.state != State.DECIDED:
            row.rule = "person"
    desk.store(rows)


def _free_sku(desk: Desk, row: Decision, text: str) -> str:
    """Letters and digits only, and nobody else's (product code rules of the POS)."""
    sku = text.strip()
    if not sku:
        return ""
    if not (sku.isascii() and sku.isalnum()) or len(sku) > LONGEST_SKU:
        raise OrderError(_("A SKU has letters and digits only, 64 at most."), field="sku")
    mine = desk.order.decisions.exclude(pk=row.pk).filter(sku__iexact=sku)
    in_shop = Variant.objects.filter(sku_key=name_key(sku), deleted_at=None)
    if mine.exists() or in_shop.exists() or _holds_code(sku):
        raise OrderError(_("SKU %s is taken.") % sku, field="sku")
    return sku


def _holds_code(code: str) -> bool:
    return Barcode.objects.filter(code__iexact=code, variant__deleted_at=None).exists()


def _set_barcode(desk: Desk, row: Decision, text: str) -> None:
    code = read_code(text)
    about = [one for one in row.problems if one.get("field") == "barcode"]
    row.problems = [one for one in row.problems if one not in about]
    if code.kind is CodeKind.NONE:
        row.barcode = row.barcode_kind = ""
        row.problems.append({**problem("barcode-none", "", blocks=False), "answer": "drop"})
        return
    if code.kind is CodeKind.GTIN:
        row.barcode = plain_digits(code)
        row.barcode_kind = kind_of(row.barcode)
    elif row.barcode == code.text:
        pass  # unchanged: what was settled about it holds
    else:
        raise OrderError(
            _("%s is not a valid UPC or EAN. Correct it, or leave it empty.") % code.text,
            field="barcode",
        )
    others = desk.order.decisions.exclude(pk=row.pk).filter(barcode=row.barcode)
    if others.exclude(action=Action.SKIP).exists():
        raise OrderError(_("Another size of this order has this barcode."), field="barcode")
    held = Barcode.objects.filter(variant__deleted_at=None)
    held = held.filter(gtin14=code.gtin14) if code.gtin14 else held.filter(code=row.barcode)
    if held.exists():
        raise OrderError(
            _("This barcode is on a product of yours. Link to it instead."), field="barcode"
        )


def _options(row: Decision, values: Mapping[str, str]) -> list[dict[str, str]]:
    options = []
    for option in row.options:
        value = clean_name(values.get(option["name"], option["value"]))
        if not value:
            raise OrderError(_("%s needs a value.") % option["name"], field="options")
        options.append({"name": option["name"], "value": value})
    return options
