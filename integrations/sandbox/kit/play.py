"""What both play pages share: style sheet, the recent ledger and the switches for faults.

Forms are plain and work without script; every one also answers JSON when JSON is asked for.
Each server adds its own pages under ``/_sandbox/`` on top of ``sandbox/base.html``.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from integrations.sandbox.kit.control import loopback_only
from integrations.sandbox.kit.faults import KINDS, UnknownFault
from integrations.sandbox.kit.web import as_json, this, wants_json

blueprint = Blueprint("kit", __name__, url_prefix="/_sandbox", template_folder="templates")
blueprint.before_request(loopback_only)

STYLE = (Path(__file__).parent / "play.css").read_text(encoding="utf-8")


def done(message: str, to: str, **facts: object) -> BaseResponse:
    """Answer a play form: JSON when asked for, else back to page `to` with the message."""
    if wants_json():
        return as_json({"ok": True, "message": message, **facts})
    joint = "&" if "?" in to else "?"
    return redirect(f"{to}{joint}said={_quoted(message)}", 303)


def refused(message: str, to: str, status: int = 422) -> BaseResponse:
    """Answer a play form that could not be carried out."""
    if wants_json():
        return as_json({"ok": False, "message": message}, status)
    joint = "&" if "?" in to else "?"
    return redirect(f"{to}{joint}refused={_quoted(message)}", 303)


def _quoted(message: str) -> str:
    from urllib.parse import quote

    return quote(message)


@blueprint.get("/play.css")
def style() -> Response:
    """The one style sheet of the play pages."""
    return Response(STYLE, content_type="text/css; charset=utf-8")


@blueprint.get("/play/ledger")
def ledger_page() -> str:
    """What came in lately and what it did."""
    book = this().ledger
    return render_template(
        "sandbox/ledger.html",
        calls=book.calls(latest=60)[::-1],
        effects=book.effects(latest=60)[::-1],
    )


@blueprint.get("/play/faults")
def faults_page() -> str:
    """Faults in force and a form to add one."""
    return render_template("sandbox/faults.html", rules=this().faults.rules(), kinds=sorted(KINDS))


@blueprint.post("/play/faults")
def add_fault() -> BaseResponse:
    """Switch a fault on from the form."""
    form = request.form
    page = url_for("kit.faults_page")
    try:
        count, skip = int(form.get("count", "1")), int(form.get("skip", "0"))
        params = {name: float(form[name]) for name in ("seconds",) if form.get(name)}
        if form.get("code"):
            params["code"] = int(form["code"])
        rule = this().faults.add(
            form.get("route", "").strip() or "*",
            form.get("kind", ""),
            count,
            skip,
            params,
        )
    except UnknownFault as error:
        return refused(str(error), page)
    except ValueError:
        return refused("Count, skip, seconds and code are numbers.", page)
    return done(f"{rule.kind} is on for {rule.route}.", page, fault=rule.as_json())


@blueprint.post("/play/faults/off")
def remove_fault() -> BaseResponse:
    """Switch one fault off, or all."""
    wanted = request.form.get("id", "")
    if wanted.isdigit():
        this().faults.remove(int(wanted))
    else:
        this().faults.clear()
    return done("Switched off.", url_for("kit.faults_page"))
