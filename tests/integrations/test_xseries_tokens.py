"""Connecting, refreshing, and what happens when a token answer is lost."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.utils import timezone

from integrations.engine import Later, Stop
from integrations.errors import Forbidden, Unauthorised
from integrations.models import Connection, Lane, RemoteLink, SyncTask
from integrations.xseries import auth, sync
from integrations.xseries.client import client_for
from retailers.models import Retailer
from retailers.scope import acting_for
from tests.integrations.xseries_kit import Till, open_till

pytestmark = pytest.mark.django_db
TOKEN = "POST /api/1.0/token"


@pytest.fixture
def till(in_shop: Retailer, settings) -> Iterator[Till]:
    with open_till(in_shop, settings) as till:
        yield till


def nearly_spent(till: Till, **facts) -> None:
    """The moment has come from which the access token is not trusted any more."""
    till.connection.token_expires_at = timezone.now() - timedelta(minutes=1)
    for name, value in facts.items():
        setattr(till.connection, name, value)
    till.connection.save()


def ask_for_the_shop(till: Till) -> None:
    with till.job() as job:
        client_for(job).shop()
    till.connection.refresh_from_db()


def refreshes(till: Till) -> int:
    return len(till.effects("token_refreshed"))


def test_the_consent_page_is_asked_for_all_scopes(till, settings):
    url = urlsplit(auth.authorize_url("s" * 43))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"].startswith(settings.BASE_URL)
    assert asked["scope"].split() == list(auth.SCOPES)
    assert requests.get(auth.authorize_url("s" * 43), timeout=10).status_code == 200


@pytest.mark.parametrize(
    "prefix", ["evil.com/", "a@b", "../", "UPPER", "", "-a", "a" * 64, "x.y", "xn--ä"]
)
def test_only_a_plain_prefix_decides_where_secrets_go(prefix):
    """C13."""
    with pytest.raises(Stop):
        auth.base_url_of(prefix)


def test_a_token_is_refreshed_early_and_both_are_kept(till):
    nearly_spent(till)
    before = (till.connection.token, till.connection.refresh_token)
    ask_for_the_shop(till)
    assert refreshes(till) == 1
    assert till.connection.token != before[0]
    assert till.connection.refresh_token != before[1]
    assert till.connection.refresh_sent_at is None
    left = (till.connection.token_expires_at - timezone.now()).total_seconds()
    assert 0.79 * 86_400 < left < 0.91 * 86_400


def test_a_token_that_expires_in_mid_run_is_refreshed_once(till):
    """C1."""
    with till.job() as job:
        client = client_for(job)
        client.shop()
        till.control("POST", "/tokens/change", {"shop": till.prefix, "action": "expire"})
        client.shop()
        client.shop()
    assert refreshes(till) == 1


def test_a_token_that_somebody_else_renewed_is_read_again(till):
    """C2: two workers with one 401 each make one refresh call."""
    with till.job() as job:
        client = client_for(job)
        till.control(
            "POST",
            "/tokens/change",
            {"access_token": till.connection.token, "action": "revoke"},
        )
        fresh = till.control("POST", "/tokens", {"shop": till.prefix}).json()
        Connection.objects.filter(pk=till.connection.pk).update(
            token=fresh["access_token"], refresh_token=fresh["refresh_token"]
        )
        client.shop()
    assert refreshes(till) == 0


def test_a_lost_refresh_answer_waits_and_tries_the_old_token_once(till):
    """C3, C5: no lock-out loop; what is certainly spent needs a person."""
    nearly_spent(till)
    till.fault(TOKEN, "lost_response", count=1)
    with pytest.raises(Later):
        ask_for_the_shop(till)
    till.connection.refresh_from_db()
    assert till.connection.refresh_sent_at is not None
    with pytest.raises(Later):  # still inside the thirty seconds: no second call
        ask_for_the_shop(till)
    assert len(till.calls("token")) == 1
    Connection.objects.filter(pk=till.connection.pk).update(
        refresh_sent_at=timezone.now() - timedelta(minutes=5)
    )
    with pytest.raises(Stop) as stopped:
        ask_for_the_shop(till)
    assert stopped.value.trouble == SyncTask.Trouble.RECONNECT
    assert len(till.calls("token")) == 2


def test_a_refresh_that_did_not_arrive_is_made_good(till):
    """C3, the lucky half: the answer was lost before anything was done."""
    nearly_spent(till)
    till.fault(TOKEN, "reset_before", count=1)
    ask_for_the_shop(till)  # the old access token is still alive
    assert refreshes(till) == 0
    Connection.objects.filter(pk=till.connection.pk).update(
        refresh_sent_at=timezone.now() - timedelta(minutes=5)
    )
    ask_for_the_shop(till)
    assert refreshes(till) == 1
    assert till.connection.refresh_sent_at is None


def test_a_revoked_app_needs_a_person(till):
    """C4."""
    till.control("POST", "/tokens/change", {"shop": till.prefix, "action": "revoke"})
    Connection.objects.filter(pk=till.connection.pk).update(refresh_token="spent")
    with pytest.raises(Stop) as stopped:
        ask_for_the_shop(till)
    assert stopped.value.trouble == SyncTask.Trouble.RECONNECT


def test_the_token_endpoint_counts_for_itself(till):
    """C6: its limit neither becomes the shop's budget nor stops a token that still works."""
    ask_for_the_shop(till)
    before = Lane.objects.filter(connection=till.connection).values("budget_limit", "paused_until")
    known = before.get()
    nearly_spent(till)
    till.fault(TOKEN, "status", count=1, params={"code": 429, "retry_after": "date"})
    ask_for_the_shop(till)
    assert before.get() == known
    assert till.connection.refresh_sent_at is None


def test_a_personal_token_is_used_as_it_is(till):
    made = till.control("POST", "/tokens", {"shop": till.prefix, "personal": True}).json()
    nearly_spent(till, token=made["access_token"], refresh_token="", personal_token=True)
    ask_for_the_shop(till)
    assert refreshes(till) == 0
    till.control("POST", "/tokens/change", {"shop": till.prefix, "action": "revoke"})
    with pytest.raises(Stop) as stopped:
        ask_for_the_shop(till)
    assert stopped.value.trouble == SyncTask.Trouble.RECONNECT


def test_a_missing_scope_is_named(till):
    """C7."""
    till.control(
        "POST",
        "/tokens/change",
        {"shop": till.prefix, "action": "scopes", "scopes": ["products:read"]},
    )
    with pytest.raises(Forbidden, match="retailer:read"):
        ask_for_the_shop(till)


def test_a_token_of_another_shop_gets_nothing(till):
    """C8: the token of one shop under another shop's name."""
    other = till.control("POST", "/tokens", {"shop": "harbour-row", "personal": True}).json()
    nearly_spent(till, token=other["access_token"], personal_token=True, token_expires_at=None)
    with pytest.raises((Stop, Unauthorised)):
        ask_for_the_shop(till)


# --- connecting --------------------------------------------------------------------------------


def consent(till: Till, shop: str = "") -> str:
    """Press Allow on the consent page; the code that comes back."""
    values = parse_qs(urlsplit(auth.authorize_url("s" * 43)).query)
    form = {name: value[0] for name, value in values.items()}
    answer = requests.post(
        f"{till.url}/connect",
        data=form | {"shop": shop or till.prefix, "answer": "allow"},
        allow_redirects=False,
        timeout=10,
    )
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def waiting(till: Till, code: str) -> None:
    Connection.objects.filter(pk=till.connection.pk).update(
        state=Connection.State.WAITING, token="", refresh_token="", scopes=""
    )
    till.connection.refresh_from_db()
    till.connection.code = code
    till.connection.save()


def finish(till: Till) -> None:
    with till.job("connect-finish:") as job:
        sync.connect_finish(job)
    till.connection.refresh_from_db()


def test_a_code_becomes_a_connection_that_knows_the_shop(till, in_shop):
    Retailer.objects.filter(pk=in_shop.pk).update(currency="EUR", prices_include_tax=True)
    waiting(till, consent(till))
    finish(till)
    assert till.connection.state == Connection.State.ACTIVE
    assert till.connection.code == ""
    assert till.connection.token
    assert till.connection.capabilities["products:read:costs"] is True
    in_shop.refresh_from_db()
    assert (in_shop.currency, in_shop.timezone, in_shop.country) == (
        "USD",
        "America/New_York",
        "US",
    )
    assert not in_shop.prices_include_tax
    assert SyncTask.objects.filter(subject="mirror:").exists()


def test_a_code_works_once(till):
    """C12: a used code needs a new consent, and says so."""
    code = consent(till)
    waiting(till, code)
    finish(till)
    waiting(till, code)
    with pytest.raises(Stop) as stopped:
        finish(till)
    assert stopped.value.trouble == SyncTask.Trouble.RECONNECT
    till.connection.refresh_from_db()
    assert till.connection.code == ""
    assert till.connection.refresh_sent_at is None


def test_a_run_that_died_after_spending_the_code_goes_on_with_the_tokens(till):
    waiting(till, consent(till))
    till.fault("GET /api/2026-07/retailer", "reset_before", count=1)
    with pytest.raises(Exception, match="No usable answer"):
        finish(till)
    finish(till)
    assert till.connection.is_active
    assert len(till.calls("token")) == 1


def test_a_shop_of_another_retailer_is_refused(till, other_shop):
    """C8: connecting a shop that another account holds, under whatever name."""
    with acting_for(other_shop):
        theirs = Connection.objects.create(
            retailer=other_shop,
            system=Connection.System.XSERIES,
            state=Connection.State.ACTIVE,
            name="Alder & Quay",
            domain_prefix="alder-quay-old-name",
        )
        RemoteLink.objects.create(
            connection=theirs,
            kind="retailer",
            local_id=other_shop.pk,
            remote_id=till.ok("GET", "/retailer")["data"]["id"],
        )
    waiting(till, consent(till))
    with pytest.raises(Stop, match="another account"):
        finish(till)


def test_reconnecting_with_another_shop_is_refused(till):
    waiting(till, consent(till))
    finish(till)
    RemoteLink.objects.filter(kind="retailer").update(remote_id="somebody-else")
    waiting(till, consent(till))
    with pytest.raises(Stop, match="another shop"):
        finish(till)


def test_testing_the_connection_ends_reconnect(till):
    Connection.objects.filter(pk=till.connection.pk).update(state=Connection.State.RECONNECT)
    with till.job("test:") as job:
        sync.test(job)
    till.connection.refresh_from_db()
    assert till.connection.is_active


def test_the_clock_refreshes_ahead(till):
    nearly_spent(till)
    with till.job("refresh-token:") as job:
        sync.refresh_token(job)
    assert refreshes(till) == 1
