"""Faults inside the app: answers given instead of the work, and answers changed after it.

What happens to the bytes on their way (resets, silence, truncation) is in `wire`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Response, request

from integrations.sandbox.kit import jsontext
from integrations.sandbox.kit.faults import Rule
from integrations.sandbox.kit.web import as_json, this

LOGIN_PAGE = """<!doctype html><html lang="en"><title>Sign in</title>
<h1>Sign in</h1><form method="post"><label>E-mail <input name="email"></label>
<button>Sign in</button></form></html>"""

_ERRORS = {
    409: {"error": "Conflict", "message": "It already exists"},
    429: {"error": "Too Many Requests", "message": "Rate limiting enforced"},
}


def instead_of_the_work(rule: Rule) -> Response | None:
    """The answer that takes the place of the work, or None when the work goes on."""
    if rule.kind == "late":
        time.sleep(rule.seconds(5))
    if rule.kind == "repeat_page" and "body" in rule.memory:
        return Response(rule.memory["body"], content_type="application/json")
    if rule.does_the_work:
        return None
    return _spoiled(rule, Response("", content_type="application/json"))


def after_the_work(rule: Rule, response: Response) -> Response:
    """The answer as the fault leaves it."""
    if rule.kind in _PAGES:
        return _PAGES[rule.kind](rule, response) if response.status_code == 200 else response
    return _spoiled(rule, response)


def _spoiled(rule: Rule, response: Response) -> Response:
    make = _ANSWERS.get(rule.kind)
    return make(rule, response) if make else response


def _status(rule: Rule, response: Response) -> Response:
    default = {"status": 500, "error_after": 500, "conflict": 409}[rule.kind]
    code = int(rule.params.get("code", default))
    body = rule.params.get("body", _ERRORS.get(code, {"error": f"Error {code}"}))
    answer = Response(body, code) if isinstance(body, str) else as_json(body, code)
    wait = _retry_after(rule, code)
    if wait is not None:
        answer.headers["Retry-After"] = wait
    for name, value in rule.params.get("headers", {}).items():
        answer.headers[str(name)] = str(value)
    return answer


def _retry_after(rule: Rule, code: int) -> str | None:
    """`params.retry_after`: date, seconds, garbage, none, past, negative or 2099."""
    form = rule.params.get("retry_after", "date" if code == 429 else "none")
    seconds = rule.seconds(5)
    clock = this().clock
    return {
        "date": clock.http_date(seconds),
        "seconds": str(int(seconds)),
        "garbage": "soon, we hope",
        "none": None,
        "past": clock.http_date(-3600),
        "negative": "-30",
        "2099": "Thu, 01 Jan 2099 00:00:00 GMT",
    }[str(form)]


def _redirect(rule: Rule, response: Response) -> Response:
    answer = Response("", int(rule.params.get("code", 302)))
    answer.autocorrect_location_header = False
    answer.headers["Location"] = str(rule.params.get("location", "/signin"))
    return answer


def _login_page(rule: Rule, response: Response) -> Response:
    return Response(LOGIN_PAGE, 200, content_type="text/html; charset=utf-8")


def _wrong_type(rule: Rule, response: Response) -> Response:
    response.headers["Content-Type"] = str(rule.params.get("content_type", "text/html"))
    return response


def _empty(rule: Rule, response: Response) -> Response:
    return Response("", int(rule.params.get("code", 204)), content_type="application/json")


_ANSWERS: dict[str, Callable[[Rule, Response], Response]] = {
    "status": _status,
    "error_after": _status,
    "conflict": _status,
    "redirect": _redirect,
    "html_login": _login_page,
    "wrong_content_type": _wrong_type,
    "empty": _empty,
}


# Pages. A page is a bare list or an object with one list in it, mostly called `data`.


def _rows(page: Any) -> list[Any] | None:
    if isinstance(page, list):
        return page
    if isinstance(page, dict):
        return next((value for value in page.values() if isinstance(value, list)), None)
    return None


def _repeat(rule: Rule, response: Response) -> Response:
    rule.memory.setdefault("body", response.get_data())
    return response


def _duplicate(rule: Rule, response: Response) -> Response:
    """Put the last row of the page before on top; on a first page, its first row again."""
    page = jsontext.loads(response.get_data())
    rows = _rows(page)
    if rows:
        last = rows[-1]
        rows.insert(0, rule.memory.get(request.path, rows[0]))
        rule.memory[request.path] = last
    response.set_data(jsontext.dumps(page))
    return response


def _empty_page(rule: Rule, response: Response) -> Response:
    page = jsontext.loads(response.get_data())
    rows = _rows(page)
    if rows:
        rows.clear()
    if isinstance(page, dict) and "version" in page:
        page["version"] = {"min": None, "max": None}
    response.set_data(jsontext.dumps(page))
    return response


_PAGES: dict[str, Callable[[Rule, Response], Response]] = {
    "repeat_page": _repeat,
    "duplicate_on_page": _duplicate,
    "empty_page": _empty_page,
    "stale_list": lambda rule, response: response,
}
