"""Pages by key: "what comes after this row", never "page 17" of a list that moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows of a list; `after` and `before` lead to its neighbours, None at the ends."""

    rows: list[M]
    after: int | None
    before: int | None


def page_of(
    rows: QuerySet[M], *, order: Sequence[str], query: QueryDict, size: int = 50
) -> Page[M]:
    """The page the address asks for with `after` or `before` (a row's id); the first otherwise.

    `order` names columns that are never null; the id settles ties. Nonsense in the address is the
    first page.
    """
    backwards = "before" in query
    edge = _edge(rows, order, query.get("before" if backwards else "after", ""))
    if edge is None:
        backwards = False
    wanted = rows if edge is None else rows.filter(_beyond(order, edge, backwards=backwards))
    sign = "-" if backwards else ""
    found = list(wanted.order_by(*(f"{sign}{name}" for name in (*order, "id")))[: size + 1])
    more = len(found) > size
    shown = found[:size]
    if backwards:
        shown.reverse()
    has_after = bool(shown) and (more if not backwards else True)
    has_before = bool(shown) and (more if backwards else edge is not None)
    return Page(
        rows=shown,
        after=shown[-1].pk if has_after else None,
        before=shown[0].pk if has_before else None,
    )


def _edge(rows: QuerySet[M], order: Sequence[str], text: str) -> dict[str, Any] | None:
    """The sort values of the row an address names; the row may have left the filter meanwhile."""
    if not text.isdecimal() or len(text) > 18:
        return None
    everything = rows.model._default_manager.filter(pk=int(text))
    return everything.values(*order, "id").first()


def _beyond(order: Sequence[str], edge: dict[str, Any], *, backwards: bool) -> Q:
    """(a, b, id) > edge, spelled out: a > x, or a = x and b > y, or …"""
    way = "lt" if backwards else "gt"
    beyond, same = Q(), Q()
    for name in (*order, "id"):
        beyond |= same & Q(**{f"{name}__{way}": edge[name]})
        same &= Q(**{name: edge[name]})
    return beyond
