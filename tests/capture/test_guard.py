"""The guard: what may be contacted."""

import ipaddress

import pytest
from forbidden import FORBIDDEN, PUBLIC

from archiver.capture.guard import BLOCKS_V4, BLOCKS_V6, LOCAL_NAMES, Guard, not_public
from archiver.model.address import Address


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
