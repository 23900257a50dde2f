"""Texts that strangers send, and what none of them may do to an output."""

import unicodedata

CORPUS = (
    "\x1b[2J\x1b[H cleared",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31mC1",
    "bell \x07 backspace \x08\x08\x08 delete \x7f",
    "line\nerror: forged: this is not from archiver",
    "carriage\rreturn",
    "tab\tseparated\tcells",
    "vertical\x0btab and form\x0cfeed",
    "next\x85line",
    "line\u2028separator and paragraph\u2029separator",
    "\u202eright to left override\u202c",
    "\u2066isolate\u2069 \u200emark\u200f \u061cletter mark",
    "zero\u200bwidth\u200cjoiners\u200d and \u2060word joiner and \ufeffBOM",
    "soft\u00adhyphen and \u034fgrapheme joiner",
    "hangul \u3164filler \u115f\u1160 \uffa0",
    "tags \U000e0041\U000e0042\U000e007f",
    "selectors \ufe0f \U000e0100",
    "private \ue000 \U000f0000 \U0010fffd",
    "unassigned \u0378 \U0001fbff nonchar \uffff \U0001fffe",
    "lone \ud800 \udc9b \udcff surrogates",
    "nul \x00 inside",
    "[bold red]markup[/bold red] [/nope] [link=file:///etc/passwd]x[/link]",
    ":skull: emoji code",
    "https://evil.example/link [/]",
    "Обыски в порту – 港のニュース – שלום – مرحبا – Ä",
    "a" + "\u0301" * 40,
    "x" * 5000,
    "\\x1b \\u202e \\ \\\\ C:\\temp",
    "",
)

MOVING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def harmful(output: str) -> set[str]:
    """Return the characters of an output that no view may print; line ends and tabs are for the caller to judge."""
    return {char for char in output if char not in "\n\t" and unicodedata.category(char) in MOVING}
