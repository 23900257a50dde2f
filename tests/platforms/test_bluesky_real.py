"""A server of the AT Protocol that others wrote, on loopback: accounts, posts, files, edits, deletions, and its proofs.

Needs Node and the package @atproto/dev-env, in the folder that ARCHIVER_ATPROTO names (docs/spec/platforms/bluesky.md).
"""

import base64
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from adapterkit import Answer, Played, play, survives

from archiver.model.platform import Access, Target
from archiver.platforms.bluesky import ADAPTER
from archiver.platforms.bluesky.car import read_car
from archiver.platforms.bluesky.cid import Cid
from archiver.platforms.bluesky.commit import read_commit
from archiver.platforms.bluesky.identity import identity_in
from archiver.platforms.bluesky.keys import did_key
from archiver.platforms.bluesky.mst import layer, record_at
from archiver.platforms.bluesky.proof import Proof, read_proof
from archiver.platforms.reading import Doc, parsed

POSTS = "app.bsky.feed.post"
START = """
import { TestNetworkNoAppView } from '@atproto/dev-env'
const network = await TestNetworkNoAppView.create({})
console.log(JSON.stringify({ plc: network.plc.url, pds: network.pds.url, admin: network.pds.adminAuth() }))
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
"""
P256 = """
import { MemoryBlockstore, Repo, WriteOpAction, getRecords } from '@atproto/repo'
import { P256Keypair } from '@atproto/crypto'
const key = await P256Keypair.create()
const storage = new MemoryBlockstore()
const collection = 'app.bsky.feed.post'
const writes = Array.from({ length: 200 }, (_, n) => (
  { action: WriteOpAction.Create, collection, rkey: `key-${n}`, record: { $type: collection, text: `number ${n}` } }
))
const repo = await Repo.create(storage, 'did:web:mira.example', key, writes)
const archives = {}
for (const rkey of ['key-7', 'key-199', 'none']) {
  const parts = []
  for await (const part of getRecords(storage, repo.cid, [{ collection, rkey }])) parts.push(Buffer.from(part))
  archives[rkey] = Buffer.concat(parts).toString('base64')
}
console.log(JSON.stringify({ key: key.did(), archives }))
"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@dataclass(frozen=True)
class Network:
    """The server of the accounts, and the directory of their identifiers."""

    pds: str
    plc: str
    admin: str

    def query(self, method: str, **parameters: str) -> tuple[int, bytes]:
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return fetched(f"{self.pds}/xrpc/{method}?{query}")

    def call(self, method: str, value: object, authorization: str = "", kind: str = "application/json") -> Any:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        headers = {"Content-Type": kind} | ({"Authorization": authorization} if authorization else {})
        status, body = fetched(f"{self.pds}/xrpc/{method}", data, headers)
        assert status == 200, (method, body)
        return json.loads(body) if body else None

    def answer(self, target: Target) -> Answer | None:
        """Answer for the public hosts; the app that shows posts is the one part that is not here."""
        url = target.url.replace("https://plc.directory", self.plc)
        if "identity.resolveHandle" in url:
            url = url.replace("https://public.api.bsky.app", self.pds)
        if not url.startswith((self.pds, self.plc)):
            return None
        status, body = fetched(url)
        return Answer(body, status)


@dataclass(frozen=True)
class Account:
    """An account on the server, and what it may do there."""

    network: Network
    did: str
    handle: str
    token: str

    def post(self, text: str, **more: object) -> str:
        record = {"$type": POSTS, "text": text, "createdAt": "2026-03-01T12:00:00.000Z", **more}
        made = self.call("com.atproto.repo.createRecord", {"repo": self.did, "collection": POSTS, "record": record})
        return str(made["uri"]).rpartition("/")[2]

    def call(self, method: str, value: object, kind: str = "application/json") -> Any:
        return self.network.call(method, value, f"Bearer {self.token}", kind)

    def archive(self, rkey: str) -> bytes:
        status, body = self.network.query("com.atproto.sync.getRecord", did=self.did, collection=POSTS, rkey=rkey)
        assert status == 200, body
        return body

    def proof(self, rkey: str, archive: bytes) -> Proof:
        document = identity_in(Doc(parsed(fetched(f"{self.network.plc}/{self.did}")[1]), 1), self.did)
        assert document is not None
        return read_proof(archive, self.did, f"{POSTS}/{rkey}", document.key, document.why)

    def played(self, rkey: str) -> Played:
        url = f"https://bsky.app/profile/{self.handle}/post/{rkey}"
        return play(ADAPTER, url, self.network.answer, Access(media=True))


def fetched(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    assert url.startswith("http://localhost:")
    request = urllib.request.Request(url, data, headers or {})  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder with the packages; who has none is told which."""
    folder = Path(os.environ.get("ARCHIVER_ATPROTO", "."))
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not (folder / "node_modules/@atproto/dev-env").is_dir():
        pytest.skip("the package @atproto/dev-env is not in the folder that ARCHIVER_ATPROTO names")
    return folder


@pytest.fixture(scope="module")
def network(folder: Path) -> Iterator[Network]:
    command = ["node", "--input-type=module", "-e", START]
    with subprocess.Popen(command, cwd=folder, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, "the server did not start"
        yield Network(**json.loads(said))
        process.stdin.close()
        process.wait()


def account(network: Network, handle: str) -> Account:
    wanted = {"email": f"{handle}@mail.test", "handle": handle, "password": "a long password"}
    made = network.call("com.atproto.server.createAccount", wanted)
    return Account(network, made["did"], handle, made["accessJwt"])


@pytest.fixture(scope="module")
def writer(network: Network) -> Account:
    """An account with enough posts for a tree of several layers."""
    made = account(network, "writer.test")
    kind = "com.atproto.repo.applyWrites#create"
    record = {"$type": POSTS, "createdAt": "2026-03-01T12:00:00.000Z"}
    for start in (0, 90, 180):
        writes = [
            {"$type": kind, "collection": POSTS, "value": record | {"text": f"number {number}"}}
            for number in range(start, start + 90)
        ]
        made.call("com.atproto.repo.applyWrites", {"repo": made.did, "writes": writes})
    return made


def checks(played: Played) -> dict[str, bool | None]:
    return {each["name"]: each["sound"] for each in played.document["checks"]}


def test_post_with_an_image_is_proved_and_its_file_is_the_one_that_is_named(writer: Account) -> None:
    blob = writer.call("com.atproto.repo.uploadBlob", PNG, "image/png")["blob"]
    embed = {"$type": "app.bsky.embed.images", "images": [{"alt": "a dot", "image": blob}]}
    rkey = writer.post("with an image 📷", langs=["en"], embed=embed)
    played = writer.played(rkey)
    assert (played.state, played.rule) == ("available", "bluesky.server.record")
    assert checks(played) == dict.fromkeys(
        ("handle", "identifier", "archive", "signature", "record", "record-from-server", "file"), True
    ), played.document["checks"]
    assert played.post["content"] == {"text": "with an image 📷", "language": "en"}
    original = played.post["attachment"][0]["renditions"][0]
    assert played.seen[original["exchange"] - 1].body == PNG
    survives(ADAPTER, played, rounds=60)


def test_every_changed_byte_of_a_proof_is_found(writer: Account) -> None:
    rkey = writer.post("as it was written")
    archive = writer.archive(rkey)
    assert writer.proof(rkey, archive).exists
    document = identity_in(Doc(parsed(fetched(f"{writer.network.plc}/{writer.did}")[1]), 1), writer.did)
    assert document is not None
    for place in range(len(archive)):
        for change in (1, 0x80):
            changed = archive[:place] + bytes((archive[place] ^ change,)) + archive[place + 1 :]
            proof = read_proof(changed, writer.did, f"{POSTS}/{rkey}", document.key, document.why)
            assert not proof.exists
            assert not proof.lacks, place


def test_edited_post_has_another_proved_record_and_the_old_proof_still_holds(writer: Account) -> None:
    rkey = writer.post("before")
    before = writer.archive(rkey)
    record = {"$type": POSTS, "text": "after", "createdAt": "2026-03-01T12:00:00.000Z"}
    writer.call("com.atproto.repo.putRecord", {"repo": writer.did, "collection": POSTS, "rkey": rkey, "record": record})
    played = writer.played(rkey)
    assert played.post["content"] == {"text": "after"}
    assert all(checks(played).values())
    old, new = writer.proof(rkey, before), writer.proof(rkey, writer.archive(rkey))
    assert old.exists
    assert new.exists
    assert old.cid != new.cid


def test_old_proof_beside_the_new_record_is_contradicted(writer: Account) -> None:
    rkey = writer.post("first words")
    before = writer.archive(rkey)
    record = {"$type": POSTS, "text": "other words", "createdAt": "2026-03-01T12:00:00.000Z"}
    writer.call("com.atproto.repo.putRecord", {"repo": writer.did, "collection": POSTS, "rkey": rkey, "record": record})

    def answers(target: Target) -> Answer | None:
        return Answer(before) if target.role == "proof" else writer.network.answer(target)

    played = play(ADAPTER, f"at://{writer.did}/{POSTS}/{rkey}", answers)
    assert checks(played)["record-from-server"] is False
    assert played.post["content"] == {"text": "first words"}  # what is signed comes before what is told


def test_deleted_post_is_proved_not_to_be_there(writer: Account) -> None:
    rkey = writer.post("soon gone")
    writer.call("com.atproto.repo.deleteRecord", {"repo": writer.did, "collection": POSTS, "rkey": rkey})
    played = writer.played(rkey)
    assert (played.state, played.rule) == ("not_found", "bluesky.proof.absent")
    assert checks(played) == dict.fromkeys(("handle", "identifier", "archive", "signature", "record"), True)
    archive = writer.archive(rkey)
    for place in range(0, len(archive), 7):
        changed = archive[:place] + bytes((archive[place] ^ 4,)) + archive[place + 1 :]
        assert not writer.proof(rkey, changed).lacks, place


@pytest.mark.parametrize("rkey", ["2222222222222", "3zzzzzzzzzzzz", "not-a-time", "3mmmmmmmmmmm2"])
def test_keys_that_never_were_are_proved_not_to_be_there(writer: Account, rkey: str) -> None:
    assert writer.proof(rkey, writer.archive(rkey)).lacks


def test_every_record_of_a_whole_repository_is_found_at_its_place(writer: Account) -> None:
    status, data = writer.network.query("com.atproto.sync.getRepo", did=writer.did)
    assert status == 200
    car = read_car(data)
    commit = read_commit(car.blocks[car.root])
    listed = json.loads(
        writer.network.query("com.atproto.repo.listRecords", repo=writer.did, collection=POSTS, limit="100")[1]
    )["records"]
    assert len(listed) == 100
    keys = {f"{POSTS}/{record['uri'].rpartition('/')[2]}".encode(): record["cid"] for record in listed}
    assert {0, 1} <= {layer(key) for key in keys}
    for key, cid in keys.items():
        assert record_at(car.blocks, commit.data, key) == Cid.parse(cid)
        assert record_at(car.blocks, commit.data, key + b"2") is None


def test_proofs_under_a_key_of_p256_hold_as_well(folder: Path) -> None:
    command = ["node", "--input-type=module", "-e", P256]
    made = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout)
    for rkey, text in made["archives"].items():
        archive = base64.b64decode(text)
        proof = read_proof(archive, "did:web:mira.example", f"{POSTS}/{rkey}", did_key(made["key"]), "")
        assert (proof.exists, proof.lacks) == (rkey != "none", rkey == "none")


def test_post_that_moderators_took_down_is_withheld_while_the_signed_repository_has_it(network: Network) -> None:
    owner = account(network, "moderated.test")
    rkey = owner.post("words that a moderator takes down")
    uri = f"at://{owner.did}/{POSTS}/{rkey}"
    cid = json.loads(network.query("com.atproto.repo.getRecord", repo=owner.did, collection=POSTS, rkey=rkey)[1])["cid"]
    subject = {"$type": "com.atproto.repo.strongRef", "uri": uri, "cid": cid}
    takedown = {"subject": subject, "takedown": {"applied": True, "ref": "1"}}
    network.call("com.atproto.admin.updateSubjectStatus", takedown, network.admin)
    played = owner.played(rkey)
    assert (played.state, played.rule) == ("removed_by_platform", "bluesky.proof.present-while-withheld")
    assert played.post["content"] == {"text": "words that a moderator takes down"}


def test_account_that_is_deactivated_taken_down_or_deleted_is_told_as_such(network: Network) -> None:
    owner = account(network, "leaving.test")
    rkey = owner.post("hello")
    owner.call("com.atproto.server.deactivateAccount", {})
    address = f"at://{owner.did}/{POSTS}/{rkey}"
    assert play(ADAPTER, address, network.answer).rule == "bluesky.status.deactivated"
    owner.call("com.atproto.server.activateAccount", b"")
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": owner.did}
    for applied, rule in ((True, "bluesky.status.takendown"), (False, "bluesky.server.record")):
        takedown = {"subject": subject, "takedown": {"applied": applied, "ref": "1"}}
        network.call("com.atproto.admin.updateSubjectStatus", takedown, network.admin)
        assert play(ADAPTER, address, network.answer).rule == rule
    network.call("com.atproto.admin.deleteAccount", {"did": owner.did}, network.admin)
    gone = play(ADAPTER, address, network.answer)
    assert gone.state == "account_gone", gone.rule
