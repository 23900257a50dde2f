"""Reading the server's handshake messages (RFC 5246 §7.4, RFC 8446 §4): sans I/O, and never an exception.

OpenSSL shows each message to a callback, also those of a handshake that fails. That is how the chain of a refused
certificate gets on the record, from the very connection that was refused.
"""

SERVER_HELLO = 2
CERTIFICATE = 11
SUPPORTED_VERSIONS = 43
VERSIONS = {0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
CIPHERS = {  # IANA TLS Cipher Suites registry; every suite that we offer, a test compares
    0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA",
    0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
    0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA",
    0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
    0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256",
    0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256",
    0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
    0x006B: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
    0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256",
    0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384",
    0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0xC009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    0xC00A: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    0xC013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    0xC014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    0xC023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    0xC024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    0xC027: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    0xC028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    0xCCAA: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
}


def cipher_name(number: int) -> str:
    """Return the IANA name of a cipher suite, or its value as that registry writes it (`0xC0,0x2F`)."""
    return CIPHERS.get(number, f"0x{number >> 8:02X},0x{number & 0xFF:02X}")


def version_name(number: int) -> str:
    """Return a protocol version as OpenSSL names it, or its number (`0x0305`)."""
    return VERSIONS.get(number, f"0x{number:04x}")


def server_hello(message: bytes) -> tuple[str, str]:
    """Return protocol version and cipher suite of a ServerHello with its four-byte header; empty when unreadable."""
    body = message[4:]
    at = 35 + (body[34] if len(body) > 34 else 0)  # version, random, session id
    if message[:1] != bytes([SERVER_HELLO]) or len(body) < at + 3:
        return "", ""
    version = int.from_bytes(body[:2], "big")
    for kind, value in _extensions(body[at + 5 :]):
        if kind == SUPPORTED_VERSIONS and len(value) == 2:
            version = int.from_bytes(value, "big")
    return version_name(version), cipher_name(int.from_bytes(body[at : at + 2], "big"))


def certificate_chain(message: bytes) -> tuple[bytes, ...]:
    """Return the certificates (DER, leaf first) of a Certificate message with its four-byte header.

    The form of TLS 1.2 is a list; that of TLS 1.3 has a context before the list and extensions after each certificate.
    Lengths tell them apart: only one of the two fits. Empty when neither does.
    """
    body = message[4:]
    if message[:1] != bytes([CERTIFICATE]) or int.from_bytes(message[1:4], "big") != len(body) or len(body) < 3:
        return ()
    if int.from_bytes(body[:3], "big") == len(body) - 3:
        return _list(body[3:], extensions=False)
    body = body[1 + body[0] :]
    if int.from_bytes(body[:3], "big") == len(body) - 3:
        return _list(body[3:], extensions=True)
    return ()


def _list(data: bytes, *, extensions: bool) -> tuple[bytes, ...]:
    found: list[bytes] = []
    while data:
        size = int.from_bytes(data[:3], "big")
        if len(data) < 3 + size:
            return ()
        found.append(data[3 : 3 + size])
        data = data[3 + size :]
        if extensions:
            data = data[2 + int.from_bytes(data[:2], "big") :]
    return tuple(found)


def _extensions(data: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    while len(data) >= 4:
        size = int.from_bytes(data[2:4], "big")
        found.append((int.from_bytes(data[:2], "big"), data[4 : 4 + size]))
        data = data[4 + size :]
    return found
