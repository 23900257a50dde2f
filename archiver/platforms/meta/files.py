"""How the files of a post are asked for on the platforms of Meta (archiver.platforms.files)."""

from typing import Final

from archiver.platforms.files import MEDIA, Rules
from archiver.platforms.statuses import STOPPED

OTHER_SIZE: Final = "not asked for: another size of the same"

_MOST: Final = 45  # twenty pictures or videos, each of those with a still
_NOT_ASKED: Final = f"not asked for: files were not wanted, a server refused before, or there are more than {_MOST}"

RULES: Final = Rules(MEDIA, most=_MOST, batch=5, refusals=STOPPED, otherwise=_NOT_ASKED)
