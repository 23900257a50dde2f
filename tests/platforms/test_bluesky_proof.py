"""What a repository proves, and what people would try: other trees, other keys, missing pieces, wrong logs."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from blueskykit import (
    ACCOUNT,
    DID,
    FIRST,
    HANDLE,
    LOG,
    OTHER,
    POSTS,
    RKEY,
    ROTATION,
    SERVER,
    Repository,
    Signer,
    car,
    document,
    identifier,
    log_of,
    operation,
    others,
    record,
    signed_operation,
    zeros,
)

from archiver.platforms.bluesky.cbor import encoded
from archiver.platforms.bluesky.cid import RAW, Cid, Malformed
from archiver.platforms.bluesky.commit import read_commit
from archiver.platforms.bluesky.history import MAX_ENTRIES, history_in
from archiver.platforms.bluesky.identity import identity_in
from archiver.platforms.bluesky.keys import multikey
from archiver.platforms.bluesky.mst import MissingBlock, layer, read_node, record_at
from archiver.platforms.bluesky.proof import Proof, read_proof
from archiver.platforms.reading import Doc

PATH = f"{POSTS}/{RKEY}"
KEY = multikey(ACCOUNT.multikey)


def proved(repository: Repository, path: str = PATH, signer: Signer = ACCOUNT) -> Proof:
    return read_proof(repository.archive(), DID, path, multikey(signer.multikey), "")


@pytest.fixture(scope="module")
def repository() -> Repository:
    return Repository(others() | {PATH: record()})


@pytest.mark.parametrize("signer", [ACCOUNT, ROTATION], ids=["secp256k1", "P-256"])
def test_record_that_is_there_is_proved(signer: Signer) -> None:
    repository = Repository(others() | {PATH: record()}, signer=signer)
    proof = proved(repository, signer=signer)
    assert proof.exists
    assert str(proof.cid) == repository.cid()
    assert proof.data == encoded(record())
    assert not proof.lacks


def test_every_path_of_a_tree_is_found_and_every_gap_shown() -> None:
    chance = random.Random(3)  # noqa: S311
    for size in (0, 1, 2, 7, 60, 200):
        paths = {f"{POSTS}/{chance.randrange(10**9)}": {"n": n} for n in range(size)}
        made = Repository(paths)
        for path in paths:
            assert proved(made, path).cid == made.keys[path.encode()]
        for _ in range(20):
            path = f"{POSTS}/{chance.randrange(10**9)}"
            assert proved(made, path).lacks == (path not in paths)


def test_repository_without_any_record_lacks_every_one() -> None:
    assert proved(Repository({})).lacks


def test_every_changed_added_or_missing_byte_is_found(repository: Repository) -> None:
    archive = Repository({PATH: record(), **others(3)}).archive()
    for place in range(len(archive)):
        for changed in (
            archive[:place] + bytes((archive[place] ^ 1 << place % 8,)) + archive[place + 1 :],
            archive[:place] + archive[place + 1 :],
            archive[:place] + b"\0" + archive[place:],
        ):
            proof = read_proof(changed, DID, PATH, KEY, "")
            assert not proof.exists, place
            assert not proof.lacks, place


@pytest.mark.parametrize("at", ["root", "top", "record"])
def test_missing_block_proves_nothing(repository: Repository, at: str) -> None:
    gone = {"root": repository.root, "top": repository.top, "record": Cid.parse(repository.cid())}[at]
    kept = [(cid, data) for cid, data in repository.blocks.items() if cid != gone]
    proof = read_proof(car([repository.root], kept), DID, PATH, KEY, "")
    assert not proof.exists
    assert not proof.lacks
    assert bool(proof.broken) == (at == "root")
    assert bool(proof.lacking) == (at != "root")


def test_blocks_that_nothing_refers_to_do_no_harm(repository: Repository) -> None:
    more = encoded({"unrelated": True})
    assert read_proof(
        car([repository.root], [*repository.blocks.items(), (Cid.of(more), more)]), DID, PATH, KEY, ""
    ).exists


def test_signature_by_another_key_or_in_the_second_form_is_contradicted() -> None:
    for signer in (OTHER, Signer(ACCOUNT.secret, high=True)):
        proof = proved(Repository({PATH: record()}, signer=signer))
        assert proof.contradicted
        assert proof.data is not None
        assert not proof.exists


def test_head_of_another_account_is_contradicted() -> None:
    proof = proved(Repository({PATH: record()}, did="did:plc:" + "a" * 24))
    assert proof.contradicted
    assert "another account" in proof.unsigned


def test_without_a_key_nothing_is_proved_and_nothing_contradicted(repository: Repository) -> None:
    proof = read_proof(repository.archive(), DID, PATH, None, "no key")
    assert (proof.unsigned, proof.contradicted, proof.exists) == ("no key", False, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": True},
        {"rev": "no"},
        {"rev": 5},
        {"data": None},
        {"prev": "x"},
        {"more": 1},
        {"did": 1},
        {"data": Cid.of(b"", RAW)},
        {"prev": Cid.of(b"", RAW)},
    ],
)
def test_heads_of_another_form_are_refused(changes: dict[str, Any]) -> None:
    proof = proved(Repository({PATH: record()}, **changes))
    assert proof.broken
    assert not proof.exists


def test_heads_without_prev_or_with_one_are_read() -> None:
    unsigned = {"did": DID, "version": 3, "data": Cid.of(b""), "rev": "3lkbqz6aaaa2e"}
    for more in ({}, {"prev": None}, {"prev": Cid.of(b"earlier")}):
        value = unsigned | more
        commit = read_commit(encoded(value | {"sig": b"s"}))
        assert commit.signed == encoded(value)
        assert commit.signature == b"s"


def test_a_record_that_is_no_dag_cbor_or_a_root_that_is_no_head_is_not_proved() -> None:
    raw = Repository({PATH: record()})
    raw.keys[PATH.encode()] = Cid.of(b"x", RAW)
    node = raw.keep({"l": None, "e": [{"p": 0, "k": PATH.encode(), "v": Cid.of(b"x", RAW), "t": None}]})
    with pytest.raises(Malformed):
        read_commit(raw.blocks[node])
    unsigned = {"did": DID, "version": 3, "data": node, "rev": "3lkbqz6aaaa2e", "prev": None}
    root = raw.keep(unsigned | {"sig": ACCOUNT.sign(encoded(unsigned))})
    raw.blocks[Cid.of(b"x", RAW)] = b"x"
    assert read_proof(car([root], raw.blocks.items()), DID, PATH, KEY, "").lacking


def entry(key: bytes, prefix: Any = 0, link: Any = None, value: Any = None) -> dict[str, Any]:
    return {"p": prefix, "k": key, "v": value or Cid.of(b"v"), "t": link}


SAME = sorted(key for n in range(200) if layer(key := f"c/{n}".encode()) == 0)[:4]
HIGHER = next(f"c/{n}".encode() for n in range(200) if layer(f"c/{n}".encode()) == 1)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"l": None},
        {"l": None, "e": {}},
        {"l": None, "e": [], "x": 1},
        {"l": 1, "e": []},
        {"l": Cid.of(b"", RAW), "e": []},
        {"l": None, "e": [1]},
        {"l": None, "e": [{}]},
        {"l": None, "e": [entry(b"c/1") | {"x": 1}]},
        {"l": None, "e": [entry(b"c/1", prefix=True)]},
        {"l": None, "e": [entry(b"c/1", prefix=-1)]},
        {"l": None, "e": [entry(b"c/1", prefix=3)]},
        {"l": None, "e": [entry(b"")]},
        {"l": None, "e": [entry(b"c" * 1025)]},
        {"l": None, "e": [entry(b"c/1", link="x")]},
        {"l": None, "e": [entry(b"c/1", value=3)]},
        {"l": None, "e": [entry(b"c/1"), entry(b"c/2")]},
        {"l": None, "e": [entry(b"c/2"), entry(b"1", 2)]},
        {"l": None, "e": [entry(b"c/2"), entry(b"", 3)]},
    ],
)
def test_nodes_of_another_form_are_refused(value: Any) -> None:
    with pytest.raises(Malformed):
        read_node(encoded(value))


def tree(*nodes: Callable[[Cid | None], dict[str, Any]]) -> tuple[dict[Cid, bytes], Cid]:
    """A tree from its lowest node up, each made with the link to the one before."""
    blocks: dict[Cid, bytes] = {}
    link: Cid | None = None
    for make in nodes:
        data = encoded(make(link))
        link = Cid.of(data)
        blocks[link] = data
    assert link is not None
    return blocks, link


def leaf(key: bytes) -> Callable[[Cid | None], dict[str, Any]]:
    return lambda link: {"l": link, "e": [entry(key)]}


def left(link: Cid | None) -> dict[str, Any]:
    return {"l": link, "e": []}


@pytest.mark.parametrize(
    ("nodes", "why"),
    [
        ((left, leaf(HIGHER)), "nothing in it"),
        ((leaf(SAME[0]), left), "only leads on"),
        ((leaf(SAME[0]), leaf(SAME[1])), "lowest layer"),
    ],
)
def test_trees_that_cannot_be_are_refused(nodes: Any, why: str) -> None:
    blocks, root = tree(*nodes)
    with pytest.raises(Malformed, match=why):
        record_at(blocks, root, b"c/")


def test_a_key_that_hides_below_its_layer_or_out_of_its_range_is_refused() -> None:
    keys = sorted(f"c/{n}".encode() for n in range(2000))
    two = next(key for key in keys if zeros(key) == 2 and key > keys[100])
    zero_below = next(key for key in keys if zeros(key) == 0 and key < two)
    one_above = next(key for key in reversed(keys) if zeros(key) == 1 and key > two)
    skipping, root = tree(leaf(zero_below), leaf(two))
    with pytest.raises(Malformed, match="next lower layer"):
        record_at(skipping, root, zero_below)
    beyond, root = tree(leaf(one_above), leaf(two))
    with pytest.raises(Malformed, match="beyond the range"):
        record_at(beyond, root, zero_below)
    through, root = tree(leaf(zero_below), left, leaf(two))
    assert record_at(through, root, zero_below) == Cid.of(b"v")
    del through[next(iter(through))]
    with pytest.raises(MissingBlock):
        record_at(through, root, zero_below)


def test_nodes_of_several_layers_in_one_are_refused() -> None:
    one, other = sorted((SAME[0], HIGHER))
    shared = next(i for i in range(9) if one[: i + 1] != other[: i + 1])
    blocks, root = tree(lambda _: {"l": None, "e": [entry(one), entry(other[shared:], shared)]})
    with pytest.raises(Malformed, match="several layers"):
        record_at(blocks, root, b"c/")


def doc(value: Any) -> Doc:
    return Doc(value, 1)


def test_log_of_an_account_is_followed_from_the_hash_that_names_it() -> None:
    moved = signed_operation(operation(OTHER, Cid.of(encoded(FIRST)), "https://new.example"), ROTATION)
    found = history_in(doc(log_of(FIRST, moved)), DID)
    assert (found.entries, found.key, found.server) == (2, OTHER.multikey, "https://new.example")
    assert found.keys == (ACCOUNT.multikey, OTHER.multikey)
    assert found.since == "2025-03-14T09:26:53.589000Z"
    assert not found.ended


def test_key_is_named_since_the_entry_that_brought_it() -> None:
    cid = Cid.of(encoded(FIRST))
    moved = signed_operation(operation(OTHER, cid), ROTATION)
    again = signed_operation(operation(OTHER, Cid.of(encoded(moved)), "https://new.example"), ROTATION)
    log = log_of(FIRST, moved, again)
    for each, day in zip(log, ("01", "02", "03"), strict=True):
        each["createdAt"] = f"2025-01-{day}T00:00:00Z"
    assert history_in(doc(log), DID).since == "2025-01-02T00:00:00Z"
    log[1]["createdAt"] = "\x1b[31myesterday"
    assert history_in(doc(log), DID).since == ""
    del log[1]["createdAt"]
    assert history_in(doc(log), DID).since == ""


def test_log_in_the_oldest_form_is_read() -> None:
    first = signed_operation(
        {
            "type": "create",
            "signingKey": f"did:key:{ACCOUNT.multikey}",
            "recoveryKey": f"did:key:{ROTATION.multikey}",
            "handle": HANDLE,
            "service": SERVER,
            "prev": None,
        },
        ACCOUNT,
    )
    second = signed_operation(operation(prev=Cid.of(encoded(first))), ROTATION)
    found = history_in(doc(log_of(first, second)), identifier(first))
    assert (found.entries, found.key, found.server) == (2, ACCOUNT.multikey, SERVER)
    assert history_in(doc(log_of(first)), identifier(first)).server == SERVER


def test_log_that_ends_is_told_to_end() -> None:
    end = signed_operation({"type": "plc_tombstone", "prev": str(Cid.of(encoded(FIRST)))}, ROTATION)
    assert history_in(doc(log_of(FIRST, end)), DID).ended
    with pytest.raises(Malformed, match="after the end"):
        history_in(doc(log_of(FIRST, end, end)), DID)


def test_entries_that_do_not_count_are_passed_over() -> None:
    undone = signed_operation(operation(OTHER, Cid.of(encoded(FIRST))), OTHER)
    log = log_of(FIRST, undone)
    log[1]["nullified"] = True
    assert history_in(doc(log), DID).entries == 1
    for each in log:
        each["nullified"] = True
    with pytest.raises(Malformed, match="no entry"):
        history_in(doc(log), DID)


def without(name: str) -> dict[str, Any]:
    return signed_operation({key: value for key, value in operation().items() if key != name}, ROTATION)


def test_keys_and_servers_that_an_entry_does_not_name_are_not_made_up() -> None:
    for made in (
        without("verificationMethods"),
        signed_operation(operation() | {"verificationMethods": {"atproto": "did:key:zz"}}, ROTATION),
        signed_operation(operation() | {"verificationMethods": {"atproto": 5}}, ROTATION),
    ):
        found = history_in(doc(log_of(made)), identifier(made))
        assert (found.key, found.keys) == ("", ())
    for made in (without("services"), signed_operation(operation() | {"services": {"atproto_pds": 1}}, ROTATION)):
        assert history_in(doc(log_of(made)), identifier(made)).server == ""


@pytest.mark.parametrize(
    ("log", "did", "why"),
    [
        ([], DID, "no log"),
        (None, DID, "no log"),
        (LOG * (MAX_ENTRIES + 1), DID, "no log"),
        ([{}], DID, "is none"),
        (LOG, "did:plc:" + "a" * 24, "hash of the first"),
        (LOG * 2, DID, "the one before"),
        (log_of(FIRST | {"alsoKnownAs": []}), identifier(FIRST | {"alsoKnownAs": []}), "not signed"),
        (log_of(FIRST, signed_operation(operation(OTHER, Cid.of(encoded(FIRST))), OTHER)), DID, "not signed"),
        (log_of(x := signed_operation(operation() | {"type": "other"}, ROTATION)), identifier(x), "kind"),
        (log_of(x := signed_operation({"type": "plc_tombstone", "prev": None}, ROTATION)), identifier(x), "kind"),
        (log_of(x := signed_operation(operation() | {"rotationKeys": []}, ROTATION)), identifier(x), "without keys"),
        (log_of(x := signed_operation(operation() | {"rotationKeys": [1]}, ROTATION)), identifier(x), "did:key"),
        (log_of(x := signed_operation(operation() | {"rotationKeys": "x"}, ROTATION)), identifier(x), "without keys"),
        (log_of(x := operation() | {"sig": "*"}), identifier(x), "no signature"),
        (log_of(x := operation() | {"sig": "é"}), identifier(x), "no signature"),
        (log_of(x := operation()), identifier(x), "no signature|not signed"),
    ],
)
def test_logs_that_do_not_fit_together_are_refused(log: Any, did: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        history_in(doc(log), did)


def test_document_of_an_account_names_its_key_its_server_and_its_handles() -> None:
    found = identity_in(doc(document()), DID)
    assert found is not None
    assert found.key is not None
    assert (found.key.text, found.server, found.handles[0].value) == (ACCOUNT.multikey, SERVER, HANDLE)


@pytest.mark.parametrize(
    ("change", "server", "why"),
    [
        ({"verificationMethod": []}, SERVER, "names no key"),
        ({"verificationMethod": [{"id": "#atproto", "controller": "did:plc:other"}]}, SERVER, "names no key"),
        ({"verificationMethod": [{"id": "#other", "controller": DID}]}, SERVER, "names no key"),
        ({"verificationMethod": [{"id": "#atproto", "controller": DID}]}, SERVER, "type"),
        ({"verificationMethod": [{"id": "#atproto", "controller": DID, "type": "Multikey"}]}, SERVER, "base58"),
        ({"service": []}, "", ""),
        ({"service": [{"id": "#atproto_pds", "type": "Other", "serviceEndpoint": SERVER}]}, "", ""),
        ({"service": [{"id": "#other", "type": "AtprotoPersonalDataServer", "serviceEndpoint": SERVER}]}, "", ""),
        ({"service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer"}]}, "", ""),
        (
            {"service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "file:///x"}]},
            "",
            "",
        ),
        (
            {"service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://["}]},
            "",
            "",
        ),
        (
            {
                "service": [
                    {
                        "id": f"{DID}#atproto_pds",
                        "type": "AtprotoPersonalDataServer",
                        "serviceEndpoint": "https://u@s.example/x",
                    }
                ]
            },
            "https://s.example",
            "",
        ),
        ({"alsoKnownAs": [1, "https://x"]}, SERVER, ""),
    ],
)
def test_documents_that_name_less_give_less(change: dict[str, Any], server: str, why: str) -> None:
    found = identity_in(doc(document() | change), DID)
    assert found is not None
    assert found.server == server
    assert why in found.why
    assert (found.key is None) == bool(why)


def test_document_of_another_account_is_none() -> None:
    assert identity_in(doc(document("did:plc:" + "b" * 24)), DID) is None
    assert identity_in(doc(None), DID) is None
