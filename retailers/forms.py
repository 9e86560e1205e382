"""What people may type about a shop and its people; every refusal names its field."""

from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from retailers.models import Retailer, Role, User
from retailers.shop_rules import Rule
from retailers.shop_settings import RuleInForce


class InviteForm(forms.Form):
    """An address and the role it will have."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        error_messages={
            "required": _("E-mail is missing."),
            "invalid": _("E-mail: this is not an address, such as ines@example.com."),
        },
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.BUYER,
        error_messages={"invalid_choice": _("Role: choose one of the four.")},
    )


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class NewPersonForm(forms.Form):
    """The first thing a new person tells us: a name, and a password of their own."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=150,
        error_messages={"required": _("First name is missing.")},
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        help_text=_("12 characters or more; a few words are fine."),
        error_messages={"required": _("Password is missing.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if password := data.get("password"):
            person = User(
                email=self.email,
                first_name=data.get("first_name", ""),
                last_name=data.get("last_name", ""),
            )
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return data


class ShopForm(forms.ModelForm):  # type: ignore[type-arg]
    """The shop itself; its currency and tax setting come from the POS and are not typed here."""

    class Meta:
        model = Retailer
        fields = ("name", "timezone", "language", "start_date")
        labels = {  # noqa: RUF012
            "name": _("Name"),
            "timezone": _("Time zone"),
            "language": _("Language and formats"),
            "start_date": _("Start date"),
        }
        widgets = {  # noqa: RUF012
            "start_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("use_required_attribute", False)
        super().__init__(*args, **kwargs)
        self.fields["timezone"] = forms.ChoiceField(
            label=_("Time zone"),
            choices=[(name, name.replace("_", " ")) for name in sorted(available_timezones())],
            error_messages={"invalid_choice": _("Time zone: choose one of the list.")},
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("Language and formats"),
            choices=settings.LANGUAGES,
            error_messages={"invalid_choice": _("Language: choose one of the list.")},
        )
        self.fields["name"].error_messages["required"] = _("Name is missing.")
        self.fields["start_date"].error_messages["invalid"] = _(
            "Start date: write it as 2026-11-30."
        )


class RulesForm(forms.Form):
    """All rules at once; the value each had on the page travels along as a hidden field.

    Thus only what this person changed is written, and a colleague's change of another rule stays.
    """

    def __init__(self, in_force: list[RuleInForce], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        for one in in_force:
            self.fields[one.rule.key] = _field_of(one.rule, one.value)

    def changes(self) -> dict[str, Any]:
        """What this person changed, by rule, in the types the rules are kept in."""
        return {
            key: value == "yes" if isinstance(self.fields[key], YesNoField) else value
            for key, value in self.cleaned_data.items()
            if key in self.changed_data
        }


class YesNoField(forms.ChoiceField):
    """A yes or a no that one has to choose, so that "not sent" is never a "no"."""


def _field_of(rule: Rule, value: Any) -> forms.Field:
    """The form field for a rule of this kind, with refusals that name the rule."""
    common: dict[str, Any] = {"label": rule.label, "show_hidden_initial": True, "initial": value}
    missing = _("%(rule)s: a value is missing.") % {"rule": rule.label}
    between = _("%(rule)s: from %(low)s to %(high)s.") % {
        "rule": rule.label,
        "low": rule.minimum,
        "high": rule.maximum,
    }
    numbers = {"min_value": between, "max_value": between, "required": missing, "invalid": between}
    if rule.kind == "choice":
        choose = _("%(rule)s: choose one of the answers.") % {"rule": rule.label}
        return forms.ChoiceField(
            choices=rule.choices,
            error_messages={"required": missing, "invalid_choice": choose},
            **common,
        )
    if rule.kind == "yes_no":
        common["initial"] = "yes" if value else "no"
        return YesNoField(
            choices=(("yes", _("Yes")), ("no", _("No"))),
            error_messages={"required": missing, "invalid_choice": missing},
            **common,
        )
    if rule.kind == "whole":
        return forms.IntegerField(
            min_value=rule.minimum, max_value=rule.maximum, error_messages=numbers, **common
        )
    if rule.kind == "percent":
        common["initial"] = Decimal(str(value))
        return forms.DecimalField(
            min_value=rule.minimum,
            max_value=rule.maximum,
            max_digits=7,
            decimal_places=2,
            error_messages={**numbers, "max_digits": between, "max_decimal_places": between},
            **common,
        )
    return forms.CharField(
        max_length=500,
        error_messages={
            "required": missing,
            "max_length": _("%(rule)s: 500 characters at most.") % {"rule": rule.label},
        },
        **common,
    )
