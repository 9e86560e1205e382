"""What people type about connections; every refusal names its field."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from integrations.connecting import PortalKey
from purchasing.models import Supplier

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class PortalForm(forms.Form):
    """The key of one NuORDER brand portal."""

    name = forms.CharField(
        label=_("Brand, as NuORDER calls it"),
        max_length=200,
        error_messages={"required": _("Brand: the name is missing.")},
    )
    consumer_key = forms.CharField(
        label=_("Consumer key"),
        max_length=200,
        error_messages={"required": _("Consumer key is missing.")},
        widget=forms.TextInput(attrs=_PLAIN),
    )
    consumer_secret = forms.CharField(
        label=_("Consumer secret"),
        max_length=300,
        error_messages={"required": _("Consumer secret is missing.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted and never shown again."),
    )
    host = forms.ChoiceField(
        label=_("Side of NuORDER"),
        help_text=_("Shops use the first one; the second is for keys that a brand made for you."),
        error_messages={"invalid_choice": _("Side of NuORDER: choose one of the list.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        hosts = list(dict.fromkeys([settings.NUORDER_HOST, *settings.NUORDER_HOSTS]))
        cast("forms.ChoiceField", self.fields["host"]).choices = [
            (host, host.partition("://")[2]) for host in hosts
        ]

    def key(self) -> PortalKey:
        """What was typed, without the spaces that copying brings along."""
        data = self.cleaned_data
        return PortalKey(
            name=data["name"],
            host=data["host"],
            consumer_key="".join(data["consumer_key"].split()),
            consumer_secret="".join(data["consumer_secret"].split()),
        )


class CodeForm(forms.Form):
    """The verification code that NuORDER shows after the application is approved."""

    code = forms.CharField(
        label=_("Verification code"),
        max_length=200,
        error_messages={"required": _("Verification code is missing.")},
        widget=forms.TextInput(attrs=_PLAIN),
    )

    def clean_code(self) -> str:
        code = "".join(str(self.cleaned_data["code"]).split())
        if not code.isascii() or not code.isprintable():
            raise forms.ValidationError(_("Verification code: copy it as NuORDER shows it."))
        return code


class SupplierForm(forms.Form):
    """Which supplier a brand portal is: one of the shop's, or a new one by name."""

    supplier: "forms.ModelChoiceField[Supplier]" = forms.ModelChoiceField(
        queryset=Supplier.objects.none(),
        required=False,
        label=_("Supplier"),
        empty_label=_("a new supplier"),
        error_messages={"invalid_choice": _("Supplier: choose one of the list.")},
    )
    new_name = forms.CharField(label=_("Name of the new supplier"), max_length=255, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        mine = cast("forms.ModelChoiceField[Supplier]", self.fields["supplier"])
        mine.queryset = Supplier.objects.filter(deleted_at__isnull=True).order_by("name")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "supplier" in data and not data["supplier"] and not data.get("new_name"):
            self.add_error("new_name", _("Name of the new supplier is missing."))
        return data
