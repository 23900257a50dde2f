import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from sshkeys import (
    MESSAGE,
    NAMESPACE,
    armoured,
    by_security_key,
    joined,
    keygen,
    made_key,
    mpint,
    needs_ssh_keygen,
    public_of,
    signed,
    sshsig,
    takes,
    to_be_signed,
)

from archiver.custody.sshsig import (
    MAX_ARMOUR,
    SK_ECDSA,
    SK_ED25519,
    BadKey,
    BadSignature,
    PublicKey,
    Signature,
    verify,
)
from archiver.custody.sshwire import BadWire, from_base64

PRIVATE = ed25519.Ed25519PrivateKey.from_private_bytes(b"7" * 32)
POINT = PRIVATE.public_key().public_bytes_raw()
KEY = joined(b"ssh-ed25519", POINT)
INNER = joined(b"ssh-ed25519", PRIVATE.sign(to_be_signed()))
SOUND = armoured(sshsig(KEY, INNER))

RSA_PRIVATE = rsa.generate_private_key(65537, 2048)
P = 2**255 - 19


def rsa_key(private: rsa.RSAPrivateKey = RSA_PRIVATE) -> bytes:
    numbers = private.public_key().public_numbers()
    return joined(b"ssh-rsa", mpint(numbers.e), mpint(numbers.n))


def rsa_signature(algorithm: str, chosen: hashes.HashAlgorithm, private: rsa.RSAPrivateKey = RSA_PRIVATE) -> bytes:
    body = private.sign(to_be_signed(), padding.PKCS1v15(), chosen)
    return sshsig(rsa_key(private), joined(algorithm.encode(), body))


def judged(data: bytes, message: bytes = MESSAGE, namespace: str = NAMESPACE) -> str:
    """Return what is wrong with the signature, "" for nothing; no other exception may escape."""
    try:
        verify(Signature.parse(data), message, namespace)
    except BadSignature as exc:
        return str(exc)
    return ""


@needs_ssh_keygen
@pytest.mark.parametrize(
    ("kind", "bits"), [("ed25519", 0), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 2048), ("rsa", 3072)]
)
def test_what_ssh_keygen_signs_is_accepted_and_names_its_key(tmp_path: Path, kind: str, bits: int) -> None:
    file = made_key(tmp_path, kind=kind, bits=bits)
    for hash_name in ("sha256", "sha512"):
        found = Signature.parse(signed(file, MESSAGE, NAMESPACE, "-O", f"hashalg={hash_name}"))
        assert found.hash_name == hash_name
        assert verify(found, MESSAGE, NAMESPACE) == public_of(file)
        with pytest.raises(BadSignature, match="does not fit"):
            verify(found, MESSAGE + b"\n", NAMESPACE)


@needs_ssh_keygen
def test_fingerprints_and_lines_are_those_of_ssh_keygen(tmp_path: Path) -> None:
    for kind in ("ed25519", "ecdsa", "rsa"):
        file = made_key(tmp_path, kind, kind)
        key = public_of(file)
        assert key.fingerprint == keygen("-l", "-f", file).stdout.decode().split()[1]
        assert file.with_name(f"{kind}.pub").read_text() == f"{key.line} user@machine\n"
        assert PublicKey.of_line(key.line) == PublicKey.of_blob(key.blob) == key


@needs_ssh_keygen
@pytest.mark.parametrize("kind", [SK_ED25519, SK_ECDSA])
@pytest.mark.parametrize(("flags", "counter"), [(1, 7), (5, 2**32 - 1), (0, 0)])
def test_security_keys_sign_flags_and_counter_too(tmp_path: Path, kind: str, flags: int, counter: int) -> None:
    data = by_security_key(kind, b"ssh:archiver", flags, counter)
    assert takes(tmp_path, armoured(data))
    assert verify(Signature.parse(armoured(data)), MESSAGE, NAMESPACE).hardware
    for place in (-5, -1):  # the flags, and the end of the counter
        changed = bytearray(data)
        changed[place] ^= 2
        assert judged(armoured(bytes(changed))) == "it does not fit this key and these bytes"
        assert not takes(tmp_path, armoured(bytes(changed)))
    other = data.replace(b"ssh:archiver", b"ssh:archives")
    assert judged(armoured(other)) == "it does not fit this key and these bytes"


@needs_ssh_keygen
def test_what_is_made_by_hand_here_ssh_keygen_takes(tmp_path: Path) -> None:
    assert takes(tmp_path, SOUND)
    assert judged(SOUND) == ""
    for algorithm, chosen in (("rsa-sha2-256", hashes.SHA256()), ("rsa-sha2-512", hashes.SHA512())):
        data = armoured(rsa_signature(algorithm, chosen))
        assert takes(tmp_path, data)
        assert judged(data) == ""


def test_another_namespace_is_refused() -> None:
    assert judged(SOUND, namespace="file") == f"it was made for '{NAMESPACE}', not for 'file'"
    moved = armoured(sshsig(KEY, INNER, namespace=b"file"))
    assert judged(moved, namespace="file") == "it does not fit this key and these bytes"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (armoured(sshsig(KEY, INNER, magic=b"SSHSIX")), "does not begin with SSHSIG"),
        (armoured(sshsig(KEY, INNER, version=2)), "has version 2"),
        (armoured(sshsig(KEY, INNER, reserved=b"x")), "reserved field is not empty"),
        (armoured(sshsig(KEY, INNER, algorithm=b"sha1")), "neither sha256 nor sha512"),
        (armoured(sshsig(KEY, INNER, algorithm=b"sha512\0")), "control characters"),
        (armoured(sshsig(KEY, INNER, algorithm=b"")), "neither sha256 nor sha512"),
        (armoured(sshsig(KEY, INNER, namespace=b"")), "namespace has 0 characters"),
        (armoured(sshsig(KEY, INNER, namespace=b"x" * 256)), "namespace has 256 characters"),
        (armoured(sshsig(KEY, INNER, namespace=b"a\0b")), "control characters"),
        (armoured(sshsig(KEY, INNER, namespace="ключ".encode())), "not ASCII"),
        (armoured(sshsig(KEY, INNER, behind=b"\0")), "1 bytes too many"),
        (armoured(sshsig(KEY, INNER + b"\0")), "1 bytes too many"),
        (armoured(sshsig(KEY + b"\0", INNER)), "the public key is damaged: 1 bytes too many"),
        (armoured(sshsig(KEY, joined(b"rsa-sha2-512", b"s"))), "not one that fits a key ssh-ed25519"),
        (armoured(sshsig(KEY, joined(b"", b"s"))), "not one that fits"),
        (armoured(sshsig(KEY, joined(SK_ED25519.encode(), b"s") + b"\1\0\0\0\7")), "not one that fits"),
        (armoured(sshsig(KEY, joined(b"ssh-ed25519", b"s" * 63))), "has 64 bytes, this one 63"),
        (armoured(sshsig(KEY, joined(b"ssh-ed25519", b"s" * 65))), "has 64 bytes, this one 65"),
        (armoured(sshsig(joined(b"ssh-ed25519", POINT[:-1]), INNER)), "an Ed25519 key has 32 bytes, this one 31"),
        (armoured(sshsig(joined(b"ssh-dss", b"x"), INNER)), "'ssh-dss' are not accepted"),
        (armoured(sshsig(joined(b"ecdsa-sha2-nistp192", b"x"), INNER)), "are not accepted"),
        (armoured(sshsig(joined(b"ssh-ed25519-cert-v01@openssh.com", b"x"), INNER)), "are not accepted"),
        (armoured(sshsig(b"", INNER)), "the public key is damaged: it is cut off"),
        (armoured(b"SSHSIG\0\0\0\1\xff\xff\xff\xff" + KEY), "cut off"),
        (armoured(b""), "cut off"),
        (b"", "not one armoured SSH signature"),
        (b"\0" * 100, "not one armoured SSH signature"),
        (SOUND.replace(b"\n", b"\r\n"), "not one armoured SSH signature"),
        (SOUND + b"more", "not one armoured SSH signature"),
        (SOUND + SOUND, "not one armoured SSH signature"),
        (b" " + SOUND, "not one armoured SSH signature"),
        (SOUND.replace(b"U1NI", b"U1N!"), "not one armoured SSH signature"),
        (SOUND.replace(b"U1NI", b"U1N="), "not base64"),
        (SOUND.replace(b"\n-----END", b"=\n-----END"), "not base64"),
        (b"x" * (10 << 20), f"longer than {MAX_ARMOUR} bytes"),
        (armoured(b"A" * (10 << 20)), f"longer than {MAX_ARMOUR} bytes"),
    ],
)  # fmt: skip
def test_what_is_no_sound_signature_is_named(data: bytes, why: str) -> None:
    assert why in judged(data)


def test_every_shorter_text_and_blob_is_refused() -> None:
    blob = sshsig(KEY, INNER)
    assert all(judged(armoured(blob[:size])) for size in range(len(blob)))
    assert all(judged(SOUND[:size]) for size in range(len(SOUND) - 1))
    assert judged(SOUND[:-1]) == ""  # without the last LF; ssh-keygen takes it, too


def test_every_flipped_byte_is_refused() -> None:
    blob = sshsig(KEY, INNER)
    for place in range(len(blob)):
        assert judged(armoured(blob[:place] + bytes([blob[place] ^ 0x55]) + blob[place + 1 :])), place


@needs_ssh_keygen
@pytest.mark.parametrize(
    "data",
    [
        SOUND[:-1],
        b"-----BEGIN SSH SIGNATURE-----\n" + base64.b64encode(sshsig(KEY, INNER)) + b"\n-----END SSH SIGNATURE-----\n",
        SOUND.replace(b"U1NI", b"U1\tN I\r\n"),
        SOUND.replace(b"\n", b"\r\n"),
        SOUND.replace(b"BEGIN", b"begin"),
        SOUND.replace(b"U1NI", b"U1N="),
        SOUND.replace(b"\n-----END", b"\n=\n-----END"),
        SOUND.replace(b"\n-----END", b"-----END"),
        b"\n" + SOUND,
        armoured(sshsig(KEY, INNER, behind=b"\0")),
        armoured(sshsig(KEY, INNER + b"\0")),
    ],
)
def test_armour_is_read_as_ssh_keygen_reads_it(tmp_path: Path, data: bytes) -> None:
    assert takes(tmp_path, data) is (judged(data) == "")


SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505
NEUTRAL = (1).to_bytes(32, "little")
EVERYTHING = sshsig(joined(b"ssh-ed25519", NEUTRAL), joined(b"ssh-ed25519", NEUTRAL + b"\0" * 32))


@needs_ssh_keygen
@pytest.mark.parametrize(
    "data",
    [
        SOUND + b"text behind the armour",
        armoured(sshsig(KEY, INNER, reserved=b"x")),
        armoured(rsa_signature("rsa-sha2-512", hashes.SHA512(), SHORT)),
        armoured(rsa_signature("rsa-sha2-512", hashes.SHA512()).replace(b"\0\0\0\3\1\0\1", b"\0\0\0\4\0\1\0\1")
                 .replace(b"\0\0\1\x17\0\0\0\7ssh-rsa", b"\0\0\1\x18\0\0\0\7ssh-rsa")),
        armoured(EVERYTHING),
    ],
    ids=["behind", "reserved", "short", "zeros", "small-order"],
)  # fmt: skip
def test_what_ssh_keygen_still_takes_is_refused_here(tmp_path: Path, data: bytes) -> None:
    assert takes(tmp_path, data)
    assert judged(data)


def test_rsa_with_sha1_and_short_keys_are_refused() -> None:
    sha1 = rsa_signature("ssh-rsa", hashes.SHA1())  # noqa: S303
    assert judged(armoured(sha1)) == "its algorithm is 'ssh-rsa': SHA-1 is not accepted"
    assert "an RSA key of 1024 bits" in judged(armoured(rsa_signature("rsa-sha2-512", hashes.SHA512(), SHORT)))
    assert "does not fit" in judged(armoured(rsa_signature("rsa-sha2-256", hashes.SHA512())))


def test_rsa_signatures_without_their_leading_zeros_are_accepted() -> None:
    n = RSA_PRIVATE.public_key().public_numbers().n
    for attempt in range(4096):
        message = str(attempt).encode()
        body = RSA_PRIVATE.sign(to_be_signed(message), padding.PKCS1v15(), hashes.SHA512())
        if body[0] == 0:
            data = armoured(sshsig(rsa_key(), joined(b"rsa-sha2-512", body.lstrip(b"\0"))))
            assert judged(data, message) == ""
            longer = armoured(sshsig(rsa_key(), joined(b"rsa-sha2-512", b"\0" + body)))
            assert "does not fit" in judged(longer, message)
            return
    pytest.fail(f"no signature under {n} began with a zero")


@pytest.mark.parametrize(
    "blob",
    [
        joined(b"ssh-rsa", b"\0\1\0\1", mpint(RSA_PRIVATE.public_key().public_numbers().n)),
        joined(b"ssh-rsa", b"\1\0\1", b"\0" + mpint(RSA_PRIVATE.public_key().public_numbers().n)),
        joined(b"ssh-rsa", b"\1\0\1", b"\xff" * 256),
        joined(b"ssh-rsa", b"\1\0\1", mpint(2**16384)),
        joined(b"ssh-rsa", b"\1\0\1", b"\1" * 100_000),
        joined(b"ssh-rsa", b"\1\0\1", mpint(2**2048 - 2)),
        joined(b"ssh-rsa", b"\2", mpint(2**2048 - 1)),
        joined(b"ssh-rsa", b"\1", mpint(2**2048 - 1)),
        joined(b"ssh-rsa", b"", mpint(2**2048 - 1)),
        joined(b"ssh-rsa", mpint(2**2047 + 1), mpint(2**2048 - 1)),
        joined(b"ecdsa-sha2-nistp256", b"nistp384", b"\4" + b"x" * 96),
        joined(b"ecdsa-sha2-nistp256", b"nistp256", b"\4" + b"x" * 64),
        joined(b"ecdsa-sha2-nistp256", b"nistp256", b"\0"),
        joined(b"ecdsa-sha2-nistp256", b"nistp256", b""),
        joined(b"ecdsa-sha2-nistp256", b"nistp256", b"\2" + bytes.fromhex(
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")),
        joined(b"ssh-ed25519"),
        joined(SK_ED25519.encode(), POINT),
        joined(b"\xff", POINT),
        b"\xff\xff\xff\xff",
    ],
)  # fmt: skip
def test_keys_that_cannot_be_used_are_refused_when_they_are_read(blob: bytes) -> None:
    with pytest.raises(BadKey):
        PublicKey.of_blob(blob)


def doubled(y: int) -> int | None:
    """Return the y of twice the point with this y on Ed25519, None where there is no such point (RFC 8032 §5.1)."""
    d = -121665 * pow(121666, -1, P) % P
    x2 = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    if x2 and pow(x2, (P - 1) // 2, P) != 1:
        return None
    return (y * y + x2) * pow(1 - d * x2 * y * y, -1, P) % P


def test_keys_of_small_order_are_refused_however_they_are_written() -> None:
    small = {1}
    for _ in range(3):  # halves of halves of the neutral point
        eighth = int.from_bytes(
            bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
        )
        candidates = {0, 1, P - 1, eighth, P - eighth}
        small |= {y for y in candidates if doubled(y) in small}
    assert small == {0, 1, P - 1, eighth, P - eighth}
    written = [y + extra for y in small for extra in (0, P) if y + extra < 2**255]
    for y in written:
        for sign in (0, 1 << 255):
            with pytest.raises(BadKey, match="prove nothing"):
                PublicKey.of_blob(joined(b"ssh-ed25519", (y + sign).to_bytes(32, "little")))


def test_a_signature_that_fits_every_message_is_refused() -> None:
    assert "prove nothing" in judged(armoured(EVERYTHING))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "TYPE BASE64"),
        ("ssh-ed25519", "TYPE BASE64"),
        ("ssh-ed25519 AAAA", "damaged"),
        ("ssh-ed25519 é", "damaged"),
        ("ssh-rsa " + base64.b64encode(KEY).decode(), "not the type in it"),
        ("ssh-ed25519 " + base64.b64encode(KEY).decode() + "\nssh-ed25519 x", "on one line"),
        ("ssh-ed25519 " + base64.b64encode(KEY).decode() + " a\0b", "on one line"),
        ("ssh-ed25519 " + "A" * (10 << 20), "are not accepted"),
    ],
)
def test_lines_that_are_no_public_key_are_refused(line: str, why: str) -> None:
    with pytest.raises(BadKey, match=why):
        PublicKey.of_line(line)


def test_comments_and_line_ends_are_no_part_of_a_key() -> None:
    text = "ssh-ed25519 " + base64.b64encode(KEY).decode()
    keys = {PublicKey.of_line(f"{text}{end}") for end in ("", "\n", "\r\n", " user@machine", "\tJane Doé \n")}
    assert [key.line for key in keys] == [text]
    assert hashlib.sha256(KEY).digest() == base64.b64decode(keys.pop().fingerprint.removeprefix("SHA256:") + "=")


@pytest.mark.parametrize("text", [b"AB==", b"AAB=", b"A", b"AA", b"AA=A", b"AA-_", b"AA==\n", b"====", b"AA==AA=="])
def test_base64_has_one_spelling(text: bytes) -> None:
    assert from_base64(b"AA==") == b"\0"
    with pytest.raises(BadWire):
        from_base64(text)


@given(st.binary(max_size=400))
def test_whatever_stands_in_the_armour_it_is_judged(blob: bytes) -> None:
    assert judged(armoured(blob))


@given(st.binary(max_size=300))
def test_whatever_a_file_holds_it_is_judged(data: bytes) -> None:
    assert judged(data)


KINDS = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521", SK_ED25519, SK_ECDSA, "rsa-sha2-512"]
WORDS = st.one_of(st.sampled_from([kind.encode() for kind in [*KINDS, "nistp256", "sha512"]]), st.binary(max_size=80))


@given(st.lists(WORDS, max_size=5), st.lists(WORDS, max_size=4), st.binary(max_size=6))
def test_whatever_the_parts_are_made_of_they_are_judged(key: list[bytes], inner: list[bytes], behind: bytes) -> None:
    assert judged(armoured(sshsig(joined(*key), joined(*inner) + behind)))


@given(st.sampled_from([SOUND, armoured(by_security_key(SK_ED25519)), armoured(by_security_key(SK_ECDSA)),
                        armoured(rsa_signature("rsa-sha2-256", hashes.SHA256()))]),
       st.integers(0, 10_000), st.binary(max_size=4))  # fmt: skip
def test_damage_is_found_or_changes_nothing(data: bytes, place: int, instead: bytes) -> None:
    at = place % len(data)
    changed = data[:at] + instead + data[at + len(instead) :]
    if not judged(changed):
        assert Signature.parse(changed) == Signature.parse(data)


@needs_ssh_keygen
@pytest.mark.long
@given(st.sampled_from([sshsig(KEY, INNER), by_security_key(SK_ED25519), by_security_key(SK_ECDSA),
                        rsa_signature("rsa-sha2-256", hashes.SHA256())]),
       st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=3), st.integers(0, 3)), max_size=2))  # fmt: skip
def test_whatever_we_accept_ssh_keygen_accepts(
    tmp_path_factory: pytest.TempPathFactory, blob: bytes, changes: list[tuple[int, bytes, int]]
) -> None:
    for place, instead, size in changes:
        at = place % len(blob)
        blob = blob[:at] + instead + blob[at + size :]
    if not judged(armoured(blob)):
        assert takes(tmp_path_factory.mktemp("taken"), armoured(blob))
