"""How an order's state is said in a row: how far it is, and what it needs of you."""

from datetime import date

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from purchasing.models import PurchaseOrder
from purchasing.order_sheet import stage_of
from retailers.templatetags import ui

register = template.Library()
Status = PurchaseOrder.Status
OPEN = (Status.ON_ORDER, Status.PART_RECEIVED)


@register.simple_tag
def order_stage(order: PurchaseOrder) -> SafeString:
    """Five strokes and the word."""
    return ui.stage(stage_of(order), order.get_status_display())


@register.simple_tag
def order_need(order: PurchaseOrder, today: date) -> SafeString:
    """The one thing this order needs of a person, as glyph and words; nothing is a state too."""
    blocked = any(problem.get("blocks") for problem in order.problems)
    if order.status == Status.TO_REVIEW:
        return _review_need(order, blocked=blocked)
    changes = getattr(order, "open_changes", 0)
    if changes and order.status not in PurchaseOrder.CLOSED:
        text = ngettext("%d change from NuORDER", "%d changes from NuORDER", changes)
        return ui.tag("changed", text % changes)
    if order.status == Status.WATCHING:
        return ui.tag("wait", _("May still change"))
    if order.status == Status.APPROVED:
        return ui.tag("new", _("Plan to agree to"))
    if order.status in OPEN and order.ship_end is not None:
        return _arrival_need(order.ship_end, today)
    return SafeString("")


def _review_need(order: PurchaseOrder, *, blocked: bool) -> SafeString:
    if blocked:
        return ui.tag("stopped", _("Something is wrong on it"))
    conflicts = getattr(order, "conflicts", 0)
    if conflicts:
        text = ngettext("%d conflict", "%d conflicts", conflicts)
        return ui.tag("clash", text % conflicts)
    items = getattr(order, "open_items", None)
    if items:
        return ui.tag("new", ngettext("%d size to decide", "%d sizes to decide", items) % items)
    if items == 0:
        return ui.tag("sure", _("All decided"))
    return ui.tag("new", _("To review"))


def _arrival_need(due: date, today: date) -> SafeString:
    days = (due - today).days
    if days < 0:
        return ui.tag("late", ngettext("%d day late", "%d days late", -days) % -days)
    if days == 0:
        return ui.tag("here", _("Arrives today"))
    return SafeString("")
