"""The living style guide: every part of the pages in every state, with the content of the trade.

For those who build pages, and for the browser tests that look at each part in light and dark, on a
desk and on a phone. Shown while developing, in the demo, and to our own staff.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from retailers.templatetags.ui import STATES

STAGE_WORDS = ("Watching", "To review", "Sending", "On order", "Part received", "Received")


class GuideForm(forms.Form):
    """A field of each kind; filled in wrongly on purpose, so that errors are seen too."""

    reference = forms.CharField(
        label="Your order number", max_length=20, help_text="Printed on the receiving sheet."
    )
    supplier = forms.ChoiceField(
        label="Supplier", choices=[("tt", "Tarn & Thistle"), ("nk", "Northlight Knitwear")]
    )
    due = forms.DateField(
        label="Arrives by", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    units = forms.IntegerField(label="Units", min_value=1, max_value=999)
    note = forms.CharField(label="Note for receiving", required=False, widget=forms.Textarea)
    outlet = forms.ChoiceField(
        label="Deliver to",
        widget=forms.RadioSelect,
        choices=[("quay", "Quay Street"), ("alder", "Alder Block"), ("both", "Both shops")],
    )
    label = forms.BooleanField(
        label="Print labels on arrival", required=False, help_text="One a unit, with the price."
    )

    def clean(self) -> dict[str, Any]:
        self.add_error(None, "Quay Street takes no deliveries that week. Choose another date.")
        return self.cleaned_data


@dataclass(frozen=True)
class Row:
    """One order of the guide's list."""

    number: str
    supplier: str
    done: int
    stage: str
    state: str
    needs: str
    ships: date
    outlet: str
    units: int
    received: int
    cost: Decimal
    currency: str = "USD"


def ui_guide(request: HttpRequest) -> HttpResponse:
    """The page `/ui/`; ?show=style is the phone's second page of the desk."""
    user = getattr(request, "user", None)
    if not (settings.DEBUG or settings.DEMO or getattr(user, "is_staff", False)):
        raise Http404
    now = timezone.now()
    wrong = {"reference": "", "supplier": "tt", "units": "0", "outlet": "quay", "label": "on"}
    context = {
        "states": sorted(STATES),
        "stages": list(enumerate(STAGE_WORDS)),
        "form": GuideForm(wrong),
        "clean_form": GuideForm(prefix="clean", initial={"reference": "AQ-F26-31", "units": 24}),
        "rows": _rows(timezone.localdate()),
        "moments": _moments(now),
        "amounts": [Decimal("17414"), Decimal("-592"), Decimal("0"), None],
        "today": timezone.localdate(),
        "window": (date(2027, 2, 1), date(2027, 2, 26)),
    }
    return render(request, "ui.html", context)


def _rows(today: date) -> list[Row]:
    def day(days: int) -> date:
        return today + timedelta(days=days)

    return [
        Row("41872-2", "Tarn & Thistle", 1, "To review", "new", "15 styles to decide", day(95),
            "Quay Street", 393, 0, Decimal("17414.00")),
        Row("41940", "Pomme Grise", 1, "To review", "new", "4 styles to decide", day(67),
            "Alder Block", 84, 0, Decimal("2041.20"), "EUR"),
        Row("40915", "Northlight Knitwear", 4, "Part received", "changed",
            "4 changes from NuORDER", day(7), "Quay Street", 154, 108, Decimal("5512.00")),
        Row("41660", "Ferrow Denim", 2, "Sending", "stopped", "Stopped at product 9", day(53),
            "Both shops", 420, 0, Decimal("18900.00")),
        Row("41210", "Brackenfold", 3, "On order", "here", "Arrives today", day(0),
            "Quay Street", 288, 0, Decimal("2073.60")),
        Row("41188", "Ondine Ceramics", 3, "On order", "late", "3 days late", day(-3),
            "Alder Block", 56, 0, Decimal("1204.00")),
        Row("41301", "Saltmarsh Supply", 3, "On order", "", "", day(4),
            "Quay Street", 132, 0, Decimal("4752.00")),
    ]  # fmt: skip


def _moments(now: datetime) -> list[datetime | None]:
    return [
        now - timedelta(seconds=40),
        now - timedelta(minutes=2),
        now - timedelta(hours=5),
        now - timedelta(days=1),
        now - timedelta(days=400),
        now + timedelta(minutes=3),
        None,
    ]
