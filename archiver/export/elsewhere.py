"""The hashes of an export on Windows and macOS: what their own tools can check."""

from collections.abc import Iterator

from archiver.export.facts import Facts
from archiver.export.lay import INDENT, say

_LISTS = {"bag": "manifest-sha256.txt", "disclosure": "SHA256SUMS"}
_POWERSHELL = """\
Get-Content LIST | ForEach-Object {
  $hash = $_.Substring(0, 64); $name = $_.Substring(66)
  $is = (Get-FileHash -Algorithm SHA256 -LiteralPath $name).Hash
  if ($is -ne $hash) { "DIFFERS: $name" } }"""


def windows(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the step for Windows."""
    text = ""
    if facts.kind in _LISTS:
        text += say("In PowerShell, in this folder. It prints nothing but what differs or is missing:")
        text += _shown(_POWERSHELL.replace("LIST", _LISTS[facts.kind]))
    one = _one(facts).replace("/", "\\")
    text += say("A single file, in PowerShell, or in the old command window:")
    text += _shown(f"Get-FileHash -Algorithm SHA256 {one}\ncertutil -hashfile {one} SHA256")
    yield (
        "On Windows: the hashes",
        text + _compared(facts) + say("ssh-keygen is part of Windows 10 and later, openssl is not."),
    )


def mac(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the step for macOS."""
    text = ""
    if facts.kind in _LISTS:
        text += say("In a terminal, in this folder. It names what differs, and says nothing otherwise:")
        text += _shown(f"shasum -a 256 -c {_LISTS[facts.kind]} | grep -v ': OK$'")
    text += say("A single file:") + _shown(f"shasum -a 256 {_one(facts)}")
    yield (
        "On macOS: the hashes",
        text
        + _compared(facts)
        + say(
            "ssh-keygen works there as above. The openssl that comes with macOS is another program and may not know "
            "-attime."
        ),
    )


def _one(facts: Facts) -> str:
    if facts.seals:
        return f"{facts.seal_folder}{facts.seals[-1].seal.number:06d}.seal"
    return facts.exhibits[0].path if facts.exhibits else "datapackage.json"


def _compared(facts: Facts) -> str:
    if facts.seals:
        return say("It must be the SHA-256 of the seal at the beginning of this text (capitals do not matter).")
    return say("Compare it with the hash that you have from elsewhere (capitals do not matter).")


def _shown(script: str) -> str:
    return "".join(f"{INDENT}{line}\n" for line in script.split("\n")) + "\n"
