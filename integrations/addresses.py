"""Which addresses we may speak to: public ones over https, and the origins settings trust.

A name is resolved once, every address it has must be public, and the connection goes to the
address that was checked: a name that changes its mind in between gains nothing (rebinding).
"""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Python 3.11 calls these global although they reach private or translated networks.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "2002::/16", "192.0.0.0/24", "::ffff:0:0/96")
)
_DEFAULT_PORTS = {"https": 443, "http": 80}


class AddressRefused(ValueError):
    """We do not speak to this address; the text says why."""


def origin_of(url: str) -> str:
    """`https://host` or `http://host:port`, lower case, without a default port."""
    parts = urlsplit(url)
    port = _port_of(parts)
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    suffix = "" if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{port}"
    return f"{parts.scheme}://{shown}{suffix}"


def _port_of(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise AddressRefused("The address has a port that is not a number.") from error


def is_trusted(url: str) -> bool:
    """Is its origin in TRUSTED_ORIGINS, which is empty in production?"""
    origin = origin_of(url)
    return any(origin == origin_of(trusted) for trusted in settings.TRUSTED_ORIGINS)


def checked_url(url: str) -> str:
    """The address, when its form is one we speak to; raises AddressRefused."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise AddressRefused(f"“{url[:80]}” is not an address of a server.")
    if parts.username or parts.password:
        raise AddressRefused("An address with a user name in it is not used.")
    if is_trusted(url):
        return url
    if parts.scheme != "https":
        raise AddressRefused("Only https addresses are used.")
    if _port_of(parts) not in (None, 443):
        raise AddressRefused("Only the standard https port is used.")
    literal = _literal(parts.hostname)
    if literal is not None and not is_public(literal):
        raise AddressRefused(f"{parts.hostname} is not a public address.")
    return url


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Can anybody on the internet reach it? Private, shared, loopback and translated ones not."""
    if not address.is_global or address.is_multicast:
        return False
    return not any(
        address in network for network in _NOT_PUBLIC if network.version == address.version
    )


def resolve(host: str, port: int, *, trusted: bool) -> list[tuple[socket.AddressFamily, str]]:
    """The addresses of a host in the system's order; all must be public unless trusted.

    Raises `socket.gaierror` when the name is not known, AddressRefused when one is not public.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [(family, str(where[0])) for family, _, _, _, where in found]
    if not trusted:
        for _family, text in addresses:
            literal = _literal(text)
            if literal is None or not is_public(literal):
                raise AddressRefused(f"{host} leads to {text}, which is not a public address.")
    return list(dict.fromkeys(addresses))
