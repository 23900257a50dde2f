"""What can be wrong with a WARC file, by name; docs/spec/verify.md lists the same names."""

from dataclasses import dataclass

PROBLEMS = {
    "empty-file": "the file holds no record",
    "stray-bytes": "these bytes belong to no record",
    "gzip-header": "a compressed member does not begin as RFC 1952 says",
    "gzip-extra": "the header of a compressed member holds more than a plain one",
    "gzip-data": "the compressed data of a member cannot be unpacked",
    "gzip-crc": "the unpacked bytes of a member do not match its checksum",
    "gzip-size": "the unpacked bytes of a member are not as many as it says",
    "gzip-cut": "the file ends in the middle of a compressed member",
    "several-records": "one compressed member holds several records",
    "member-rest": "a compressed member goes on after its record",
    "head-missing": "no record begins where one must",
    "head-cut": "the head of a record does not end",
    "head-version": "the version of a record is neither WARC/1.0 nor WARC/1.1",
    "head-line": "a line of a record's head does not end with CR and LF, or holds a control character",
    "head-field": "a line of a record's head is not a field",
    "head-folded": "a field of a record's head is spread over several lines",
    "field-missing": "a field that this type of record must have is not there",
    "field-twice": "a field that may stand once stands several times",
    "field-value": "the value of a field is not one that the standard allows",
    "field-unfit": "a field stands in a type of record that must not have it",
    "type-unknown": "the type of a record is not one that the standard names",
    "block-cut": "a record ends before its Content-Length is reached",
    "record-end": "a record does not end with two empty lines where its Content-Length says",
    "id-twice": "two records have the same identifier",
    "ids-many": "there are too many records to compare all identifiers",
    "concurrent-unknown": "a record names another one that is not in this file",
    "segment": "a record is a piece of one that is spread over several",
    "revisit-profile": "a record refers to an earlier one without saying how",
    "revisit-target": "a record says that it equals an earlier one, and that one has another digest",
    "revisit-outside": "a record stands for an earlier one that is not in this file",
    "profile-order": "the records of an item are not in their order, or not all there",
    "profile-field": "a field is not as the profile says",
    "profile-type": "a record is of a type that an item does not hold",
    "digest-missing": "a record has no digest of its block",
    "digest-value": "a digest cannot be read",
    "digest-unknown": "a digest was made in a way that is not known here",
    "digest-weak": "a digest was made in a way that can be deceived today",
    "block-digest": "the block of a record does not match its digest",
    "payload-raw": "the payload digest of a record is of the body as it was transferred, not of the entity",
    "payload-digest": "the payload of a record does not match its digest",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or cannot be judged, in a WARC file.

    `name` is a key of `PROBLEMS`, `offset` the byte in the file (as stored) where the member or record begins, or the
    stray bytes do; `length` is of stray bytes. `record` counts from 1, 0 where it is about no record. `detail` is for
    people: one phrase without a full stop, which may quote bytes of the file.
    """

    name: str
    offset: int
    detail: str
    record: int = 0
    length: int = 0
