"""The app's addresses, and a few that only the tests of the kit ask for."""

import time

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import engines
from django.urls import include, path

from retailers.ui_guide import ui_guide

PROBE = """{% extends "base.html" %}
{% block title %}Probe{% endblock %}
{% block content %}<h1>Probe</h1>
<button id="expired" hx-get="/kit/expired/">Ask after the session ended</button>
<button id="broken" hx-post="/kit/broken/">Ask what breaks</button>
<button id="begin" hx-get="/kit/poll/3/" hx-target="#work" hx-swap="outerHTML">Begin</button>
<div id="work"></div>
<button id="send" hx-post="/kit/decide/" hx-target="#sent" hx-confirm="Send 3 orders?">Send</button>
<div id="sent"></div>
<ul><li id="rows"><a data-row id="first" href="#first" hx-post="/kit/decide/"
  hx-target="#rows">Decide</a></li></ul>
<form data-unsaved method="get"><input name="note" aria-label="Note"></form>
{% endblock %}"""

PAGES = {
    "404": "404.html",
    "403": "403.html",
    "csrf": "403_csrf.html",
    "400": "400.html",
    "429": "429.html",
    "500": "500.html",
    "locked": "account/lockout.html",
}


@login_not_required
def page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, PAGES[name], {"failure_limit": 5})


@login_not_required
def poll(request: HttpRequest, left: int) -> HttpResponse:
    """Long work that is done after `left` more looks."""
    if left == 0:
        return HttpResponse('<p id="work">31 of 31 calls</p>')
    return HttpResponse(
        f'<div id="work" data-poll="0.1" hx-get="/kit/poll/{left - 1}/" hx-trigger="poll"'
        f' hx-swap="outerHTML">{31 - left} of 31 calls</div>'
    )


@login_not_required
def expired(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=401, headers={"HX-Redirect": "/accounts/login/?next=/ui/"})


@login_not_required
def probe(request: HttpRequest) -> HttpResponse:
    """A page with what htmx asks for in these tests."""
    return HttpResponse(engines["django"].from_string(PROBE).render({}, request))


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    return HttpResponse("no", status=500)


@login_not_required
def decide(request: HttpRequest) -> HttpResponse:
    """A decision that takes a moment; the row comes back decided, and counts how often."""
    request.session["decided"] = request.session.get("decided", 0) + 1
    time.sleep(0.3)
    return HttpResponse(
        f'<a data-row id="first" href="#first">Decided {request.session["decided"]} time</a>'
    )


urlpatterns = [
    path("ui/", ui_guide, name="ui"),
    path("kit/probe/", probe),
    path("kit/poll/<int:left>/", poll),
    path("kit/expired/", expired),
    path("kit/broken/", broken),
    path("kit/decide/", decide),
    path("kit/page/<str:name>/", page),
    path("", include("config.urls")),
]
