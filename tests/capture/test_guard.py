"""The guard: what may be contacted."""

import ipaddress

import pytest

from archiver.capture.guard import BLOCKS_V4, BLOCKS_V6, LOCAL_NAMES, Guard, not_public
from archiver.model.address import Address

FORBIDDEN = (
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.2", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
    "017700000001", "127.0.0.1.", "１２７．０．０．１", "127。0。0。1", "%31%32%37.0.0.1", "0", "0.0.0.0", "0.1.2.3",
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.1", "3232235777",
    "100.64.0.1", "100.100.100.200", "100.127.255.255", "169.254.169.254", "169.254.170.2", "0xa9fea9fe",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
    "168.63.129.16", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::10.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::ffff:10.1.2.3]", "[::ffff:169.254.169.254]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
    "[2002:7f00:1::1]", "[2002:0a00:0001::1]", "[2002:808:808::1]", "[2001::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[2001:2::1]", "[2001:10::1]", "[2001:20::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "[100::1]", "[4000::1]",
    "[fc00::1]", "[fd00:ec2::254]", "[fd12:3456:789a::1]", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[ff02::1]",
    "[ff0e::1]", "[2606:2800:220:1:0:5efe:127.0.0.1]", "[2606:2800:220:1:200:5efe:10.0.0.1]",
)  # fmt: skip
PUBLIC = (
    "8.8.8.8", "1.1.1.1", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "128.0.0.1",
    "[2606:4700:4700::1111]", "[2a00:1450:4001:81b::200e]", "[64:ff9b::808:808]", "[2620:fe::fe]",
)  # fmt: skip


@pytest.mark.parametrize("host", FORBIDDEN)
@pytest.mark.parametrize("proxied", [False, True])
def test_every_spelling_of_an_address_that_is_not_public_is_refused(host: str, proxied: bool) -> None:
    address = Address.parse(f"http://{host}:8080/")  # understood, so that its refusal is on the record
    assert Guard().refusal(address, proxied=proxied)


@pytest.mark.parametrize("host", PUBLIC)
def test_public_addresses_pass(host: str) -> None:
    address = Address.parse(f"https://{host}/")
    assert Guard().refusal(address, proxied=True) is None
    assert Guard().refusal_ip(address.host, 443, address.host) is None


@pytest.mark.parametrize("url", ["ftp://example.org/", "file:///etc/passwd", "gopher://127.0.0.1:70/", "data:,x"])
def test_other_schemes_are_refused_and_named(url: str) -> None:
    refusal = Guard((("127.0.0.1", 70),)).refusal(Address.parse(url), proxied=False)
    assert refusal is not None
    assert url.partition(":")[0] in refusal


@pytest.mark.parametrize("suffix", LOCAL_NAMES)
def test_names_of_this_machine_and_its_network_are_refused_under_a_proxy(suffix: str) -> None:
    for name in (suffix, f"a.{suffix}", f"A.b.{suffix}."):
        assert Guard().refusal(Address.parse(f"http://{name}/"), proxied=True)


def test_a_name_without_a_dot_is_refused_under_a_proxy() -> None:
    assert Guard().refusal(Address.parse("http://router/"), proxied=True)
    assert Guard().refusal(Address.parse("http://notlocal.example/"), proxied=True) is None


def test_onion_names_pass_under_a_proxy_only() -> None:
    onion = Address.parse("http://abcdef.onion/")
    assert Guard().refusal(onion, proxied=False)
    assert Guard().refusal(onion, proxied=True) is None


def test_an_allowed_host_passes_at_its_port_only() -> None:
    guard = Guard((("Intranet.LOCAL.", 8080), ("::1", 80), ("127.0.0.1", 81)))
    assert guard.refusal(Address.parse("http://intranet.local:8080/"), proxied=True) is None
    assert guard.refusal(Address.parse("http://intranet.local/"), proxied=True)
    assert guard.refusal_ip("10.0.0.1", 8080, "intranet.local") is None
    assert guard.refusal_ip("10.0.0.1", 8080, "other.example")
    assert guard.refusal_ip("10.0.0.1", 80, "intranet.local")


def test_an_allowed_address_passes_whatever_name_leads_there() -> None:
    guard = Guard((("0x7f.1", 81), ("[::1]", 80)))
    assert guard.refusal_ip("127.0.0.1", 81, "rebound.example") is None
    assert guard.refusal_ip("::1", 80, "rebound.example") is None
    assert guard.refusal_ip("127.0.0.1", 80, "rebound.example")
    assert guard.refusal_ip("127.0.0.2", 81, "rebound.example")
    assert guard.refusal(Address.parse("http://127.0.0.1:81/"), proxied=False) is None


def test_what_is_no_address_is_never_dialled() -> None:
    assert Guard().refusal_ip("example.org", 80, "example.org")


def test_link_local_addresses_with_a_zone_are_refused() -> None:
    assert Guard().refusal_ip("fe80::1%eth0", 80, "printer.example")


@pytest.mark.parametrize(("block", "what"), [*BLOCKS_V4, *BLOCKS_V6])
def test_first_and_last_address_of_every_block_are_refused(block: str, what: str) -> None:
    network = ipaddress.ip_network(block)
    assert not_public(network[0]) is not None
    assert not_public(network[-1]) is not None
    assert what
