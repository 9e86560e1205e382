"""Both ways a request to NuORDER may be signed, from the server's side. Pure functions.

Style A is NuORDER's own: everything in a fixed order, nothing encoded, a hex digest. Style B is
RFC 5849, checked by oauthlib.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import unquote

from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

_HEX = re.compile(r"[0-9a-f]{40}")
_PAIR = re.compile(r'\s*([A-Za-z_]+)\s*=\s*(?:"([^"]*)"|([^,"]*))\s*(?:,|$)')


@dataclass(frozen=True)
class Keys:
    """What a signature is made with; the token may be empty."""

    consumer_key: str
    consumer_secret: str
    token: str = ""
    token_secret: str = ""


def parse_authorization(header: str) -> dict[str, str]:
    """The parameters of an `OAuth k="v",…` header; empty when it is none.

    `oAuth` and unquoted values are accepted, as NuORDER's server was seen to do.
    """
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        return {}
    return {name: unquote(quoted or plain) for name, quoted, plain in _PAIR.findall(rest)}


def is_style_a(params: dict[str, str]) -> bool:
    """Style A signatures are forty hex digits, style B's are base64."""
    return _HEX.fullmatch(params.get("oauth_signature", "")) is not None


def style_a_signature(method: str, url: str, params: dict[str, str], keys: Keys) -> str:
    """NuORDER's own signature over `url` as sent (a query string included, if there is one)."""
    base = (
        f"{method.upper()}{url}?oauth_consumer_key={keys.consumer_key}&oauth_token={keys.token}"
        f"&oauth_timestamp={params.get('oauth_timestamp', '')}"
        f"&oauth_nonce={params.get('oauth_nonce', '')}"
        "&oauth_version=1.0&oauth_signature_method=HMAC-SHA1"
    )
    for name in ("oauth_verifier", "oauth_callback"):
        if name in params:
            base += f"&{name}={params[name]}"
    key = f"{keys.consumer_secret}&{keys.token_secret}"
    return hmac.new(key.encode(), base.encode(), hashlib.sha1).hexdigest()


def style_a_valid(method: str, url: str, params: dict[str, str], keys: Keys) -> bool:
    """Whether the header's signature is the one style A gives."""
    right = style_a_signature(method, url, params, keys)
    return hmac.compare_digest(right, params.get("oauth_signature", ""))


def style_b_valid(method: str, url: str, header: str, keys: Keys) -> bool:
    """Whether `header` signs this request as RFC 5849 asks (JSON bodies are not signed).

    `application_name` is no OAuth parameter; a client may or may not have signed it.
    """
    endpoint = SignatureOnlyEndpoint(_Validator(keys))
    bare = re.sub(r'\s*application_name="[^"]*"\s*,?', "", header)
    return any(
        endpoint.validate_request(url, method, "", {"Authorization": text})[0]
        for text in dict.fromkeys((header, bare))
    )


class _Validator(RequestValidator):
    """Tells oauthlib the one set of keys; clock, nonces and tokens are checked elsewhere."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self.keys = keys

    client_key_length = (1, 200)
    nonce_length = (1, 200)
    enforce_ssl = False
    allowed_signature_methods = ("HMAC-SHA1",)
    timestamp_lifetime = 10**10
    dummy_client = "nobody"

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)

    def validate_client_key(self, client_key: str, request: object) -> bool:
        return client_key == self.keys.consumer_key

    def validate_timestamp_and_nonce(self, *particulars: object, **more: object) -> bool:
        return True

    def get_client_secret(self, client_key: str, request: object) -> str:
        return self.keys.consumer_secret

    def get_access_token_secret(self, client_key: str, token: str, request: object) -> str:
        return self.keys.token_secret
