"""What we send to X-Series and what the sandbox answers, held against Lightspeed's OpenAPI data.

The data is theirs and not part of this project; `OPENAPI_DIR` names the folder it is in.
"""

import inspect
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from integrations.xseries.api import VERSION
from integrations.xseries.client import XSeriesClient, client_for
from retailers.models import Retailer, User
from tests.contract.known import KNOWN, NOT_CALLED, NOT_PLAYED, UNDESCRIBED
from tests.contract.papers import Finding, Papers, shown
from tests.contract.recording import Exchange, Recorder
from tests.contract.tour import ClientTour, till_tour, tokens_tour
from tests.integrations import xseries_kit
from tests.integrations.xseries_kit import open_till

FOLDER = os.environ.get("OPENAPI_DIR", "")
wants_papers = pytest.mark.skipif(
    not FOLDER, reason="OPENAPI_DIR names no folder with Lightspeed's OpenAPI data"
)


@pytest.fixture(scope="module")
def papers() -> Papers:
    return Papers(Path(FOLDER), VERSION)


@dataclass(frozen=True)
class Tour:
    """What was heard on a tour of all calls."""

    exchanges: list[Exchange]
    asked: set[str]


@pytest.fixture
def tour(in_shop: Retailer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Tour:
    """Every method of our client, then the rest of the sandbox, on a real socket."""
    recorder, create = Recorder(), xseries_kit.create_app
    monkeypatch.setattr(
        xseries_kit, "create_app", lambda *args, **more: recorder.around(create(*args, **more))
    )
    asked = _listen(monkeypatch)
    with open_till(in_shop, settings, world="small") as till:
        with till.job() as job:
            client_tour = ClientTour(till, client_for(job))
            client_tour.run()
            tokens_tour(till, job)
        till_tour(till, client_tour)
    return Tour(recorder.exchanges, asked)


def _client_methods() -> list[str]:
    return [
        name
        for name, _ in inspect.getmembers(XSeriesClient, inspect.isfunction)
        if not name.startswith("_")
    ]


def _listen(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Note which methods of the client were used."""
    asked: set[str] = set()

    def noted(name: str, inner: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            asked.add(name)
            return inner(*args, **more)

        return call

    for name in _client_methods():
        monkeypatch.setattr(XSeriesClient, name, noted(name, getattr(XSeriesClient, name)))
    return asked


def complaints(papers: Papers, exchanges: list[Exchange]) -> Iterator[Finding]:
    """Findings that no line of the table explains."""
    for exchange in exchanges:
        if f"{exchange.method} {exchange.path}" in UNDESCRIBED:
            continue
        yield from (one for one in papers.findings(exchange) if one.key not in KNOWN)


def said(findings: Iterator[Finding]) -> str:
    return "\n".join(
        f"{one.operation} {one.side} {one.place}: {one.rule}: {one.words}"
        for one in sorted(set(findings))
    )


def report(what: str, operations: set[str]) -> None:
    """For whoever runs with `-s`: the rest of the papers."""
    lines = "".join(f"\n  {operation}" for operation in sorted(operations)) or "\n  (nothing)"
    sys.stdout.write(f"\nDescribed, and {what}:{lines}\n")


@wants_papers
@pytest.mark.django_db
def test_all_calls_and_answers_agree_with_the_papers(papers: Papers, tour: Tour) -> None:
    """Each difference has a line with its reason in `known.py`, and each line is needed."""
    assert said(complaints(papers, tour.exchanges)) == ""
    found = {one.key for exchange in tour.exchanges for one in papers.findings(exchange)}
    assert set(KNOWN) - found == set()
    refused = [shown(exchange) for exchange in tour.exchanges if exchange.status >= 400]
    assert refused == []


@wants_papers
@pytest.mark.django_db
def test_what_is_not_covered_is_what_the_tables_say(papers: Papers, tour: Tour) -> None:
    assert set(_client_methods()) - tour.asked == set()
    played = {papers.operation_of(exchange) for exchange in tour.exchanges}
    called = {papers.operation_of(exchange) for exchange in tour.exchanges if exchange.is_ours}
    described = set(papers.operations)
    report("our client never calls", described - called)
    report("the sandbox does not play", described - played)
    assert described - called == NOT_CALLED
    assert described - played == NOT_PLAYED
    strange = {
        f"{exchange.method} {exchange.path}"
        for exchange in tour.exchanges
        if papers.operation_of(exchange) is None
    }
    assert strange == set(UNDESCRIBED)


@wants_papers
@pytest.mark.django_db
def test_an_added_variant_is_a_variant_of_their_api_2_0(papers: Papers, tour: Tour) -> None:
    if papers.legacy is None:
        pytest.skip("the folder has no API 2.0 document")
    added = [exchange for exchange in tour.exchanges if exchange.path == "/api/2.1/products"]
    assert added
    for exchange in added:
        assert papers.legacy_variant_findings(exchange) == []


@wants_papers
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_whole_order_is_sent_and_received_by_the_papers(
    papers: Papers,
    shop: Retailer,
    ana: User,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bodies that the sender builds, not the ones a test thinks of."""
    from tests import town
    from tests.contract.journey import send_and_receive

    recorder, create = Recorder(), town.create_xseries
    monkeypatch.setattr(
        town, "create_xseries", lambda *args, **more: recorder.around(create(*args, **more))
    )
    with town.town_for(shop, settings) as found:
        send_and_receive(found, by=ana)
    ours = [exchange for exchange in recorder.exchanges if exchange.is_ours]
    written = {papers.operation_of(exchange) for exchange in ours if exchange.method != "GET"}
    assert {
        "POST /suppliers",
        "POST /products",
        "POST /products/{product_id}/actions/image_upload",
        "POST /consignments",
        "POST /consignments/{consignment_id}/bulk",
        "PUT /consignments/{consignment_id}",
    } <= written
    assert said(complaints(papers, ours)) == ""
