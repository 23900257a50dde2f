"""What a report says beside the findings, for readers who see a case for the first time."""

from archiver.model.verdict import Severity

SEVERITIES = {
    Severity.OK: "checked, and as it should be",
    Severity.NOTE: "worth knowing; contradicts nothing",
    Severity.UNASKED: "the verifier was not told what it needs for this, or the case does not hold it",
    Severity.UNCHECKED: "belongs to the case or was asked for, and could not be checked",
    Severity.BROKEN: "contradicts the log, a seal, or a rule that every case keeps",
}

WHAT_IT_MEANS = {
    "sound": (
        "Everything that was checked agrees with what was recorded: the bytes are still those that were recorded then. "
        "What was not asked is listed below, and nothing is said about it.",
    ),
    "unchecked": (
        "Nothing that was checked contradicts. But not everything could be checked, or was asked for; about that part "
        "nothing is said, neither good nor bad. The findings name it.",
    ),
    "contradicted": (
        "Something is not as the log, a seal or a receipt says. The findings name the file, the place in it and what "
        "differs. A contradiction does not say who caused it, nor whether by intent: a failing disk and a forger can "
        "look alike. What a check says of other files stands by itself.",
    ),
}

WHAT_IT_DOES_NOT = (
    "It does not show that a site published what was recorded, who wrote it, or that it is true: it is about what one "
    "machine received and kept.",
    "It does not show that nothing was left out before the first seal.",
    "A signature says whose key was used. Whose key it is must be known from elsewhere, not from the case.",
    "The times in the log are those of the clock of the machine. Only a time stamp of an authority, whose certificate "
    "the verifier trusts, shows a time by somebody else's clock.",
    "Whether this is the newest state of the case can be known only from a receipt that was kept elsewhere.",
)

ABOUT = {
    "layout": "nothing is missing from the folder, and nothing lies in it that the log does not explain",
    "chain": "each line of the log names the hash of the line before it",
    "canonical": "each line is in the one form in which it can be written",
    "case-file": "case.yaml is the text that the log recorded last",
    "files": "each evidence file has the size and the SHA-256 that the log recorded",
    "structure": "every byte of every evidence file belongs to a sound record",
    "digests": "blocks and payloads match the digests inside the files",
    "records": "files and log tell one story",
    "manifest": "manifest.yaml is what the log yields",
    "seals": "each seal covers the lines that it says, as they were",
    "signatures": "each seal is signed by the key that it names",
    "tokens": "each time stamp is over its seal, and by a certificate that may give time",
    "receipt": "this is the case, and at least the state of it, that a receipt was given for",
}

COUNTED = {
    "events": "lines of the log",
    "seals": "seals",
    "stamps": "sound time stamps",
    "items": "items",
    "open": "items without an outcome",
    "withheld": "items withheld for a lawful reason",
    "files": "evidence files read",
    "records": "records in them",
    "bytes": "bytes of evidence read",
}
