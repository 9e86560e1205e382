"""How figures, money and time are written, in templates and in sentences made by code.

Unknown is None and is written "unknown", never 0. A currency is always stated. A true minus sign
and no-break spaces keep a figure whole when a line ends.
"""

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format, get_format, number_format
from django.utils.translation import get_language, gettext, ngettext, pgettext

NBSP = "\u00a0"
MINUS = "\u2212"

# ISO 4217 minor units that are not two. Anything not listed has two.
_PLACES = dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0)
_PLACES |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)

_STEPS = {places: Decimal(1).scaleb(-places) for places in range(5)}

# What `money` writes: the currency, a no-break space, the figure.
_MONEY = re.compile(rf"\b[A-Z]{{3}}{NBSP}{MINUS}?\d[\d.,{NBSP}]*(?<=\d)")

Figure = Decimal | int | float | str


def unknown() -> str:
    return pgettext("a figure or a date", "unknown")


def places_of(currency: str | None) -> int:
    """Digits after the point in this currency (ISO 4217)."""
    return _PLACES.get(currency or "", 2)


def amount(value: Figure | None, currency: str | None = None) -> str:
    """An amount without its currency, for a column whose head states it: 1,234.50."""
    figure = _decimal(value)
    if figure is None:
        return unknown()
    places = places_of(currency)
    exact = figure.quantize(_STEPS[places], rounding=ROUND_HALF_UP)
    return _signed(_grouped(exact, places), exact)


def money(value: Figure | None, currency: str | None) -> str:
    """An amount with its currency: USD 1,234.50."""
    figure = _decimal(value)
    if figure is None:
        return unknown()
    if not currency:
        return gettext("%(amount)s, currency unknown") % {"amount": amount(figure)}
    return f"{currency}{NBSP}{amount(figure, currency)}"


def number(value: Figure | None) -> str:
    """A count or a measure with its groups: 1,240; decimals stay as they are."""
    figure = _decimal(value)
    if figure is None:
        return unknown()
    return _signed(_grouped(figure), figure)


def quantity(value: Figure | None) -> str:
    """Stock as the POS counts it, without the zeros of its five places: 5, 2.5."""
    figure = _decimal(value)
    return unknown() if figure is None else number(f"{figure.normalize():f}")


def units(value: Figure | None) -> str:
    """How many pieces: 1 unit, 393 units."""
    figure = _decimal(value)
    if figure is None:
        return unknown()
    words = ngettext("%(count)s unit", "%(count)s units", 1 if abs(figure) == 1 else 2)
    return words % {"count": f"{number(figure)}"}


def percent(ratio: Figure | None, places: int = 1) -> str:
    """A ratio in per cent: 0.536 is 53.6%."""
    figure = _decimal(ratio)
    if figure is None:
        return unknown()
    exact = (figure * 100).quantize(_STEPS[places], rounding=ROUND_HALF_UP)
    return _signed(f"{_grouped(exact, places)}%", exact)


def day(value: date | datetime | None, today: date | None = None) -> str:
    """A calendar date, with its year only where it is not this one: 26 Feb, 26 Feb 2027."""
    if value is None:
        return unknown()
    when = timezone.localtime(value).date() if isinstance(value, datetime) else value
    this_year = (today or timezone.localdate()).year
    return _day(when, "j M" if when.year == this_year else "j M Y", get_language())


def window(start: date | None, end: date | None, today: date | None = None) -> str:
    """A ship window: 1 to 26 Feb 2027, 26 Oct to 30 Nov, from 1 Feb, by 26 Feb."""
    if start is None and end is None:
        return unknown()
    if start is None:
        return gettext("by %(day)s") % {"day": day(end, today)}
    if end is None:
        return gettext("from %(day)s") % {"day": day(start, today)}
    if start == end:
        return day(end, today)
    if (start.year, start.month) == (end.year, end.month):
        first = date_format(start, "j")
    elif start.year == end.year:
        first = date_format(start, "j M").replace(" ", NBSP)
    else:
        first = date_format(start, "j M Y").replace(" ", NBSP)
    return gettext("%(first)s to %(last)s") % {"first": first, "last": day(end, today)}


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """When, as people say it: 40 s ago, 2 min ago, today 08:12, 18 Nov 10:26, in 3 min, never."""
    if moment is None:
        return pgettext("a moment", "never")
    now = now or timezone.now()
    past = now - moment
    if abs(past) < timedelta(hours=1):
        return _minutes(past)
    here, then = timezone.localtime(now), timezone.localtime(moment)
    clock = date_format(then, "H:i")
    near = {
        0: gettext("today %(time)s"),
        1: gettext("yesterday %(time)s"),
        -1: gettext("tomorrow %(time)s"),
    }
    if words := near.get((here.date() - then.date()).days):
        return words % {"time": clock}
    words = day(then.date(), here.date())
    return f"{words} {clock}" if then.year == here.year else words


@lru_cache(maxsize=4096)
def _day(when: date, pattern: str, language: str | None) -> str:
    """Kept, because a list shows few days many times and Django's dates are slow."""
    return date_format(when, pattern).replace(" ", NBSP)


def _minutes(past: timedelta) -> str:
    """Less than an hour away, before or after."""
    seconds = int(abs(past).total_seconds())
    if seconds < 5:
        return gettext("just now")
    if seconds < 60:
        words = gettext("%(n)s s ago") if past > timedelta() else gettext("in %(n)s s")
        return words % {"n": seconds}
    words = gettext("%(n)s min ago") if past > timedelta() else gettext("in %(n)s min")
    return words % {"n": seconds // 60}


def _decimal(value: Figure | None) -> Decimal | None:
    """The figure, or None where there is none to be had."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    try:
        figure = Decimal(str(value))
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def _grouped(figure: Decimal, places: int | None = None) -> str:
    """The figure without its sign, with the marks of the language in force.

    Python's own formatting, ten times as fast as Django's: a long order has thousands of figures.
    """
    marks = _marks(get_language())
    if marks is None:
        return number_format(abs(figure), places, force_grouping=True)
    text = f"{abs(figure):,f}" if places is None else f"{abs(figure):,.{places}f}"
    point, group = marks
    return text if (point, group) == (".", ",") else text.translate({44: group, 46: point})


@lru_cache(maxsize=64)
def _marks(language: str | None) -> tuple[str, str] | None:
    """Decimal point and group mark; None where groups are not of three digits."""
    if get_format("NUMBER_GROUPING", language) != 3:
        return None
    return get_format("DECIMAL_SEPARATOR", language), get_format("THOUSAND_SEPARATOR", language)


def without_amounts(text: str) -> str:
    """A sentence for somebody who may not see costs: what `money` wrote in it is covered."""
    return _MONEY.sub(gettext("(amount not shown)"), text)


def ungrouped(text: str) -> str:
    """What somebody typed as an amount, without its group marks: "1,234.50" is "1234.50".

    "24,50" stays as it is, for the reader to refuse: without its comma it would be 2450.
    """
    point, group = get_format("DECIMAL_SEPARATOR"), get_format("THOUSAND_SEPARATOR")
    pattern = rf"-?\d{{1,3}}({re.escape(group)}\d{{3}})+({re.escape(point)}\d*)?"
    return text.replace(group, "") if re.fullmatch(pattern, text) else text


def _signed(words: str, figure: Decimal) -> str:
    return f"{MINUS}{words}" if figure < 0 else words
