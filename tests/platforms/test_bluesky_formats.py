"""The formats under a proof, one by one, held against vectors that the protocol's authors publish for implementers."""

import base64
import random
from typing import Any

import pytest
from blueskykit import ACCOUNT, OTHER, ROTATION, Signer, base58, car, varint
from cryptography.hazmat.primitives.serialization import PublicFormat

from archiver.platforms.bluesky.car import MAX_BLOCKS, MAX_SIZE, read_car
from archiver.platforms.bluesky.cbor import MAX_DEPTH, MAX_VALUES, decoded, encoded, of_json, to_json
from archiver.platforms.bluesky.cid import DAG_CBOR, RAW, Cid, Malformed, parsed
from archiver.platforms.bluesky.keys import did_key, multikey, verification_key
from archiver.platforms.bluesky.mst import layer
from archiver.platforms.reading import Fraction

LINK = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"
VECTORS: tuple[tuple[Any, str, str], ...] = (
    (
        {
            "a": {"$link": LINK},
            "b": {"$bytes": "nFERjvLLiw9qm45JrqH9QTzyC2Lu1Xb4ne6+sBrCzI0"},
            "c": {
                "$type": "blob",
                "ref": {"$link": "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"},
                "mimeType": "image/jpeg",
                "size": 10000,
            },
        },
        "o2Fh2CpYJQABcRIgZQYqWloA/BbXPGlEI3zLwVscSnI0SJM2iR0JF0GiOdBhYlggnFERjvLLiw9qm45JrqH9QTzyC2Lu1Xb4ne6+sBrCzI1hY6Rj"
        "cmVm2CpYJQABVRIgQljP/3j2E2l2l1Y/kmyR5dNXTS6iWuftktbr/COjiJ5kc2l6ZRknEGUkdHlwZWRibG9iaG1pbWVUeXBlamltYWdlL2pwZWc",
        "bafyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2nm",
    ),
)


@pytest.mark.parametrize(("value", "data", "cid"), VECTORS)
def test_published_values_have_their_published_bytes_and_names(value: Any, data: str, cid: str) -> None:
    raw = base64.b64decode(data + "=" * (-len(data) % 4))
    assert encoded(of_json(value)) == raw
    assert str(Cid.of(raw)) == cid
    assert to_json(decoded(raw)) == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        23,
        24,
        255,
        256,
        65535,
        65536,
        2**32 - 1,
        2**32,
        2**64 - 1,
        -1,
        -24,
        -25,
        -(2**64),
        "",
        "дело",
        b"",
        b"x" * 300,
        [],
        [1, [2, "3"]],
        {},
        {"b": 1, "a": 2, "aa": 3},
        Cid.of(b"x"),
        Cid.of(b"x", RAW),
    ],
)
def test_a_value_and_its_bytes_are_each_others(value: Any) -> None:
    assert decoded(encoded(value)) == value


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "ends within"),
        ("18", "ends within"),
        ("1817", "shortest"),
        ("190018", "shortest"),
        ("1a0000ffff", "shortest"),
        ("1b00000000ffffffff", "shortest"),
        ("5f", "definite"),
        ("9f", "definite"),
        ("fb3ff0000000000000", "fraction"),
        ("f7", "fraction"),
        ("f97e00", "fraction"),
        ("c1f6", "tag 1"),
        ("d82af6", "not made of bytes"),
        ("d82a40", "without the zero"),
        ("d82a4101", "without the zero"),
        ("d82a420001", "not a CID"),
        ("61ff", "UTF-8"),
        ("a2616101616101", "order"),
        ("a262616101616201", "order"),
        ("a10101", "no text"),
        ("0000", "after the end"),
        ("9bffffffffffffffff", "items"),
        ("bbffffffffffffffff", "items"),
        ("5bffffffffffffffff", "ends within"),
        ("81" * (MAX_DEPTH + 1) + "00", "deeper"),
        ("1c", "definite"),
    ],
)
def test_any_other_encoding_is_refused(data: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        decoded(bytes.fromhex(data))


def test_more_values_than_a_block_can_need_are_refused() -> None:
    with pytest.raises(Malformed, match="more than"):
        decoded(b"\x99\xff\xff" + bytes(65535))


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [1.5, "\ud800", {"\ud800": 1}, 2**64, -(2**64) - 1, deep(MAX_DEPTH), object(), [1] * 3 * MAX_VALUES]
)
def test_values_without_an_encoding_are_refused(value: Any) -> None:
    with pytest.raises(Malformed):
        encoded(value)


@pytest.mark.parametrize("value", [Fraction("1.5"), {"$link": "no"}, {"$bytes": "*"}, {"$bytes": "é"}, deep(MAX_DEPTH)])
def test_json_that_tells_no_value_is_refused(value: Any) -> None:
    with pytest.raises(Malformed):
        of_json(value)


def test_members_that_only_look_like_links_are_kept() -> None:
    for value in ({"$link": 5}, {"$bytes": None}, {"$link": LINK, "more": 1}):
        assert of_json(value) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        LINK.upper(),
        LINK[:-1],
        LINK + "a",
        "z" + LINK[1:],
        LINK[:-1] + "b",
        "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",
        str(Cid(0x70, b"x" * 32)),
        "bafyre" + "a" * 53,
    ],
)
def test_texts_that_are_no_cid_are_refused(text: str) -> None:
    assert parsed(text) is None


def test_a_cid_is_the_hash_and_kind_of_its_bytes() -> None:
    assert Cid.parse(LINK).codec == DAG_CBOR
    assert str(Cid.parse(LINK)) == LINK
    assert str(Cid.of(b"x", RAW)).startswith("bafkrei")
    assert Cid.of(b"x").names(b"x")
    assert not Cid.of(b"x").names(b"y")


@pytest.mark.parametrize(
    ("key", "height"),
    [
        ("", 128),
        ("asdf", 0),
        ("blue", 1),
        ("2653ae71", 0),
        ("88bfafc7", 2),
        ("2a92d355", 4),
        ("884976f5", 6),
        ("app.bsky.feed.post/454397e440ec", 4),
        ("app.bsky.feed.post/9adeb165882c", 8),
    ],
)
def test_published_keys_belong_on_their_published_layers(key: str, height: int) -> None:
    assert layer(key.encode()) == (height if key else 0)


MESSAGE = base64.b64decode("oWVoZWxsb2V3b3JsZA==")
P256, K256 = (
    "zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo",
    "zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc",
)


@pytest.mark.parametrize(
    ("key", "older", "kind", "signature", "good"),
    [
        (
            P256,
            "zxdM8dSstjrpZaRUwBmDvjGXweKuEMVN95A9oJBFjkWMh",
            "EcdsaSecp256r1VerificationKey2019",
            "2vZNsG3UKvvO/CDlrdvyZRISOFylinBh0Jupc6KcWoJWExHptCfduPleDbG3rko3YZnn9Lw0IjpixVmexJDegg==",
            True,
        ),
        (
            K256,
            "z25z9DTpsiYYJKGsWmSPJK2NFN8PcJtZig12K59UgW7q5t",
            "EcdsaSecp256k1VerificationKey2019",
            "5WpdIuEUUfVUYaozsi8G0B3cWO09cgZbIIwg1t2YKdUn/FEznOndsz/qgiYb89zwxYCbB71f7yQK5Lr7NasfoA==",
            True,
        ),
        (
            P256,
            "zxdM8dSstjrpZaRUwBmDvjGXweKuEMVN95A9oJBFjkWMh",
            "EcdsaSecp256r1VerificationKey2019",
            "2vZNsG3UKvvO/CDlrdvyZRISOFylinBh0Jupc6KcWoKp7O4VS9giSAah8k5IUbXIW00SuOrjfEqQ9HEkN9JGzw==",
            False,
        ),
        (
            K256,
            "z25z9DTpsiYYJKGsWmSPJK2NFN8PcJtZig12K59UgW7q5t",
            "EcdsaSecp256k1VerificationKey2019",
            "5WpdIuEUUfVUYaozsi8G0B3cWO09cgZbIIwg1t2YKdXYA67MYxYiTMAVfdnkDCMN9S5B3vHosRe07aORmoshoQ==",
            False,
        ),
        (
            "zDnaeT6hL2RnTdUhAPLij1QBkhYZnmuKyM7puQLW1tkF4Zkt8",
            "ze8N2PPxnu19hmBQ58t5P3E9Yj6CqakJmTVCaKvf9Byq2",
            "EcdsaSecp256r1VerificationKey2019",
            "MEQCIFxYelWJ9lNcAVt+jK0y/T+DC/X4ohFZ+m8f9SEItkY1AiACX7eXz5sgtaRrz/SdPR8kprnbHMQVde0T2R8yOTBweA==",
            False,
        ),
    ],
)
def test_published_signatures_are_good_or_refused_as_published(
    key: str, older: str, kind: str, signature: str, good: bool
) -> None:
    for each in (
        did_key(f"did:key:{key}"),
        multikey(key),
        verification_key("Multikey", key),
        verification_key(kind, older),
    ):
        assert each.text == key
        if good:
            each.require(base64.b64decode(signature), MESSAGE)
        else:
            with pytest.raises(Malformed):
                each.require(base64.b64decode(signature), MESSAGE)


@pytest.mark.parametrize("signer", [ACCOUNT, ROTATION], ids=["secp256k1", "P-256"])
def test_a_signature_holds_for_its_own_bytes_and_key_alone(signer: Signer) -> None:
    key = multikey(signer.multikey)
    signature = signer.sign(b"words")
    key.require(signature, b"words")
    high = Signer(signer.secret, signer.curve, high=True).sign(b"words")
    for wrong, data, by in (
        (signature, b"other words", key),
        (signature, b"words", multikey(OTHER.multikey)),
        (high, b"words", key),
        (bytes(64), b"words", key),
        (b"\xff" * 64, b"words", key),
        (signature[:32] + bytes(32), b"words", key),
        (signature + b"\0", b"words", key),
        (b"", b"words", key),
    ):
        with pytest.raises(Malformed):
            by.require(wrong, data)


def test_keys_in_the_older_long_form_are_the_same_keys() -> None:
    for signer, kind in (
        (ACCOUNT, "EcdsaSecp256k1VerificationKey2019"),
        (ROTATION, "EcdsaSecp256r1VerificationKey2019"),
    ):
        long = "z" + base58(signer.point(PublicFormat.UncompressedPoint))
        assert verification_key(kind, long).text == signer.multikey


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "zz0",
        "z" * 500,
        "x" + K256[1:],
        K256[1:],
        "z" + base58(b"\xed\x01" + bytes(32)),
        "z1111",
        "z" + base58(b"\xe7\x01\x02" + b"\xff" * 32),
        "z" + base58(b"\xe7\x01" + ACCOUNT.point(PublicFormat.UncompressedPoint)),
    ],
)
def test_texts_that_are_no_key_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        multikey(text)
    with pytest.raises(Malformed):
        did_key(text)
    with pytest.raises(Malformed):
        did_key(f"did:key:{text}")


def test_keys_of_other_types_are_refused() -> None:
    with pytest.raises(Malformed, match="type"):
        verification_key("Ed25519VerificationKey2020", K256)
    with pytest.raises(Malformed, match="point"):
        verification_key("EcdsaSecp256k1VerificationKey2019", "z" + base58(bytes([9] * 33)))


ONE, TWO = encoded({"a": 1}), encoded({"b": 2})
BLOCKS = [(Cid.of(ONE), ONE), (Cid.of(TWO), TWO)]


def test_an_archive_gives_its_blocks_and_the_same_block_may_stand_there_twice() -> None:
    found = read_car(car([Cid.of(ONE)], [*BLOCKS, BLOCKS[0]]))
    assert found.root == Cid.of(ONE)
    assert found.blocks == dict(BLOCKS)


def piece(data: bytes) -> bytes:
    return varint(len(data)) + data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "ends within a length"),
        (b"\x80", "ends within a length"),
        (b"\0", "nothing"),
        (b"\x80\0", "nothing"),
        (b"\xff" * 20, "more bytes"),
        (b"\xff\xff\xff\xff\x0f", "block of"),
        (b"\x05abc", "block of"),
        (piece(encoded({"version": 2, "roots": [Cid.of(ONE)]})), "version 1"),
        (piece(encoded({"version": 1})), "version 1"),
        (piece(encoded([])), "version 1"),
        (piece(encoded({"version": 1, "roots": []})), "exactly one"),
        (piece(encoded({"version": 1, "roots": [Cid.of(ONE), Cid.of(TWO)]})), "exactly one"),
        (piece(encoded({"version": 1, "roots": ["x"]})), "exactly one"),
        (piece(b"\xff"), "definite"),
        (piece(encoded({"version": True, "roots": [Cid.of(ONE)]})), "version 1"),
        (car([Cid.of(ONE)], [(Cid.of(TWO), ONE)]), "SHA-256"),
        (car([Cid.of(ONE)], BLOCKS) + b"\0", "nothing"),
        (car([Cid.of(ONE)], BLOCKS)[:-1], "block of"),
        (car([Cid.of(ONE)], BLOCKS) + piece(b"short"), "not a CID"),
        (bytes(MAX_SIZE + 1), "larger"),
        (car([Cid.of(ONE)], [BLOCKS[0]] * (MAX_BLOCKS + 1)), "more than"),
    ],
)
def test_any_other_archive_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read_car(data)


def test_no_bytes_make_the_readers_fail_otherwise() -> None:
    chance = random.Random(7)  # noqa: S311
    whole = car([Cid.of(ONE)], BLOCKS)
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        for reader in (read_car, decoded):
            try:
                reader(bytes(data))
            except Malformed:
                continue
