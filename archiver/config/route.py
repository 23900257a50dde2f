"""How targets are reached, as people write it: HOST:PORT and its relatives, for case.yaml and the command line."""

import re
from urllib.parse import urlsplit

from archiver.config.yaml import shown
from archiver.errors import UsageError
from archiver.model.address import ascii_host
from archiver.model.exchange import ConnectTo

PROXY_SCHEMES = ("http", "socks5", "socks5h")

# What stands between colons that are not in brackets; possessive, for the time must be linear in texts from a list.
_PIECE = re.compile(r"(?:\A|:)((?:\[[^\[\]]*\]|[^:])*+)")
_PORT = re.compile(r"[0-9]{1,5}")


def host_port(host: str, port: int) -> str:
    """Return `HOST:PORT`, an IPv6 address in brackets; `parse_host_port` reads it back."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_host_port(text: str) -> tuple[str, int]:
    """Return (host in ASCII lower case, port from 1) of `HOST:PORT`; an IPv6 address stands in brackets.

    Raises `UsageError` for anything else.
    """
    found = _pieces(text)
    if len(found) != 2:
        raise _unusable(text, "HOST:PORT", "for example localhost:8080 or [::1]:8080")
    return _host(found[0], text), _port(found[1], text)


def parse_connect_to(text: str) -> ConnectTo:
    """Return what `HOST:PORT:ADDR:PORT` says: dial the second for the first. Raises `UsageError` for anything else."""
    found = _pieces(text)
    if len(found) != 4:
        raise _unusable(text, "HOST:PORT:ADDR:PORT", "for example example.org:443:127.0.0.1:8443")
    return ConnectTo(_host(found[0], text), _port(found[1], text), _host(found[2], text), _port(found[3], text))


def proxy_problem(url: str) -> str | None:
    """Return why `url` cannot be a proxy, or None. Credentials in it are no problem here: case.yaml refuses them."""
    try:
        parts = urlsplit(url)
        port = parts.port  # a getter that refuses what is no port
    except ValueError:
        return "not an address"
    if parts.scheme not in PROXY_SCHEMES:
        return f"a proxy begins with one of {', '.join(scheme + '://' for scheme in PROXY_SCHEMES)}"
    if not parts.hostname or ascii_host(_bracketed(parts.hostname)) is None:
        return "it names no host"
    if port == 0 or parts.path not in {"", "/"} or parts.query or parts.fragment or not url.isprintable():
        return "only a host and a port may follow the scheme"
    return None


def has_credentials(url: str) -> bool:
    """Return whether the address carries a user name or password."""
    return "@" in url


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _pieces(text: str) -> list[str]:
    return _PIECE.findall(text)


def _host(text: str, whole: str) -> str:
    host = ascii_host(text)
    if host is None:
        raise _unusable(whole, "a host that can exist", "a name, an IPv4 address, or an IPv6 address in brackets")
    return host


def _port(text: str, whole: str) -> int:
    if _PORT.fullmatch(text) is None or not 1 <= int(text) <= 65_535:
        raise _unusable(whole, "a port from 1 to 65535")
    return int(text)


def _unusable(text: str, wanted: str, hint: str = "") -> UsageError:
    return UsageError("route", f"{shown(text)} is not {wanted}", hint)
