"""The API's blueprint: who may come in, and small helpers that every endpoint uses."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, g, request

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import as_json
from integrations.sandbox.xseries.auth import authenticate
from integrations.sandbox.xseries.refusals import missing
from integrations.sandbox.xseries.shop import open_shop

api = Blueprint("api", __name__, url_prefix="/<prefix>/api/<version>")

_DATED = re.compile(r"20\d\d-(01|04|07|10)")
FIRST_WITH_FAMILIES = "2026-10"


@api.url_value_preprocessor
def read_path(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take the shop and the version out of the path."""
    if values is not None:
        g.shop = open_shop(values.pop("prefix"))
        g.api_version = values.pop("version")


@api.before_request
def admit() -> Response | None:
    """Only callers with a live token of this very shop, on a version that has the endpoint."""
    if g.shop is None:
        raise missing("Retailer")
    version: str = g.api_version
    legacy = version == "2.0" or (version == "2.1" and request.path.endswith("/products"))
    if not _DATED.fullmatch(version) and not legacy:
        return sign_in()
    authenticate(g.shop)
    if (
        _DATED.fullmatch(version)
        and version >= FIRST_WITH_FAMILIES
        and "/products" in request.path.split("/api/", 1)[1]
    ):
        raise missing(f"The 2026-07 product model in version {version}")
    return None


def sign_in() -> Response:
    """What an unknown address answers: the way to the sign-in page, as seen in 2016."""
    answer = Response("", 302)
    answer.headers["Location"] = "/signin"
    return answer


def data(value: object, status: int = 200) -> Response:
    """``{"data": value}``."""
    return as_json({"data": value}, status)


def known(doc: Doc) -> Doc:
    """`doc` without the members that are null, for shapes that have no null."""
    return {name: value for name, value in doc.items() if value is not None}


def without(doc: Doc, *names: str) -> Doc:
    """`doc` as shown to callers: members that are only ours left out."""
    return {name: value for name, value in doc.items() if name not in names}
