"""The out-of-band handshake: `GET /api/initiate`, a person's approval, `GET /api/token`."""

from __future__ import annotations

from flask import Blueprint, Response

from integrations.sandbox.kit.web import as_json, this
from integrations.sandbox.nuorder.guard import caller, refusal
from integrations.sandbox.nuorder.vault import Vault

api = Blueprint("handshake", __name__, url_prefix="/api")


@api.get("/initiate")
def initiate() -> Response:
    """Start: a temporary token, and an application that waits in the portal's API management."""
    found, box = caller(), this()
    name = found.params.get("application_name", "").strip()
    callback = found.params.get("oauth_callback", "")
    if not name:
        return refusal(400, "application_name is required")
    if callback != "oob":
        return refusal(400, "oauth_callback must be oob")
    with box.store.transaction():
        application = Vault(box.store).begin(found.portal, name, callback)
        box.ledger.effect(
            "application_pending", application["id"], portal=found.portal["id"], name=name
        )
    return as_json(
        {
            "oauth_token": application["temporary_token"],
            "oauth_token_secret": application["temporary_secret"],
            "oauth_callback_confirmed": True,
        }
    )


@api.get("/token")
def exchange() -> Response:
    """Finish: the verification code buys the permanent token, once."""
    found, box = caller(), this()
    if found.application is None:
        return refusal(401, "Invalid request token")
    with box.store.transaction():
        verifier = found.params.get("oauth_verifier", "")
        token = Vault(box.store).exchange(found.application, verifier)
        if token is None:
            return refusal(401, "Invalid verification code")
        box.ledger.effect("token_issued", found.application["id"], portal=found.portal["id"])
    return as_json({"oauth_token": token["token"], "oauth_token_secret": token["secret"]})
