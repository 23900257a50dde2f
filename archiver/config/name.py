"""What may be called how: cases, those who sign, and those who say what time it is. One rule each, for all who ask."""

import re

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NAME_HINT = "at most 64 of A–Z, a–z, 0–9, '.', '_' and '-', beginning with a letter or digit"
SIGNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")
SIGNER_HINT = "letters, digits and . _ @ + - , at most 100, the first a letter or digit"
AUTHORITY = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")  # of a key, as ssh-keygen -l shows it
