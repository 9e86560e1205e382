"""The parts of every page: figures, tags, fields, addresses, error pages, static files."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.http import Http404
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone, translation
from django.views.defaults import page_not_found, server_error

from retailers import formatting
from retailers.errors_views import csrf_failure
from retailers.staticfiles import join_sheets
from retailers.templatetags import ui
from retailers.ui_guide import ui_guide

NOW = datetime(2026, 11, 23, 9, 14, tzinfo=UTC)
TODAY = NOW.date()
CSS, JS = settings.BASE_DIR / "static" / "css", settings.BASE_DIR / "static" / "js"
TEMPLATES = settings.BASE_DIR / "templates"


def plain(text: str) -> str:
    return text.replace(formatting.NBSP, " ")


def draw(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


# --- Figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        (Decimal("1234.5"), "USD", "USD 1,234.50"),
        (Decimal("-592"), "USD", "USD −592.00"),
        (0, "EUR", "EUR 0.00"),
        (Decimal("1200.4"), "JPY", "JPY 1,200"),
        ("3.5", "KWD", "KWD 3.500"),
        (Decimal("0.005"), "USD", "USD 0.01"),
        (Decimal("5512"), "", "5,512.00, currency unknown"),
        (None, "USD", "unknown"),
        ("", "USD", "unknown"),
        (Decimal("NaN"), "USD", "unknown"),
    ],
)
def test_money_always_states_its_currency_and_unknown_is_not_zero(value, currency, words):
    assert plain(draw("{{ value|money:currency }}", value=value, currency=currency)) == words


def test_figures_follow_the_language_of_the_shop():
    with translation.override("de"):
        assert plain(formatting.money(Decimal("-17414.5"), "EUR")) == "EUR −17.414,50"
        assert formatting.percent(Decimal("0.536")) == "53,6%"


def test_a_column_that_names_the_currency_shows_the_amount_alone():
    assert draw('{{ cost|amount:"USD" }}', cost=Decimal("17414")) == "17,414.00"
    assert draw('{{ cost|amount:"USD" }}', cost=None) == "unknown"


def test_units_and_ratios_read_as_words():
    assert draw("{{ 1|units }} {{ 1240|units }} {{ none|units }}", none=None) == (
        "1 unit 1,240 units unknown"
    )
    assert draw("{{ ratio|percent }}", ratio=Decimal("0.536")) == "53.6%"
    assert draw("{{ rate|number }}", rate=Decimal("0.64")) == "0.64"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "just now"),
        (NOW - timedelta(seconds=40), "40 s ago"),
        (NOW - timedelta(minutes=2), "2 min ago"),
        (NOW + timedelta(minutes=3, seconds=5), "in 3 min"),
        (NOW - timedelta(hours=1, minutes=2), "today 08:12"),
        (NOW - timedelta(days=1), "yesterday 09:14"),
        (NOW + timedelta(days=1), "tomorrow 09:14"),
        (datetime(2026, 11, 18, 10, 26, tzinfo=UTC), "18 Nov 10:26"),
        (datetime(2025, 11, 18, 10, 26, tzinfo=UTC), "18 Nov 2025"),
        (None, "never"),
    ],
)
def test_moments_are_told_as_people_tell_them(moment, words):
    assert plain(formatting.ago(moment, NOW)) == words


def test_yesterday_is_the_shops_yesterday():
    """03:00 in London is still the evening before in New York."""
    late = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    with timezone.override("America/New_York"):
        assert formatting.ago(late, NOW) == "yesterday 22:00"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2027, 2, 1), date(2027, 2, 26), "1 to 26 Feb 2027"),
        (date(2026, 10, 26), date(2026, 11, 30), "26 Oct to 30 Nov"),
        (date(2026, 12, 15), date(2027, 1, 5), "15 Dec 2026 to 5 Jan 2027"),
        (date(2026, 12, 4), date(2026, 12, 4), "4 Dec"),
        (None, date(2026, 12, 4), "by 4 Dec"),
        (date(2026, 12, 4), None, "from 4 Dec"),
        (None, None, "unknown"),
    ],
)
def test_ship_windows_say_each_thing_once(start, end, words):
    assert plain(formatting.window(start, end, TODAY)) == words


# --- Tags ------------------------------------------------------------------------------------


def test_a_state_is_a_glyph_and_a_word():
    html = draw('{% tag "sure" "Certain" %}')
    assert 'class="tag tag--sure"' in html
    assert "#i-check" in html
    assert html.endswith("Certain</span>")


def test_what_a_brand_typed_cannot_become_markup():
    nasty = '<script>alert(1)</script>" onload="'
    for source in (
        '{% tag "likely" words %}',
        "{% stage 2 words %}",
        "{% pic words alt=words %}",
        "{% copy words words %}",
        "{% swatch words %}",
        '{% icon "check" words %}',
        "{{ 1|money:words }}",
    ):
        html = draw(source, words=nasty)
        assert "<script" not in html, source
        assert '" onload="' not in html, source


def test_a_stage_inks_what_is_passed():
    assert draw('{% stage 3 "On order" %}').count("is-done") == 3
    assert "is-done" not in draw('{% stage 0 "Watching" %}')


@pytest.mark.parametrize(
    ("value", "most", "width"), [(108, 154, "70.13"), (4, 3, "100"), (1, 0, "0"), (None, 9, "0")]
)
def test_a_bar_never_leaves_its_track(value, most, width):
    assert f'width="{width}"' in draw("{% track value most %}", value=value, most=most)


def test_a_product_without_a_picture_has_an_outline():
    assert "pic--none" in draw('{% pic "" %}')
    assert 'src="/media/a.png"' in draw('{% pic "/media/a.png" %}')


def test_every_glyph_that_is_asked_for_is_drawn():
    drawn = set(re.findall(r'id="i-([\w-]+)"', (TEMPLATES / "_icons.html").read_text()))
    asked = {glyph for _, glyph in ui.STATES.values() if glyph}
    for page in TEMPLATES.rglob("*.html"):
        text = page.read_text()
        asked |= set(re.findall(r'{% icon "([\w-]+)"', text))
        asked |= set(re.findall(r'href="#i-([\w-]+)"', text))
        asked |= set(re.findall(r'\bglyph="([\w-]+)"', text))
    assert asked - drawn == set()


def test_one_parameter_of_the_address_changes_and_the_rest_stays():
    request = RequestFactory().get("/orders/", {"tab": "review", "q": "a & b", "after": "9"})
    source = "{% query_with q=q after=None %}"
    assert draw(source, request=request, q="flannel") == "/orders/?tab=review&amp;q=flannel"
    assert draw("{% query_with tab=None q='' after='' %}", request=request) == "/orders/"


@pytest.mark.parametrize(
    ("url_name", "section"),
    [("orders", "orders"), ("plan", "orders"), ("receiving", "receive"), ("supplier", "suppliers"),
     ("connections", "sync"), ("people", "")],
)  # fmt: skip
def test_a_page_knows_its_place_in_the_navigation(url_name, section):
    assert ui.section_of(url_name) == section


def test_the_page_itself_is_current_and_a_page_under_it_is_marked():
    here = SimpleNamespace(resolver_match=SimpleNamespace(url_name="orders"))
    below = SimpleNamespace(resolver_match=SimpleNamespace(url_name="review"))
    assert draw('{% nav_current "orders" %}', request=here) == ' aria-current="page"'
    assert draw('{% nav_current "orders" %}', request=below) == ' aria-current="true"'
    assert draw('{% nav_current "home" %}', request=below) == ""


def test_undo_travels_with_the_message():
    assert ui.undo_of(Message(25, "7 linked", extra_tags="quiet undo:/orders/7/undo/")) == (
        "/orders/7/undo/"
    )
    assert ui.undo_of(Message(25, "Saved")) == ""


# --- Forms -----------------------------------------------------------------------------------


class OrderForm(forms.Form):
    reference = forms.CharField(label="Your order number", help_text="Printed on the sheet.")
    note = forms.CharField(label="Note", required=False)
    outlet = forms.ChoiceField(
        label="Deliver to", widget=forms.RadioSelect, choices=[("q", "Quay Street")]
    )
    labels = forms.BooleanField(label="Print labels", required=False)


def test_an_error_stands_beside_its_field_and_is_read_with_it():
    html = draw("{% field form.reference %}", form=OrderForm({"reference": ""}))
    assert '<label for="id_reference">Your order number</label>' in html
    assert 'aria-invalid="true"' in html
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described is not None
    for target in described[1].split():
        assert f'id="{target}"' in html
    assert "This field is required." in html


def test_what_may_be_left_out_says_so_and_groups_have_a_legend():
    form = OrderForm()
    assert "optional" in draw("{% field form.note %}", form=form)
    assert "optional" not in draw("{% field form.reference %}", form=form)
    assert "<legend>Deliver to</legend>" in draw("{% field form.outlet %}", form=form)
    assert "field--choice" in draw("{% field form.labels %}", form=form)


def test_a_whole_form_shows_what_concerns_it_first():
    form = OrderForm({"reference": "AQ-1", "outlet": "q"})
    form.full_clean()
    form.add_error(None, "Closed <that> week.")
    html = draw("{% fields form %}", form=form)
    assert 'role="alert"' in html
    assert "Closed &lt;that&gt; week." in html
    assert html.index("Closed") < html.index("Your order number")


# --- Error pages: no database, and a way out --------------------------------------------------


@pytest.fixture
def request_of_nobody() -> Any:
    request = RequestFactory().get("/orders/nothing/")
    request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]
    return request


def test_the_page_for_our_own_mistakes_needs_no_database_and_no_request():
    html = server_error(RequestFactory().get("/")).content.decode()
    assert "Something broke on our side" in html
    assert 'href="/"' in html
    assert "js/early.js" in html


def test_a_missing_page_offers_the_way_out(request_of_nobody):
    response = page_not_found(request_of_nobody, Http404())
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_an_old_form_leads_back_to_a_fresh_one(request_of_nobody):
    response = csrf_failure(request_of_nobody)
    assert response.status_code == 403
    assert 'href="/orders/nothing/"' in response.content.decode()


@pytest.mark.parametrize("name", ["400", "403", "429"])
def test_each_error_page_says_that_nothing_is_lost(name):
    html = render_to_string(f"{name}.html")
    assert "<h1>" in html
    assert re.search(r"[Nn]othing (was|is)", html)


# --- The shell -------------------------------------------------------------------------------


def test_the_remembered_look_is_in_the_first_byte_and_junk_is_not(request_of_nobody):
    request_of_nobody.COOKIES["theme"] = "dark"
    html = render_to_string("404.html", request=request_of_nobody)
    assert re.search(r'<html lang="en[^"]*" data-theme="dark"', html)
    request_of_nobody.COOKIES["theme"] = '"><script>'
    assert "data-theme" not in render_to_string("404.html", request=request_of_nobody)


def test_no_page_of_the_kit_breaks_the_content_policy():
    """Scripts and styles come from files: `script-src 'self'` stops all else, silently."""
    for page in TEMPLATES.rglob("*.html"):
        text = page.read_text()
        assert not re.search(r'\sstyle="', text), page
        assert not re.search(r"\son[a-z]+=", text), page
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), page
        assert "<style" not in text, page


@pytest.mark.django_db
def test_the_guide_is_for_staff_and_demos(settings, ana, as_user):
    request = RequestFactory().get("/ui/")
    request.user = ana
    with pytest.raises(Http404):
        ui_guide(request)
    settings.DEMO = True
    assert ui_guide(request).status_code == 200
    settings.DEMO = False
    ana.is_staff = True
    assert b"Every part, in every state" in ui_guide(request).content


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["account_login", "account_reset_password", "account_reset_password_done"]
)
def test_signing_in_has_pages_of_our_own(name, client):
    html = client.get(reverse(name)).content.decode()
    assert "door__sheet" in html
    assert "<h1>" in html


# --- Static files ----------------------------------------------------------------------------


def test_every_sheet_is_in_a_layer():
    imported = set(re.findall(r'url\("([\w-]+\.css)"\) layer\(', (CSS / "app.css").read_text()))
    assert imported == {sheet.name for sheet in CSS.glob("*.css")} - {"app.css"}


def test_every_module_is_loaded():
    imported = set(re.findall(r'import "\./([\w-]+\.js)";', (JS / "app.js").read_text()))
    assert imported == {module.name for module in JS.glob("*.js")} - {
        "app.js", "early.js", "phrase.js",
    }  # fmt: skip


def test_production_gets_one_stylesheet_with_its_layers_in_order():
    entry = (CSS / "app.css").read_text()
    joined = join_sheets(entry, lambda sheet: Path(CSS / sheet).read_text())
    assert "@import" not in joined
    assert joined.index("@layer tokens {") < joined.index("@layer components {")
    assert "--canary" in joined


def test_colours_have_names():
    """A colour outside tokens.css would not follow light and dark."""
    loose = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(")
    for sheet in CSS.glob("*.css"):
        assert not loose.search(sheet.read_text()), sheet.name
