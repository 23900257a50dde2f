"""Reading handshake messages: both forms, and any bytes at all."""

from hypothesis import given
from hypothesis import strategies as st

from archiver.http.handshake import certificate_chain, cipher_name, server_hello, version_name


def _u24(data: bytes) -> bytes:
    return len(data).to_bytes(3, "big") + data


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _u24(body)


CERTIFICATES = st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=5)


@given(CERTIFICATES)
def test_the_form_of_tls_1_2_is_read(chain: list[bytes]) -> None:
    assert certificate_chain(_message(11, _u24(b"".join(map(_u24, chain))))) == tuple(chain)


@given(CERTIFICATES, st.binary(max_size=20), st.binary(max_size=30))
def test_the_form_of_tls_1_3_is_read(chain: list[bytes], context: bytes, extensions: bytes) -> None:
    more = len(extensions).to_bytes(2, "big") + extensions
    body = bytes([len(context)]) + context + _u24(b"".join(_u24(each) + more for each in chain))
    assert certificate_chain(_message(11, body)) == tuple(chain)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    for kind in (b"", b"\x02", b"\x0b"):
        message = kind + len(data).to_bytes(3, "big") + data
        certificate_chain(message)
        server_hello(message)


def test_an_empty_or_broken_list_has_no_certificates() -> None:
    assert certificate_chain(_message(11, _u24(b""))) == ()
    assert certificate_chain(_message(11, _u24(b"\x00\x00\x09short"))) == ()
    assert certificate_chain(_message(12, _u24(_u24(b"x")))) == ()


def test_a_server_hello_is_read() -> None:
    start = b"\x03\x03" + bytes(32) + b"\x02ab" + b"\x13\x02" + b"\x00"
    versions = b"\x00\x2b\x00\x02\x03\x04"
    assert server_hello(_message(2, start + b"\x00\x06" + versions)) == ("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    assert server_hello(_message(2, start + b"\x00\x04\x00\x17\x00\x00"))[0] == "TLSv1.2"
    assert server_hello(_message(2, start))[0] == "TLSv1.2"
    assert server_hello(_message(2, start[:30])) == ("", "")


def test_unknown_numbers_are_shown_as_numbers() -> None:
    assert cipher_name(0xABCD) == "0xAB,0xCD"
    assert version_name(0x0305) == "0x0305"
