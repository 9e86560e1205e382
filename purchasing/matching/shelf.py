"""What has to be known of the shop before new products can be proposed; read set-based.

Only asked when an order holds something new. The number of statements is constant.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Min, Q

from catalog.models import Attribute, Barcode, Brand, BrandDefault, Product, Tax, Variant
from catalog.names import attribute_alias, code_key
from purchasing.matching.evidence import Evidence, Item, Known, read_variants
from purchasing.matching.naming import clean_name
from purchasing.models import NewProduct, SupplierBrand, SupplierItem, VariantSupplier


@dataclass(frozen=True, slots=True)
class BrandChoice:
    """Which brand a label means: one of the shop's, or one to be made; neither while it is open."""

    brand: int | None = None
    new_name: str = ""
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Starting:
    """What a new product of a brand starts with."""

    category: int | None = None
    tags: tuple[int, ...] = ()
    tax: int | None = None
    tax_rate: Decimal | None = None


@dataclass(slots=True)
class Shelf:
    """The shop's side of new products."""

    brands: dict[str, BrandChoice]
    starting: dict[int | None, Starting]
    attribute_names: dict[str, str]
    products_by_style: dict[str, list[int]]
    variants: dict[int, list[Known]]
    details: dict[int, tuple[str, list[str]]]
    existing: dict[str, NewProduct]
    names_taken: dict[str, int] = field(default_factory=dict)
    skus_taken: set[str] = field(default_factory=set)
    codes_taken: set[str] = field(default_factory=set)

    def starting_with(self, brand: int | None) -> Starting:
        return self.starting.get(brand) or self.starting[None]

    def brand_of(self, item: Item) -> BrandChoice:
        return self.brands.get(item.brand_key, BrandChoice())

    def attribute(self, alias: str, usual: str) -> str:
        """The shop's own word for colour or size, so that no twin is made (edge case 23)."""
        return self.attribute_names.get(alias, usual)


def read_shelf(evidence: Evidence, items: list[Item], also: set[int]) -> Shelf:
    """Read the shop's side for these items, which are to become new products or variants.

    `also` are products that hold a style for certain: their variants are read with the others.
    """
    existing = {one.key: one for one in NewProduct.objects.filter(order=evidence.order)}
    labels = {item.brand_key: item.brand_name for item in items if item.brand_key}
    brands = _brands(evidence, labels)
    shelf = Shelf(
        brands=brands,
        starting=_starting({one.brand for one in brands.values() if one.brand}),
        attribute_names=_attribute_names(),
        products_by_style=_products_by_style(evidence, items),
        variants=defaultdict(list),
        details=_details(items),
        existing=existing,
    )
    _read_candidates(evidence, shelf, also)
    return shelf


def _brands(evidence: Evidence, labels: dict[str, str]) -> dict[str, BrandChoice]:
    """Remembered, else answered on this order, else of the same name (edge cases 35 to 38)."""
    by_name: dict[str, list[int]] = defaultdict(list)
    rows = Brand.objects.filter(name_key__in=labels, deleted_at=None).order_by("id")
    for key, pk in rows.values_list("name_key", "id"):
        by_name[key].append(pk)
    chosen: dict[str, BrandChoice] = {}
    for key, label in labels.items():
        found = by_name.get(key, [])
        if len(found) > 1:
            chosen[key] = BrandChoice(is_ambiguous=True)
        elif found:
            chosen[key] = BrandChoice(found[0])
        else:
            chosen[key] = BrandChoice(new_name=clean_name(label)[:255])
    remembered = SupplierBrand.objects.filter(
        supplier_id=evidence.order.supplier_id, label_key__in=labels, brand__deleted_at=None
    )
    for key, pk in remembered.values_list("label_key", "brand_id"):
        chosen[key] = BrandChoice(pk)
    for key, answer in evidence.order.brand_choices.items():
        if key in chosen:
            chosen[key] = BrandChoice(answer.get("brand"), str(answer.get("name") or ""))
    return chosen


def _starting(brands: set[int]) -> dict[int | None, Starting]:
    usual = Tax.objects.filter(is_default=True, deleted_at=None).order_by("id").first()
    plain = Starting(tax=None, tax_rate=usual.rate if usual else None)
    found: dict[int | None, Starting] = {None: plain}
    rows = BrandDefault.objects.filter(brand_id__in=brands).select_related("tax")
    for row in rows.prefetch_related("tags"):
        rate = row.tax.rate if row.tax else plain.tax_rate
        tags = tuple(tag.pk for tag in row.tags.all() if tag.deleted_at is None)
        found[row.brand_id] = Starting(row.category_id, tags, row.tax_id, rate)
    return found


def _attribute_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for name in (
        Attribute.objects.filter(deleted_at=None).order_by("id").values_list("name", flat=True)
    ):
        names.setdefault(attribute_alias(name), name)
    return names


def _products_by_style(evidence: Evidence, items: list[Item]) -> dict[str, list[int]]:
    """Products of the shop that hold a style already: by links, else by this supplier's codes."""
    styles = {item.style_key for item in items if item.style_key}
    found: dict[str, list[int]] = defaultdict(list)
    for style in styles:
        linked = evidence.siblings_by_style.get(style, ())
        for known in evidence.living(one.variant for one in linked):
            found[style].append(known.product)
    rows = (
        VariantSupplier.objects.filter(supplier_id=evidence.order.supplier_id)
        .exclude(code_key="")
        .values_list("variant__product_id")
        .annotate(first=Min("code_key"))
    )
    by_length = sorted({len(style) for style in styles}, reverse=True)
    for product, code in rows:
        for length in by_length:
            if code[:length] in styles:
                found[code[:length]].append(product)
    return {style: list(dict.fromkeys(products)) for style, products in found.items()}


def _details(items: list[Item]) -> dict[int, tuple[str, list[str]]]:
    """Description and pictures, once a colourway: they are long and alike for all its sizes."""
    first: dict[tuple[str, str, str], int] = {}
    for item in items:
        first.setdefault((*item.style, item.colour_key), item.pk)
    rows = SupplierItem.objects.filter(pk__in=first.values())
    return {
        pk: (description, urls)
        for pk, description, urls in rows.values_list("id", "description", "image_urls")
    }


def _read_candidates(evidence: Evidence, shelf: Shelf, also: set[int]) -> None:
    """All variants of the products that hold a style of this order; codes prove the style."""
    products = also | {pk for found in shelf.products_by_style.values() for pk in found}
    if not products:
        return
    codes: dict[int, set[str]] = defaultdict(set)
    rows = VariantSupplier.objects.filter(
        supplier_id=evidence.order.supplier_id, variant__product_id__in=products
    )
    for variant, key in rows.values_list("variant_id", "code_key"):
        codes[variant].add(key)
    for known in read_variants(Q(product_id__in=products), codes).values():
        shelf.variants[known.product].append(known)
    linked = {
        style: {one.product for one in evidence.living(row.variant for row in rows)}
        for style, rows in evidence.siblings_by_style.items()
    }
    for style, found in shelf.products_by_style.items():
        shelf.products_by_style[style] = [
            pk
            for pk in found
            if pk in linked.get(style, ()) or _holds_style(shelf.variants.get(pk, ()), style)
        ]


def _holds_style(variants: Iterable[Known], style: str) -> bool:
    """`AB1` is not `AB10`: the rest of a code has to be the variant's own options."""
    return any(
        key in (style, style + code_key("".join(one.option_values)))
        for one in variants
        for key in one.code_keys
    )


def read_taken(shelf: Shelf, *, names: set[str], skus: set[str], codes: set[str]) -> None:
    """Which of these names (keys), SKUs and codes the shop has already."""
    products = Product.objects.filter(name_key__in=names, deleted_at=None).order_by("-id")
    shelf.names_taken = dict(products.values_list("name_key", "id"))
    rows = Variant.objects.filter(sku_key__in={sku.lower() for sku in skus}, deleted_at=None)
    shelf.skus_taken = set(rows.values_list("sku_key", flat=True))
    held = Barcode.objects.filter(code__in=codes | skus, variant__deleted_at=None)
    shelf.codes_taken = {code.lower() for code in held.values_list("code", flat=True)}
    shelf.skus_taken |= shelf.codes_taken
