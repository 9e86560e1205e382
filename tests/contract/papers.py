"""Lightspeed's own OpenAPI data, and what an exchange has against it.

The data is not part of this project: `OPENAPI_DIR` names a folder that holds it. Wanted in there
are one document whose `info.version` is the dated version we speak (YAML or JSON, OpenAPI 3.0) and,
for the one legacy call we make, their document "API 2.0".
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.validation.request.validators import V30RequestValidator
from openapi_core.validation.response.validators import V30ResponseValidator
from openapi_schema_validator import OAS30WriteValidator
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.contract.recording import Exchange

HOST = "https://example.retail.lightspeed.app"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One difference from the papers: where, which rule (`type`, `required`, `unknown` ...)."""

    operation: str
    side: str
    place: str
    rule: str
    words: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.operation, self.side, self.place, self.rule


class Papers:
    """The documents of one folder."""

    def __init__(self, folder: Path, version: str) -> None:
        found = list(_documents(folder))
        self.dated = next(doc for doc in found if doc["info"]["version"] == version)
        self.legacy = next((doc for doc in found if _is_legacy(doc)), None)

    @cached_property
    def _validators(self) -> tuple[Any, Any]:
        api = OpenAPI.from_dict(self.dated, config=Config())
        return V30RequestValidator(api.spec), V30ResponseValidator(api.spec)

    @property
    def operations(self) -> list[str]:
        """`GET /brands/{brand_id}` and so on, everything they describe."""
        return sorted(
            f"{method.upper()} {path}"
            for path, item in self.dated["paths"].items()
            for method in item
            if method in METHODS
        )

    def operation_of(self, exchange: Exchange) -> str | None:
        """Which operation an exchange is; None for an address they do not describe."""
        found = self._find(exchange)
        return None if found is None else f"{exchange.method} {found}"

    def findings(self, exchange: Exchange) -> Iterator[Finding]:
        """Everything an exchange has against the papers; a refused request only its answer.

        Errors are hardly ever described there, so an answer that refuses counts only where they
        name its status with a body.
        """
        path = self._find(exchange)
        if path is None:
            yield Finding(f"{exchange.method} {exchange.path}", "request", "", "address", "unknown")
            return
        operation = f"{exchange.method} {path}"
        described = self.dated["paths"][path][exchange.method.lower()]
        if exchange.status < 400:
            yield from self._of_request(exchange, operation, described)
            yield from self._of_answer(exchange, operation, described)
        elif "content" in described["responses"].get(str(exchange.status), {}):
            yield from self._of_answer(exchange, operation, described)

    # --- requests ------------------------------------------------------------------------

    def _of_request(
        self, exchange: Exchange, operation: str, described: dict[str, Any]
    ) -> Iterator[Finding]:
        known = {p["name"] for p in described.get("parameters", ()) if p["in"] == "query"}
        for name, _value in exchange.query:
            if name not in known:
                yield Finding(operation, "request", f"?{name}", "unknown", "no such parameter")
        for error in self._validators[0].iter_errors(_Request(exchange)):
            yield from _told(operation, "request", error)
        content = described.get("requestBody", {}).get("content", {})
        if "json" in exchange.content_type and "application/json" in content:
            schema = content["application/json"]["schema"]
            body = json.loads(exchange.body)
            for place in self._unknown(body, schema, ""):
                yield Finding(operation, "request", place, "unknown", "no such member")

    # --- answers -------------------------------------------------------------------------

    def _of_answer(
        self, exchange: Exchange, operation: str, described: dict[str, Any]
    ) -> Iterator[Finding]:
        for error in self._validators[1].iter_errors(_Request(exchange), _Answer(exchange)):
            yield from _told(operation, "answer", error)
        content = described["responses"].get(str(exchange.status), {}).get("content", {})
        if exchange.answer and "application/json" in content:
            schema = content["application/json"]["schema"]
            for place in self._unknown(json.loads(exchange.answer), schema, ""):
                yield Finding(operation, "answer", place, "unknown", "no such member")

    # --- members they do not name --------------------------------------------------------

    def _unknown(self, value: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
        """Members their schema does not name: a typing slip passes every open schema."""
        if isinstance(value, list):
            for item in value:
                yield from self._unknown(item, self._flat(schema).get("items", {}), f"{place}[]")
        if not isinstance(value, dict):
            return
        flat = self._flat(schema)
        members, rest = flat.get("properties", {}), flat.get("additionalProperties")
        for name, inner in value.items():
            if name in members:
                yield from self._unknown(inner, members[name], f"{place}.{name}")
            elif isinstance(rest, dict):
                yield from self._unknown(inner, rest, f"{place}.*")
            elif members:
                yield f"{place}.{name}"

    def _flat(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema with its references and `allOf` parts drawn together."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            schema = self.dated["components"]["schemas"][name]
        parts = [self._flat(part) for part in schema.get("allOf", ())]
        members: dict[str, Any] = {}
        for part in [*parts, schema]:
            members |= part.get("properties", {})
        merged = {key: value for part in parts for key, value in part.items()}
        return merged | schema | ({"properties": members} if members else {})

    # --- the legacy call -----------------------------------------------------------------

    def legacy_variant_findings(self, exchange: Exchange) -> list[str]:
        """What their API 2.0 has against the new variant of a `POST /api/2.1/products`.

        No document describes 2.1; the variant inside 2.0's product is what it was made from.
        """
        assert self.legacy is not None
        schemas = self.legacy["components"]["schemas"]
        product = schemas["ProductCreateBody"]
        variant = {"type": "object", "properties": _members(schemas, product)}
        variant["components"] = {"schemas": schemas}
        details = json.loads(exchange.body)["details"]
        found = [error.message for error in OAS30WriteValidator(variant).iter_errors(details)]
        return found + [f"{name}: unknown" for name in details if name not in variant["properties"]]

    # --- finding -------------------------------------------------------------------------

    def _find(self, exchange: Exchange) -> str | None:
        """The path template of an exchange; plain words win over `{parameters}`."""
        for path, pattern in self._patterns:
            if pattern.fullmatch(exchange.path):
                item = self.dated["paths"][path]
                return path if exchange.method.lower() in item else None
        return None

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        paths = sorted(self.dated["paths"], key=lambda path: (path.count("{"), path))
        return [
            (path, re.compile(self._base(path) + re.sub(r"\{[^/}]+\}", "[^/]+", path)))
            for path in paths
        ]

    def _base(self, path: str) -> str:
        servers = self.dated["paths"][path].get("servers") or self.dated["servers"]
        return re.escape("/api/" + servers[0]["url"].split("/api/", 1)[1])


def _members(schemas: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a variant of their product may hold: its own members and the product's."""
    members: dict[str, Any] = dict(schema.get("properties", {}))
    items = members["variants"]["items"]
    if "$ref" in items:
        items = schemas[items["$ref"].rsplit("/", 1)[1]]
    return members | items.get("properties", {})


def _documents(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.iterdir()):
        if file.suffix == ".json":
            yield json.loads(file.read_text())
        elif file.suffix in {".yaml", ".yml"}:
            yield yaml.safe_load(file.read_text())


def _is_legacy(doc: dict[str, Any]) -> bool:
    return any(server["url"].endswith("/api/2.0") for server in doc.get("servers", ()))


def _told(operation: str, side: str, error: Exception) -> Iterator[Finding]:
    """Findings of one complaint: each broken rule of a schema by itself, with its place."""
    cause: BaseException | None = error
    while cause is not None:
        broken = getattr(cause, "schema_errors", None)
        if broken:
            for one in broken:
                place = "".join(f".{p}" if isinstance(p, str) else "[]" for p in one.absolute_path)
                yield Finding(operation, side, place, str(one.validator), one.message[:200])
            return
        cause = cause.__cause__
    yield Finding(operation, side, "", type(error).__name__, str(error.__cause__ or error)[:200])


class _Request:
    """An exchange's request as openapi-core likes it."""

    def __init__(self, exchange: Exchange) -> None:
        self.host_url = HOST
        self.path = exchange.path
        self.method = exchange.method.lower()
        self.body = exchange.body or None
        self.content_type = exchange.content_type
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(exchange.query), header=Headers(exchange.headers)
        )

    @property
    def full_url_pattern(self) -> str:
        return self.host_url + self.path


class _Answer:
    """An exchange's answer as openapi-core likes it."""

    def __init__(self, exchange: Exchange) -> None:
        self.status_code = exchange.status
        self.data = exchange.answer
        self.content_type = exchange.answer_type
        self.headers: dict[str, Any] = {}


def shown(exchange: Exchange) -> str:
    """An exchange in one line, for reports."""
    query = f"?{urlencode(exchange.query)}" if exchange.query else ""
    return f"{exchange.method} {exchange.path}{query} -> {exchange.status}"
