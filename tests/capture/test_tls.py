"""TLS: who answered, over what, with which certificates; also when the check fails."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from authority import Authority
from capturing import Ask, names, whole
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from server import LOOPBACK, Pause, Ragged, RawServer, Reset, Send, Stay, http

from archiver.capture.tls import client_context, doubts
from archiver.errors import ConfigError
from archiver.http.handshake import CIPHERS
from archiver.model.exchange import ConnectTo, Exchange, Limits, Route


@contextmanager
def _serving(context: ssl.SSLContext, *, answer: bytes = http("secret page")) -> Iterator[RawServer]:
    with RawServer(default=answer, context=context) as server:
        yield server


def _route(server: RawServer, *names: str, ca: Authority | None = None, insecure: bool = False) -> Route:
    return Route(
        connect_to=tuple(ConnectTo(name, 443, LOOPBACK, server.port) for name in names),
        allow=server.allow,
        ca_pem=None if ca is None else ca.pem,
        insecure=insecure,
    )


def _subject(der: bytes) -> str:
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def _problem(exchange: Exchange) -> str:
    assert exchange.failure is not None
    assert exchange.failure.kind == "tls_verify"
    assert exchange.response is None
    assert exchange.request == b""
    assert exchange.connection.tls is not None
    assert exchange.connection.tls.verified is False
    assert exchange.connection.tls.chain
    assert exchange.connection.tls.problem in exchange.failure.detail
    return exchange.connection.tls.problem


def test_a_good_certificate_is_verified_and_recorded(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test")) as server:
        exchange = ask("https://site.test/", _route(server, "site.test", ca=ca))
        sni = server.sni
    tls = exchange.connection.tls
    assert whole(exchange) == http("secret page")
    assert exchange.anomalies == ()
    assert tls is not None
    assert (tls.version, tls.cipher, tls.alpn, tls.sni) == (
        "TLSv1.3",
        "TLS_AES_256_GCM_SHA384",
        "http/1.1",
        "site.test",
    )
    assert (tls.verified, tls.problem) == (True, "")
    assert [_subject(der) for der in tls.chain] == ["CN=site.test", "CN=Test authority"]
    assert tls.chain[1] == ca.certificate.public_bytes(Encoding.DER)
    assert sni == ["site.test"]


def test_tls_1_2_is_recorded_by_its_iana_name(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test", tls12=True)) as server:
        tls = ask("https://site.test/", _route(server, "site.test", ca=ca)).connection.tls
    assert tls is not None
    assert (tls.version, tls.cipher) == ("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
    assert [_subject(der) for der in tls.chain] == ["CN=site.test", "CN=Test authority"]


def test_the_name_of_an_address_is_not_sent(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("127.0.0.1")) as server:
        exchange = ask(server.url(), Route(allow=server.allow, ca_pem=ca.pem))
        assert server.sni == [None]
    assert exchange.connection.tls is not None
    assert (exchange.connection.tls.sni, exchange.connection.tls.verified) == ("", True)


def test_a_final_dot_is_no_part_of_the_name_in_tls(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test")) as server:
        exchange = ask("https://site.test./", _route(server, "site.test.", ca=ca))
        assert server.sni == ["site.test"]
    assert exchange.connection.tls is not None
    assert exchange.connection.tls.verified is True


def test_an_unknown_authority_is_evidence(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test")) as server:
        exchange = ask("https://site.test/", _route(server, "site.test"))
        assert server.requests == []
    assert "self-signed certificate in certificate chain" in _problem(exchange)


def test_an_unknown_issuer_is_evidence(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test", with_root=False)) as server:
        assert "local issuer" in _problem(ask("https://site.test/", _route(server, "site.test")))


def test_an_expired_certificate_is_evidence(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test", valid_from=-9, valid_to=-1)) as server:
        exchange = ask("https://site.test/", _route(server, "site.test", ca=ca))
    assert "expired" in _problem(exchange)
    assert exchange.connection.tls is not None
    assert _subject(exchange.connection.tls.chain[0]) == "CN=site.test"
    assert exchange.connection.tls.version == "TLSv1.3"
    assert exchange.connection.tls.cipher == "TLS_AES_256_GCM_SHA384"
    assert exchange.connection.peer_ip == "127.0.0.1"


def test_a_certificate_of_tomorrow_is_evidence(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test", valid_from=1)) as server:
        assert "not yet valid" in _problem(ask("https://site.test/", _route(server, "site.test", ca=ca)))


def test_a_self_signed_certificate_is_evidence(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test", self_signed=True, tls12=True)) as server:
        exchange = ask("https://site.test/", _route(server, "site.test", ca=ca))
    assert "self-signed" in _problem(exchange)
    assert exchange.connection.tls is not None
    assert exchange.connection.tls.version == "TLSv1.2"


@pytest.mark.parametrize("host", ["other.test", "sub.site.test"])
def test_a_certificate_for_another_name_is_evidence(host: str, ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test")) as server:
        assert "hostname mismatch" in _problem(ask(f"https://{host}/", _route(server, host, ca=ca)))


def test_a_certificate_for_another_address_is_evidence(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("site.test", "127.0.0.9")) as server:
        exchange = ask(server.url(), Route(allow=server.allow, ca_pem=ca.pem))
    assert "ip address mismatch" in _problem(exchange)


@pytest.mark.parametrize(("kind", "seen"), [("expired", "expired"), ("name", "for another name"),
                                            ("self", "self-signed"), ("early", "not yet valid")])  # fmt: skip
def test_insecure_goes_on_and_says_what_it_saw(kind: str, seen: str, ca: Authority, ask: Ask) -> None:
    contexts = {
        "expired": ca.context("site.test", valid_from=-9, valid_to=-1),
        "name": ca.context("other.test"),
        "self": ca.context("site.test", self_signed=True),
        "early": ca.context("site.test", valid_from=1),
    }
    with _serving(contexts[kind]) as server:
        exchange = ask("https://site.test/", _route(server, "site.test", insecure=True))
    assert whole(exchange) == http("secret page")
    assert exchange.connection.tls is not None
    assert exchange.connection.tls.verified is None
    assert exchange.connection.tls.problem == f"not verified: {seen}"
    assert exchange.connection.tls.chain


def test_insecure_claims_nothing_about_a_good_looking_certificate(ca: Authority, ask: Ask) -> None:
    with _serving(ca.context("*.site.test", "127.0.0.1")) as server:
        exchange = ask("https://www.site.test/", _route(server, "www.site.test", insecure=True))
        assert exchange.connection.tls is not None
        assert (exchange.connection.tls.verified, exchange.connection.tls.problem) == (None, "not verified")
        exchange = ask(server.url(), _route(server, insecure=True))
        assert exchange.connection.tls is not None
        assert exchange.connection.tls.problem == "not verified"


def test_a_glance_at_certificates_survives_any_bytes(ca: Authority) -> None:
    now = datetime.now(UTC)
    assert doubts((), "site.test", now) == "no certificate was shown"
    assert doubts((b"not a certificate",), "site.test", now) == "the certificate cannot be read"
    root = ca.certificate.public_bytes(Encoding.DER)
    for at in range(len(root)):  # damaged anywhere, it is read or not, and nothing else happens
        doubts((root[:at] + bytes([root[at] ^ 0x41]) + root[at + 1 :],), "site.test", now)
    assert doubts((root,), "site.test", now) == "self-signed, for another name"


def test_an_end_without_close_notify_is_named_and_not_called_complete(ca: Authority, ask: Ask) -> None:
    with RawServer(context=ca.context("127.0.0.1")) as server:
        route = Route(allow=server.allow, ca_pem=ca.pem)
        server.routes["/close"] = (Send(http("part", length=False)), Ragged())
        server.routes["/length"] = (Send(http("all")), Ragged())
        server.routes["/clean"] = http("all", length=False)
        exchange = ask(server.url("/close"), route)
        assert "tls-no-close-notify" in names(exchange)
        assert exchange.truncated == "disconnect"
        assert whole(exchange) == http("part", length=False)
        exchange = ask(server.url("/length"), route)
        assert "tls-no-close-notify" in names(exchange)
        assert exchange.truncated is None
        exchange = ask(server.url("/clean"), route)
        assert "tls-no-close-notify" not in names(exchange)
        assert exchange.truncated is None


def test_a_plain_server_behind_https_is_a_tls_failure(raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = http("plain")
    raw_server.read_request = False
    exchange = ask(raw_server.url().replace("http:", "https:"), Route(allow=raw_server.allow))
    assert exchange.failure is not None
    assert exchange.failure.kind == "tls"
    assert exchange.connection.tls is None


@pytest.mark.parametrize("steps", [(), (Pause(0.1), Reset())])
def test_a_handshake_that_breaks_off_is_a_tls_failure(steps: tuple[Pause | Reset, ...], ask: Ask) -> None:
    with RawServer(default=steps, read_request=False) as server:
        exchange = ask(server.url().replace("http:", "https:"), Route(allow=server.allow))
    assert exchange.failure is not None
    assert exchange.failure.kind == "tls"


def test_a_handshake_that_hangs_is_a_timeout(ask: Ask) -> None:
    with RawServer(default=(Stay(),), read_request=False) as server:
        url = server.url().replace("http:", "https:")
        exchange = ask(url, Route(allow=server.allow), limits=Limits(connect=0.3))
    assert exchange.failure is not None
    assert exchange.failure.kind == "timeout"


def test_no_common_version_is_a_tls_failure(ca: Authority, ask: Ask) -> None:
    context = ca.context("127.0.0.1")
    context.set_ciphers("PSK-AES128-GCM-SHA256")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with _serving(context) as server:
        exchange = ask(server.url(), Route(allow=server.allow, ca_pem=ca.pem))
    assert exchange.failure is not None
    assert exchange.failure.kind == "tls"
    assert "handshake failure" in exchange.failure.detail


def test_a_server_that_wants_a_certificate_of_ours_is_recorded_as_it_ends(ca: Authority, ask: Ask) -> None:
    context = ca.context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ca.pem)
    with _serving(context) as server:
        exchange = ask(server.url(), Route(allow=server.allow, ca_pem=ca.pem))
    assert exchange.failure is not None
    assert exchange.failure.kind == "no_answer"
    assert "certificate required" in exchange.failure.detail


def test_a_stop_during_the_handshake_is_interrupted(ask: Ask) -> None:
    with RawServer(default=(Stay(),), read_request=False) as server:
        url = server.url().replace("http:", "https:")
        exchange = ask(url, Route(allow=server.allow), stop=lambda: server.connections > 0)
    assert exchange.failure is not None
    assert exchange.failure.kind == "interrupted"


def test_a_large_answer_over_tls_is_whole(ca: Authority, ask: Ask) -> None:
    body = bytes(range(256)) * 16384
    with _serving(ca.context("127.0.0.1"), answer=http(body)) as server:
        exchange = ask(server.url(), Route(allow=server.allow, ca_pem=ca.pem))
    assert whole(exchange) == http(body)


def test_a_large_request_over_tls_is_whole(ca: Authority, ask: Ask) -> None:
    body = bytes(range(256)) * 4096
    with _serving(ca.context("127.0.0.1")) as server:
        exchange = ask(server.url(), Route(allow=server.allow, ca_pem=ca.pem), method="POST", body=body)
        assert server.requests[0].endswith(body)
    assert whole(exchange) == http("secret page")


def test_every_suite_that_is_offered_has_its_iana_name() -> None:
    offered = {cipher["id"] & 0xFFFF for cipher in client_context(None, insecure=False).get_ciphers()}
    assert offered == set(CIPHERS)


def test_the_systems_roots_stay_trusted_beside_an_extra_one(ca: Authority) -> None:
    alone, both = client_context(None, insecure=False), client_context(ca.pem, insecure=False)
    assert both.cert_store_stats()["x509_ca"] == alone.cert_store_stats()["x509_ca"] + 1


@pytest.mark.parametrize("pem", ["", "no certificate", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"])
def test_an_unreadable_authority_is_refused(pem: str) -> None:
    with pytest.raises(ConfigError):
        client_context(pem, insecure=False)
