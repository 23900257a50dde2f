"""What a case may be called: one rule for case.yaml, its folder and the command line."""

import re

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NAME_HINT = "at most 64 of A–Z, a–z, 0–9, '.', '_' and '-', beginning with a letter or digit"
