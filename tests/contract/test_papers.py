"""The checker itself, with a document of our own: it sees what it is there to see."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.papers import Papers
from tests.contract.recording import Exchange

THING = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "size": {"type": "integer", "nullable": True}},
}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "2026-07"},
    "servers": [{"url": "https://example.retail.lightspeed.app/api/2026-07"}],
    "security": [{"bearerAuth": []}],
    "paths": {
        "/things/{thing_id}": {
            "parameters": [
                {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
            "put": {
                "parameters": [{"name": "after", "in": "query", "schema": {"type": "integer"}}],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                    },
                },
                "responses": {
                    "200": {
                        "description": "done",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {"data": {"$ref": "#/components/schemas/Thing"}},
                                }
                            }
                        },
                    }
                },
            },
        }
    },
    "components": {
        "securitySchemes": {"bearerAuth": {"type": "http", "scheme": "bearer"}},
        "schemas": {"Thing": THING},
    },
}
GOOD = Exchange(
    method="PUT",
    path="/api/2026-07/things/7",
    query=(("after", "5"),),
    headers={"Authorization": "Bearer at", "User-Agent": "PO-Sync/1.0"},
    content_type="application/json",
    body=b'{"name": "Mug", "size": null}',
    status=200,
    answer_type="application/json",
    answer=b'{"data": {"name": "Mug", "size": 3}}',
)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    (folder / "things.json").write_text(json.dumps(DOCUMENT))
    return Papers(Path(folder), "2026-07")


def test_what_agrees_has_no_findings(papers: Papers) -> None:
    assert list(papers.findings(GOOD)) == []
    assert papers.operations == ["PUT /things/{thing_id}"]
    assert papers.operation_of(GOOD) == "PUT /things/{thing_id}"


@pytest.mark.parametrize(
    ("wrong", "side", "place", "rule"),
    [
        ({"body": b'{"name": 5}'}, "request", ".name", "type"),
        ({"body": b"{}"}, "request", "", "required"),
        ({"body": b'{"name": "Mug", "colour": "red"}'}, "request", ".colour", "unknown"),
        ({"query": (("afer", "5"),)}, "request", "?afer", "unknown"),
        ({"query": (("after", "soon"),)}, "request", "", "ParameterValidationError"),
        ({"headers": {}}, "request", "", "SecurityValidationError"),
        ({"answer": b'{"data": {"name": null}}'}, "answer", ".data.name", "type"),
        ({"answer": b'{"data": {"name": "a", "x": 1}}'}, "answer", ".data.x", "unknown"),
        ({"status": 201}, "answer", "", "ResponseNotFound"),
        ({"path": "/api/2026-07/thing/7"}, "request", "", "address"),
        ({"path": "/api/2026-10/things/7"}, "request", "", "address"),
        ({"method": "GET"}, "request", "", "address"),
    ],
)
def test_what_parts_from_the_papers_is_found(
    papers: Papers, wrong: dict[str, object], side: str, place: str, rule: str
) -> None:
    found = papers.findings(replace(GOOD, **wrong))  # type: ignore[arg-type]
    assert {(one.side, one.place, one.rule) for one in found} == {(side, place, rule)}


def test_a_refusal_they_do_not_describe_is_no_finding(papers: Papers) -> None:
    refused = replace(GOOD, status=422, answer=b"no", body=b"{}")
    assert list(papers.findings(refused)) == []
