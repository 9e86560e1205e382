"""Lists by version cursor: ``after``, ``before``, ``page_size``, ``deleted``, and their lag."""

from __future__ import annotations

import time
from collections.abc import Mapping

from flask import Response

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.store import IndexValue
from integrations.sandbox.kit.web import list_lag
from integrations.sandbox.xseries.refusals import query_flag, query_number
from integrations.sandbox.xseries.shop import Shop

DEFAULT_PAGE, LARGEST_PAGE = 1000, 10_000


def page_of_texts(
    shop: Shop,
    resource: str,
    *,
    after: int,
    before: int | None,
    size: int,
    deleted: bool,
    descending: bool = False,
    where: Mapping[str, IndexValue] | None = None,
) -> list[str]:
    """The JSON texts of one page, ascending by version unless `descending`.

    With a list lag the feed ends before the first document that is too new, so that a cursor
    taken from it can never pass over one.
    """
    kind = shop.kind(resource)
    lag = list_lag()
    if lag:
        first_hidden = shop.store.lowest_since(kind, "version", time.time() - lag)
        if first_hidden is not None:
            before = first_hidden if before is None else min(before, first_hidden)
    index = dict(where or {})
    if not deleted:
        index["live"] = 1
    return shop.store.find_json(
        kind,
        above={"version": after},
        below={} if before is None else {"version": before},
        order="version",
        descending=descending,
        limit=size,
        where=index,
    )


def version_page(
    shop: Shop,
    resource: str,
    *,
    default: int = DEFAULT_PAGE,
    largest: int = LARGEST_PAGE,
    deleted: bool | None = None,
    where: Mapping[str, IndexValue] | None = None,
) -> Response:
    """The page that the query string asks for, in the usual envelope."""
    return envelope(
        texts_asked_for(
            shop, resource, default=default, largest=largest, deleted=deleted, where=where
        )
    )


def texts_asked_for(
    shop: Shop,
    resource: str,
    *,
    default: int = DEFAULT_PAGE,
    largest: int = LARGEST_PAGE,
    deleted: bool | None = None,
    where: Mapping[str, IndexValue] | None = None,
) -> list[str]:
    """The page that the query string asks for, as JSON texts."""
    before = query_number("before", 0)
    size = query_number("page_size", default)
    return page_of_texts(
        shop,
        resource,
        after=query_number("after", 0),
        before=before or None,
        size=max(1, min(size, largest)) if size else default,
        deleted=query_flag("deleted") if deleted is None else deleted,
        where=where,
    )


def envelope(texts: list[str]) -> Response:
    """``{"data": [...], "version": {"min", "max"}}``; an empty page has nulls."""
    lowest = jsontext.loads(texts[0])["version"] if texts else None
    highest = jsontext.loads(texts[-1])["version"] if texts else None
    ends = jsontext.dumps({"min": lowest, "max": highest})
    body = f'{{"data":[{",".join(texts)}],"version":{ends}}}'
    return Response(body, content_type="application/json")
