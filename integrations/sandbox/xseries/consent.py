"""The consent page ``/connect``: a person allows or refuses an application."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from integrations.sandbox.kit.store import Doc
from integrations.sandbox.kit.web import this
from integrations.sandbox.xseries.auth import APPLICATIONS, SCOPES, issue_code, shop_exists
from integrations.sandbox.xseries.shop import SHOPS

blueprint = Blueprint("consent", __name__, template_folder="templates")


def _application(client_id: str, redirect_uri: str) -> Doc | None:
    """The application, if its redirect address may be used."""
    application = this().store.get(APPLICATIONS, client_id)
    if application is None:
        return None
    registered = application["redirect_uri"]
    if registered is not None:
        return application if redirect_uri == registered else None
    parts = urlsplit(redirect_uri)
    local = parts.scheme in ("http", "https") and parts.hostname in ("127.0.0.1", "localhost")
    return application if local else None


def _problem(values: dict[str, str]) -> str | None:
    """What is wrong with the request for consent, in a sentence for the person."""
    if values.get("response_type") != "code":
        return "The application asked for something other than a code."
    if _application(values.get("client_id", ""), values.get("redirect_uri", "")) is None:
        return "The application or its return address is not known here."
    if len(values.get("state", "")) < 8:
        return "The application sent no state, or one shorter than 8 characters."
    unknown = set(values.get("scope", "").split()) - SCOPES.keys()
    if unknown:
        return f"The application asked for unknown scopes: {', '.join(sorted(unknown))}."
    return None


@blueprint.get("/connect")
def ask() -> Response | tuple[str, int]:
    """Show which application asks for what."""
    values = request.args.to_dict()
    problem = _problem(values)
    if problem:
        return render_template("xseries/refused.html", problem=problem), 400
    wanted = values.get("scope", "").split() or list(SCOPES)
    page = render_template(
        "xseries/consent.html",
        values=values,
        scopes=[(scope, SCOPES[scope]) for scope in wanted],
        shops=this().store.find(SHOPS),
    )
    return Response(page)


@blueprint.post("/connect")
def answer() -> BaseResponse | tuple[str, int]:
    """Send the person back to the application with a code, or with the refusal."""
    values = request.form.to_dict()
    problem = _problem(values)
    if problem:
        return render_template("xseries/refused.html", problem=problem), 400
    prefix = values.get("shop", "")
    if values.get("answer") != "allow":
        back = {"error": "access_denied"}  # documented without the state
    elif not shop_exists(prefix):
        return render_template("xseries/refused.html", problem="There is no such shop."), 400
    else:
        scopes = values.get("scope", "").split() or list(SCOPES)
        code = issue_code(values["client_id"], values["redirect_uri"], prefix, scopes)
        back = {
            "code": code,
            "domain_prefix": prefix,
            "state": values["state"],
            "scope": " ".join(scopes),
        }
    return redirect(_with_query(values["redirect_uri"], back), 302)


def _with_query(address: str, values: dict[str, str]) -> str:
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query), *values.items()])
    return urlunsplit(parts._replace(query=query))
