"""Which addresses may be contacted: decided from the address that will be dialled, before any packet leaves.

`ipaddress` is not enough for this. Its `is_global` calls multicast, the deprecated site-local block, loopback inside
NAT64, 6to4, IPv4-compatible, IPv4-translated and ISATAP addresses, and unallocated IPv6 space public, and its tables
change between Python releases. The blocks below are those of the IANA special-purpose registries (RFC 6890) and of the
clouds' metadata services; outside 2000::/3 no IPv6 address is public but NAT64's. docs/spec/capture.md lists them.
"""

import ipaddress
from dataclasses import dataclass, field

from archiver.model.address import DEFAULT_PORTS, Address, ascii_host

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address

BLOCKS_V4: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by a carrier (CGNAT)"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved for protocols"),
    ("192.0.2.0/24", "for documentation"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "for benchmarks"),
    ("198.51.100.0/24", "for documentation"),
    ("203.0.113.0/24", "for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("168.63.129.16/32", "a cloud's own service"),
)
BLOCKS_V6: tuple[tuple[str, str], ...] = (
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private"),
    ("ff00::/8", "multicast"),
    ("2001::/32", "a Teredo tunnel"),
    ("2001::/23", "reserved for protocols"),
    ("2001:db8::/32", "for documentation"),
    ("2002::/16", "a 6to4 tunnel"),
    ("3fff::/20", "for documentation"),
)
LOCAL_NAMES = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "home.arpa",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
)

_V4 = tuple((ipaddress.IPv4Network(block), what) for block, what in BLOCKS_V4)
_V6 = tuple((ipaddress.IPv6Network(block), what) for block, what in BLOCKS_V6)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOW_32 = tuple(  # blocks whose last 32 bits are an IPv4 address
    ipaddress.IPv6Network(block) for block in ("64:ff9b::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "::/96")
)
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # RFC 5214 §6.1: the upper half of the interface identifier


@dataclass(frozen=True, slots=True)
class Guard:
    """Judges addresses; `allow` holds the (host or address, port) pairs that pass although they are not public."""

    allow: tuple[tuple[str, int], ...] = ()
    _allowed: frozenset[tuple[str, int]] = field(init=False, repr=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_allowed", frozenset((_plain(host), port) for host, port in self.allow))

    def refusal(self, address: Address, *, proxied: bool) -> str | None:
        """Return why `address` must not be asked at all, or None. No name is looked up.

        Under a proxy nobody here sees the address behind a name, so names that mean this machine or its network are
        refused by their spelling. Literal addresses are judged in both cases.
        """
        if address.scheme not in DEFAULT_PORTS:
            return f"scheme {address.scheme!r} is not http or https"
        if (_plain(address.host), address.port) in self._allowed:
            return None
        literal = _literal(address.host)
        if literal is not None:
            return self.refusal_ip(address.host, address.port, address.host)
        return _refused_name(address.host.rstrip("."), proxied=proxied)

    def refusal_ip(self, ip: str, port: int, host: str) -> str | None:
        """Return why `ip`, chosen for `host`, must not be dialled at `port`, or None."""
        if {(_plain(host), port), (_plain(ip), port)} & self._allowed:
            return None
        literal = _literal(ip)
        if literal is None:
            return f"{ip!r} is not an address"
        what = not_public(literal)
        return None if what is None else f"address {literal} is not public: {what}"


def not_public(address: IPv4 | IPv6) -> str | None:
    """Return what makes `address` unfit to be contacted on somebody else's word, or None when it is public."""
    if isinstance(address, IPv4):
        for network, what in _V4:
            if address in network:
                return what
        return None if address.is_global else "reserved"
    for block, what in _V6:
        if address in block:
            return what
    inner = _embedded(address)
    if inner is not None:
        what_inside = not_public(inner)
        if what_inside is not None:
            return f"{inner} inside, which is {what_inside}"
    if address in _NAT64 or (address in _GLOBAL_UNICAST and address.is_global):
        return None
    return "reserved"


def _embedded(address: IPv6) -> IPv4 | None:
    value = int(address)
    if any(address in block for block in _LOW_32) or (value >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4(value & 0xFFFFFFFF)
    return None


def _literal(host: str) -> IPv4 | IPv6 | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _refused_name(name: str, *, proxied: bool) -> str | None:
    if not proxied:
        return f"name {name!r} can be reached through a proxy only" if _ends_in(name, "onion") else None
    if any(_ends_in(name, local) for local in LOCAL_NAMES):
        return f"name {name!r} means this machine or its network"
    return None if "." in name else f"name {name!r} has no dot and would be completed by the proxy's network"


def _ends_in(name: str, suffix: str) -> bool:
    return name == suffix or name.endswith("." + suffix)


def _plain(host: str) -> str:
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return (ascii_host(bracketed) or host.lower()).removesuffix(".")
