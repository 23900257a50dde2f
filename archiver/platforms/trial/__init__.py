"""What every adapter is tried with, here and in packages of others (docs/adapters.md §4). Nothing here asks anybody.

from archiver.platforms.trial import Answer, Example, contract

def test_the_adapter_keeps_the_contract() -> None:
    contract(ADAPTER, [Example("https://board.example/notices/7", {"https://board.example/api/7": Answer.json({...})})])
"""

from archiver.platforms.trial.damage import HOSTILE, survives
from archiver.platforms.trial.play import Answer, Answers, Played, play, rendered
from archiver.platforms.trial.rules import RULES, Breach, breaches, contract
from archiver.platforms.trial.scene import Example

__all__ = [
    "HOSTILE",
    "RULES",
    "Answer",
    "Answers",
    "Breach",
    "Example",
    "Played",
    "breaches",
    "contract",
    "play",
    "rendered",
    "survives",
]
