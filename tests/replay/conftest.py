"""The replay tests build their cases with what the tests of the verifier build theirs with."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "verify"))
