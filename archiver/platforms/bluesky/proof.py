"""What an answer of com.atproto.sync.getRecord proves: that a signed repository has a record at a path, or has none."""

from dataclasses import dataclass

from archiver.platforms.bluesky.car import read_car
from archiver.platforms.bluesky.cid import DAG_CBOR, Cid, Malformed
from archiver.platforms.bluesky.commit import Commit, read_commit
from archiver.platforms.bluesky.keys import Key
from archiver.platforms.bluesky.mst import MissingBlock, record_at


@dataclass(frozen=True, slots=True)
class Proof:
    """How far an archive leads.

    `commit` is the signed head, `blocks` how many there are; `cid` is the record that the tree has at the path, `data`
    its bytes; `absent` says that the tree shows the path to be free. `broken` says what is not as it must be, and
    `lacking` what is not there; `unsigned` why no signature stands over it, with `contradicted` because it is wrong.
    """

    blocks: int = 0
    commit: Commit | None = None
    cid: Cid | None = None
    data: bytes | None = None
    absent: bool = False
    broken: str = ""
    lacking: str = ""
    unsigned: str = ""
    contradicted: bool = False

    @property
    def exists(self) -> bool:
        """Whether it is proved that the repository has this record, and its bytes are here."""
        return self.data is not None and not self.unsigned

    @property
    def lacks(self) -> bool:
        """Whether it is proved that the repository has no record at the path."""
        return self.absent and not self.unsigned


def read_proof(archive: bytes, did: str, path: str, key: Key | None, why_no_key: str) -> Proof:
    """Return what an archive proves of `path` in the repository of `did`, whose key is `key`. Never raises."""
    try:
        car = read_car(archive)
    except Malformed as exc:
        return Proof(broken=f"the archive is not as it must be: {exc}", unsigned="the archive cannot be read")
    blocks = len(car.blocks)
    try:
        if car.root not in car.blocks:
            raise Malformed("the block that the header names is not in the archive")
        commit = read_commit(car.blocks[car.root])
    except Malformed as exc:
        return Proof(blocks, broken=f"no signed head: {exc}", unsigned="there is no signed head")
    unsigned, contradicted = _unsigned(commit, did, key, why_no_key)
    try:
        cid = record_at(car.blocks, commit.data, path.encode("utf-8"))
        if cid is None:
            return Proof(blocks, commit, absent=True, unsigned=unsigned, contradicted=contradicted)
        if cid.codec != DAG_CBOR or cid not in car.blocks:
            raise MissingBlock(f"the tree leads to the record {cid}, and its bytes are not in the archive")
    except MissingBlock as exc:
        return Proof(blocks, commit, lacking=str(exc), unsigned=unsigned, contradicted=contradicted)
    except Malformed as exc:
        return Proof(blocks, commit, broken=f"the tree: {exc}", unsigned=unsigned, contradicted=contradicted)
    return Proof(blocks, commit, cid, car.blocks[cid], unsigned=unsigned, contradicted=contradicted)


def _unsigned(commit: Commit, did: str, key: Key | None, why_no_key: str) -> tuple[str, bool]:
    """Return why the signature does not hold, "" where it does, and whether it is wrong rather than not checked."""
    if commit.did != did:
        return f"the signed head is of another account, {commit.did[:200]}", True
    if key is None:
        return why_no_key, False
    try:
        key.require(commit.signature, commit.signed)
    except Malformed as exc:
        return str(exc), True
    return "", False
