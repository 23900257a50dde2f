"""As which client the interface of YouTube's own player is asked. Data alone: replace it when it ages.

The interface answers nobody who names no client. These are the name, the number and a version of the client of the
website, as the public programs for YouTube had them in October 2026 (read on 2026-11-23). No key, no user agent and no
device is told: the request says which form of answer is understood, and does not claim to be a browser.
"""

from typing import Final

NAME: Final = "WEB"
NUMBER: Final = "1"  # of that name, for the header
VERSION: Final = "2.20260708.00.00"
LANGUAGE: Final = "en"  # of captions' names and of words around numbers; titles and texts come as they were written
