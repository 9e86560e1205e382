"""What every answer means, for reads and for writes (write protocol 3.2; faults A1-A7, A24)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from integrations import errors
from integrations.budget import http_date, wait_asked
from integrations.outcomes import error_of, what_they_said

STATUSES = st.integers(300, 599)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"", b"{}", b"<html>", b'{"message":"no"}', b"\xff\xfe", b"[" * 50_000]),
)
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "Date", "X-RateLimit-Remaining"]), st.text(max_size=30)
)


def kind_of(status, *, writing, body=b"", headers=None):
    error = error_of(status, headers or {}, body, writing=writing)
    return None if error is None else type(error)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
@pytest.mark.parametrize("writing", [True, False])
def test_2xx_is_an_answer(status, writing):
    assert kind_of(status, writing=writing) is None


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (301, errors.Unreadable, errors.Unknown),
        (302, errors.Unreadable, errors.Unknown),
        (307, errors.Unreadable, errors.Unknown),
        (308, errors.Unreadable, errors.Unknown),
        (400, errors.Refused, errors.Refused),
        (401, errors.Unauthorised, errors.Unauthorised),
        (403, errors.Forbidden, errors.Forbidden),
        (404, errors.Missing, errors.Missing),
        (408, errors.Unreachable, errors.Unknown),
        (409, errors.Exists, errors.Exists),
        (410, errors.Missing, errors.Missing),
        (415, errors.Refused, errors.Refused),
        (422, errors.Refused, errors.Refused),
        (429, errors.RateLimited, errors.RateLimited),
        (500, errors.Unreachable, errors.Unknown),
        (502, errors.Unreachable, errors.Unknown),
        (503, errors.Unreachable, errors.Unknown),
        (504, errors.Unreachable, errors.Unknown),
        (520, errors.Unreachable, errors.Unknown),
    ],
)
def test_the_table(status, read, write):
    assert kind_of(status, writing=False) is read
    assert kind_of(status, writing=True) is write


@given(STATUSES, BODIES, HEADERS)
def test_a_write_is_never_called_undone_when_it_may_have_been_done(status, body, headers):
    kind = kind_of(status, writing=True, body=body, headers=headers)
    may_be_done = status < 400 or status == 408 or status >= 500
    assert (kind is errors.Unknown) == may_be_done


@given(STATUSES, BODIES, HEADERS, st.booleans())
def test_every_answer_has_a_name_and_a_sentence(status, body, headers, writing):
    error = error_of(status, headers, body, writing=writing)
    assert isinstance(error, errors.RemoteError)
    assert str(error)
    assert len(error.raw) <= 2000


def test_503_with_retry_after_is_a_wait_for_reads_and_unknown_for_writes():
    headers = {"Retry-After": "20"}
    assert kind_of(503, writing=False, headers=headers) is errors.RateLimited
    assert kind_of(503, writing=True, headers=headers) is errors.Unknown


@pytest.mark.parametrize(
    "body",
    [b'{"error":"Name already exists"}', b"SKU must be unique", b'{"details":"already in use"}'],
)
def test_422_that_says_it_exists_is_exists(body):
    assert kind_of(422, writing=True, body=body) is errors.Exists


def test_403_names_the_scope():
    error = error_of(403, {}, b'{"message":"needs products:write"}', writing=True)
    assert "products:write" in str(error)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('{"error":"Bad Request","message":"The body is odd"}', "The body is odd"),
        ('{"errors":{"name":["is too long"]}}', "name: is too long"),
        ('{"errors":["a","b"]}', "a b"),
        ("plain words", "plain words"),
        ("<html>login</html>", ""),
        ("", ""),
    ],
)
def test_their_words_are_found(raw, said):
    assert what_they_said(raw) == said


# --- Retry-After (A1-A3) -----------------------------------------------------------------------

NOW = "Wed, 25 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Wed, 25 Nov 2026 12:01:30 GMT", 90),
        ("Wed, 25 Nov 2026 12:01:30", 90),
        ("45", 45),
        ("", 30),
        ("soon", 30),
        ("-5", 1),
        ("0", 1),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 1),
        ("Wed, 25 Nov 2099 12:00:00 GMT", 900),
        ("999999999", 900),
        ("٣", 30),
    ],
)
def test_how_long_we_are_asked_to_wait(text, seconds, settings):
    settings.SYNC_TIME_SCALE = 1.0
    assert wait_asked({"Retry-After": text, "Date": NOW}) == timedelta(seconds=seconds)


@given(st.text(max_size=60), st.text(max_size=40))
def test_no_header_makes_us_wait_for_ever_or_not_at_all(text, date):
    assert (
        timedelta(seconds=1)
        <= wait_asked({"Retry-After": text, "Date": date})
        <= timedelta(minutes=15)
    )


def test_an_error_carries_the_moment_by_our_clock():
    error = error_of(429, {"Retry-After": "60"}, b"", writing=True)
    assert timedelta(seconds=55) < error.until - timezone.now() <= timedelta(seconds=60)


def test_a_date_without_a_zone_is_gmt():
    assert http_date("Wed, 25 Nov 2026 12:00:00") == datetime(2026, 11, 25, 12, tzinfo=UTC)
