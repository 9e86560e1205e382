"""Forms of the review: what people type over what was proposed."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand, Category, Tag, Tax
from purchasing.models import Decision, NewProduct
from purchasing.review import FamilyData, VariantData
from retailers.formatting import places_of, ungrouped


class AmountField(forms.DecimalField):
    """An amount as people type it: 1,234.50 and 1234.50."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """The amount; "24,50" is refused, where taking the comma out would make it 2450."""
        typed = ungrouped(value.strip()) if isinstance(value, str) else value
        return super().to_python(typed)


class TagsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Tags of the shop."""

    def clean(self, value: Any) -> Any:
        """Numbers no database has are no tags; SQLite would break over them."""
        return super().clean([one for one in value or () if len(str(one)) < 19])


class FamilyForm(forms.Form):
    """A new product of the POS, as it will be written."""

    name = forms.CharField(label=_("Name"), max_length=255)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Paragraphs, lists and emphasis stay; everything else is taken out."),
    )
    brand = forms.ModelChoiceField(
        label=_("Brand"), queryset=Brand.objects.none(), required=False, empty_label=_("A new one")
    )
    new_brand = forms.CharField(
        label=_("Name of the new brand"),
        required=False,
        max_length=255,
        help_text=_("Only where no brand is chosen; empty: the product has no brand."),
    )
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.none(), required=False
    )
    tags = TagsField(label=_("Tags"), queryset=Tag.objects.none(), required=False)
    tax = forms.ModelChoiceField(
        label=_("Sales tax"),
        queryset=Tax.objects.none(),
        required=False,
        empty_label=_("The shop's usual"),
    )
    retail_price = AmountField(
        label=_("Retail price of every variant"),
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=4,
        localize=True,
        help_text=_("Empty: each keeps the price it has."),
    )
    pictures = forms.MultipleChoiceField(
        label=_("Pictures to bring along"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, family: NewProduct, pictures: list[str], data: Any = None) -> None:
        super().__init__(
            data,
            initial={
                "name": family.name,
                "description": family.description,
                "brand": family.brand_id,
                "new_brand": family.new_brand_name,
                "category": family.category_id,
                "tags": [tag.pk for tag in family.tags.all()],
                "tax": family.tax_id,
                "pictures": family.image_urls,
            },
        )
        choices: dict[str, Any] = {
            "brand": Brand.objects.filter(deleted_at=None).order_by("name_key"),
            "category": Category.objects.filter(deleted_at=None, is_leaf=True).order_by("path"),
            "tags": Tag.objects.filter(deleted_at=None).order_by("name_key"),
            "tax": Tax.objects.filter(deleted_at=None).order_by("name_key"),
        }
        for name, rows in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rows
        pictured = self.fields["pictures"]
        if pictures and isinstance(pictured, forms.MultipleChoiceField):
            pictured.choices = [(url, _picture_name(url)) for url in pictures]
        else:
            del self.fields["pictures"]

    def as_data(self, kept: list[str]) -> FamilyData:
        """What was typed; `kept` are the pictures where none could be chosen."""
        said = self.cleaned_data
        return FamilyData(
            name=said["name"],
            description=said["description"],
            brand=said["brand"],
            new_brand=said["new_brand"],
            category=said["category"],
            tags=list(said["tags"]),
            tax=said["tax"],
            image_urls=said.get("pictures", kept),
            retail_price=said["retail_price"],
        )


class SizeForm(forms.Form):
    """A new variant: its codes, its price, its option values."""

    sku = forms.CharField(
        label=_("SKU"),
        required=False,
        max_length=64,
        help_text=_("Letters and digits only. Empty: one is made up."),
    )
    barcode = forms.CharField(
        label=_("Barcode"),
        required=False,
        max_length=255,
        help_text=_("A UPC or EAN. Empty: the variant is made without one."),
    )
    retail_price = AmountField(
        label=_("Retail price"), required=False, max_digits=14, decimal_places=4, localize=True
    )

    def __init__(self, decision: Decision, currency: str, data: Any = None) -> None:
        price = decision.retail_price
        initial = {
            "sku": decision.sku,
            "barcode": decision.barcode,
            "retail_price": None if price is None else _short(price, places_of(currency)),
        }
        super().__init__(data, initial=initial)
        self.names = [str(option["name"]) for option in decision.options]
        for at, option in enumerate(decision.options):
            self.fields[f"option-{at}"] = forms.CharField(
                label=option["name"], max_length=255, initial=option["value"]
            )

    def as_data(self) -> VariantData:
        said = self.cleaned_data
        return VariantData(
            sku=said["sku"],
            barcode=said["barcode"],
            retail_price=said["retail_price"],
            options={name: said[f"option-{at}"] for at, name in enumerate(self.names)},
        )


def _short(price: Decimal, places: int) -> Decimal:
    """60.00 instead of 60.0000; a price that has more digits keeps them."""
    short = price.quantize(Decimal(1).scaleb(-places))
    return short if short == price else price.normalize()


def _picture_name(url: str) -> str:
    """The end of a picture's address: enough to tell them apart."""
    return url.split("?", maxsplit=1)[0].rstrip("/").rsplit("/", 1)[-1][:80] or url[:80]
