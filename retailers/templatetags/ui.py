"""The small parts of every page as template tags; builtin, so no {% load %} is needed.

What stands in each row of a table is a tag here, because a component per row is slow. Larger parts
with slots are components in `templates/cotton`.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from retailers import formatting
from retailers.access import Ability

register = template.Library()

# What a tag means: (colour, glyph). The word comes from the page.
STATES: dict[str, tuple[str, str]] = {
    "sure": ("sure", "check"),
    "likely": ("likely", "approx"),
    "new": ("new", "plus"),
    "clash": ("clash", "neq"),
    "quiet": ("quiet", ""),
    "wait": ("quiet", "clock"),
    "slow": ("likely", "clock"),
    "paused": ("likely", "pause"),
    "stopped": ("clash", "warn"),
    "late": ("clash", "clock"),
    "here": ("sure", "receive"),
    "changed": ("likely", "approx"),
    "added": ("new", "plus"),
    "gone": ("clash", "minus"),
    "skip": ("quiet", "minus"),
    "unknown": ("quiet", "question"),
}

# Which item of the navigation a page belongs to, by the name of its address.
SECTIONS: dict[str, tuple[str, ...]] = {
    "home": ("home",),
    "orders": ("order", "review", "plan", "buying", "reorder", "change"),
    "receive": ("receive", "receiving", "deliver"),
    "products": ("product", "catalog"),
    "suppliers": ("supplier",),
    "sync": ("sync", "connection", "task", "journal"),
}

STAGES = 5


# --- Glyphs and words ------------------------------------------------------------------------


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A glyph of `templates/_icons.html`; silent unless it has a label."""
    classes = f"icon {css}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="#i-{}"/></svg>',
            classes,
            label,
            name,
        )
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', classes, name
    )


@register.simple_tag
def tag(state: str, text: object = "", glyph: str = "", *, hide: bool = False) -> SafeString:
    """A state as glyph and word: {% tag "sure" "Certain" %}. `hide` keeps the word for readers."""
    return _tag(state, _escaped(text), glyph, hide)


def _escaped(text: object) -> str:
    """What may stand between tags: a string made safe before stays, all else is escaped."""
    return str(conditional_escape(text if isinstance(text, SafeString) else str(text)))


@lru_cache(maxsize=4096)
def _tag(state: str, escaped: str, glyph: str, hide: bool) -> SafeString:
    colour, usual = STATES.get(state, ("quiet", ""))
    name = glyph or usual
    words = SafeString(escaped)
    if hide:
        words = format_html('<span class="visually-hidden">{}</span>', words)
    return format_html(
        '<span class="tag tag--{}">{}{}</span>', colour, icon(name) if name else "", words
    )


@register.simple_tag
def stage(done: int, text: object = "", total: int = STAGES) -> SafeString:
    """How far an order is: `done` of `total` strokes are inked, and the word beside them."""
    return _stage(done, _escaped(text), total)


@lru_cache(maxsize=512)
def _stage(done: int, escaped: str, total: int) -> SafeString:
    strokes = format_html_join(
        "",
        '<path d="M{} 1h5v8h-5z"{}/>',
        (
            (f"{1 + 6.4 * place:.4g}", SafeString(' class="is-done"' if place < done else ""))
            for place in range(total)
        ),
    )
    return format_html(
        '<span class="stage"><svg viewBox="0 0 {} 10" aria-hidden="true">{}</svg>{}</span>',
        f"{1 + 6.4 * total:.4g}",
        strokes,
        SafeString(escaped),
    )


@register.simple_tag
def track(value: float | None, most: float | None = 100) -> SafeString:
    """A bar, `value` of `most`; the figures stand beside it, so readers are not told twice."""
    share = 100 * float(value or 0) / float(most) if most else 0
    return _track(f"{min(max(share, 0), 100):.4g}")


@lru_cache(maxsize=1024)
def _track(width: str) -> SafeString:
    return format_html(
        '<svg class="track" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="1"/></svg>',
        width,
    )


@register.simple_tag
def pic(address: str | None, alt: str = "", css: str = "") -> SafeString:
    """A product's picture, or the outline of one. Beside the product's name `alt` stays empty."""
    if not address:
        classes = f"pic pic--none {css}".strip()
        return format_html(
            '<svg class="{}" aria-hidden="true"><use href="#i-picture"/></svg>', classes
        )
    return format_html(
        '<img class="{}" src="{}" alt="{}" loading="lazy" decoding="async" width="40" height="40">',
        f"pic {css}".strip(),
        address,
        alt,
    )


@register.simple_tag
def swatch(colour: str | None) -> SafeString:
    """A square of a colourway's colour (#rrggbb); nothing where it is not known."""
    if not colour:
        return SafeString("")
    return format_html(
        '<svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">'
        '<rect width="12" height="12" fill="{}"/></svg>',
        colour,
    )


@register.simple_tag
def copy(value: object, label: object = "") -> SafeString:
    """A code that one press puts on the clipboard. `label` says what it is, for readers."""
    return format_html(
        '<button class="copy" type="button" data-copy="{0}" aria-label="{1}">'
        '<span class="code" data-copy-text>{0}</span>{2}{3}</button>',
        value,
        gettext("Copy %(what)s") % {"what": f"{label} {value}".strip()},
        icon("copy", css="copy__idle"),
        icon("check", css="copy__done"),
    )


# --- Figures and time ------------------------------------------------------------------------

register.filter("money", formatting.money)
register.filter("units", formatting.units)
register.filter("number", formatting.number)
register.filter("quantity", formatting.quantity)
register.filter("percent", formatting.percent)


@register.filter
def amount(value: formatting.Figure | None, currency: str | None = None) -> str:
    """{{ cost|amount:"USD" }}: for a column whose head states the currency."""
    return formatting.amount(value, currency)


@register.filter
def shown_to(text: str, abilities: Collection[str]) -> str:
    """{{ event.text|shown_to:abilities }}: without its amounts for who may not see costs."""
    return text if Ability.SEE_COSTS in abilities else formatting.without_amounts(text)


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """{{ task.since|ago }}: how long since, with the exact moment on the element."""
    if moment is None:
        return formatting.ago(None)
    here = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        here.isoformat(timespec="seconds"),
        date_format(here, "j M Y H:i:s"),
        formatting.ago(moment),
    )


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """{{ line.ships_by|day }}: 26 Feb."""
    if value is None:
        return formatting.unknown()
    return _time(value.isoformat(), formatting.day(value))


@lru_cache(maxsize=4096)
def _time(exact: str, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', exact, words)


@register.simple_tag
def window(start: date | None, end: date | None) -> str:
    """{% window order.ships_from order.ships_by %}: 1 to 26 Feb 2027."""
    return formatting.window(start, end)


# --- Addresses -------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: object) -> str:
    """The address of this page with some parameters changed; None or "" takes one away."""
    request: HttpRequest = context["request"]
    query: QueryDict = request.GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        elif isinstance(value, list | tuple):
            query.setlist(name, [str(one) for one in value])
        else:
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}" if query else request.path


@register.simple_tag(takes_context=True)
def nav_current(context: template.Context, section: str) -> SafeString:
    """aria-current for the item of the navigation this page belongs to.

    By the name of the address; a page of another name sets `section` in its context.
    """
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    here = context.get("section") or section_of(getattr(match, "url_name", None) or "")
    if here != section:
        return SafeString("")
    exact = getattr(match, "url_name", None) == section
    return SafeString(' aria-current="page"' if exact else ' aria-current="true"')


def section_of(url_name: str) -> str:
    """`orders` for order, order-lines, review, plan …"""
    for section, starts in SECTIONS.items():
        if url_name.startswith(starts):
            return section
    return ""


@register.simple_tag
def sort_state(current: str, column: str) -> SafeString:
    """aria-sort for a table head: `current` is the sort in force, for example "-cost"."""
    if current.lstrip("-") != column:
        return SafeString("")
    return SafeString(
        ' aria-sort="descending"' if current.startswith("-") else ' aria-sort="ascending"'
    )


# --- Forms -----------------------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField, help_text: object = "", css: str = "") -> SafeString:
    """A form field: label, control, help, and the error beside what it is about."""
    widget = bound.field.widget
    help_words = help_text or bound.help_text
    errors = [str(error) for error in bound.errors]
    help_id = f"{bound.auto_id}_help" if help_words and bound.auto_id else ""
    error_id = f"{bound.auto_id}_error" if errors and bound.auto_id else ""
    attrs: dict[str, Any] = {}
    placeholder = str(widget.attrs.get("placeholder", ""))
    if placeholder.lower().startswith(str(bound.label).lower()):
        attrs["placeholder"] = False  # says no more than the label, and is gone when typing begins
    if described := f"{help_id} {error_id}".strip():
        attrs["aria-describedby"] = described
    if errors:
        attrs["aria-invalid"] = "true"
    grouped = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    lone_box = isinstance(widget, CheckboxInput)
    if not grouped:
        usual = "check" if lone_box else "input"
        attrs["class"] = f"{usual} {widget.attrs.get('class', '')} {css}".strip()
    parts = {
        "control": bound.as_widget(attrs=attrs),
        "label": _label(bound, grouped=grouped),
        "help": format_html('<div class="field__help" id="{}">{}</div>', help_id, help_words)
        if help_words
        else "",
        "error": format_html(
            '<p class="field__error" id="{}">{}<span>{}</span></p>',
            error_id,
            icon("warn"),
            " ".join(errors),
        )
        if errors
        else "",
    }
    if grouped:
        shape = (
            '<fieldset class="field">{label}{help}<div class="choices">{control}</div>{error}'
            "</fieldset>"
        )
    elif lone_box:
        shape = '<div class="field field--choice">{control}{label}{help}{error}</div>'
    else:
        shape = '<div class="field">{label}{control}{help}{error}</div>'
    return format_html(shape, **parts)


def _label(bound: BoundField, *, grouped: bool) -> SafeString:
    words = format_html("{}", bound.label)
    if not bound.field.required and not isinstance(bound.field.widget, CheckboxInput):
        words = format_html('{} <span class="optional">{}</span>', words, gettext("optional"))
    if grouped:
        return format_html("<legend>{}</legend>", words)
    return format_html('<label for="{}">{}</label>', bound.id_for_label, words)


@register.simple_tag
def form_errors(form: BaseForm) -> SafeString:
    """What concerns the form as a whole, before its fields."""
    errors = list(form.non_field_errors())
    for hidden in form.hidden_fields():
        errors += [f"{hidden.label}: {error}" for error in hidden.errors]
    if not errors:
        return SafeString("")
    rows = format_html_join("", "<li>{}<span>{}</span></li>", ((icon("warn"), e) for e in errors))
    return format_html('<div class="errors" role="alert"><ul>{}</ul></div>', rows)


@register.simple_tag
def fields(form: BaseForm) -> SafeString:
    """All of a form: errors of the whole, hidden fields, then every field in order."""
    hidden = format_html_join("", "{}", ((one,) for one in form.hidden_fields()))
    visible = format_html_join("\n", "{}", ((field(one),) for one in form.visible_fields()))
    return format_html("{}{}{}", form_errors(form), hidden, visible)


@register.filter
def given(slot: object) -> bool:
    """Whether anything was put into a component's slot."""
    return bool(str(slot or "").strip())


# --- Messages --------------------------------------------------------------------------------


@register.simple_tag
def undo_of(message: Message) -> str:
    """The address that takes it back: messages.success(…, extra_tags="undo:/orders/7/undo/")."""
    for word in _words(message.extra_tags):
        if word.startswith("undo:"):
            return word.removeprefix("undo:")
    return ""


def _words(tags: str | None) -> Iterable[str]:
    return (tags or "").split()
