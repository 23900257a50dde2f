"""What every adapter is tried with, as tests name it: archiver.platforms.trial."""

from archiver.platforms.trial import HOSTILE, Answer, Answers, Played, play, rendered, survives
from archiver.platforms.trial.damage import _replaced, mutated

__all__ = ["HOSTILE", "Answer", "Answers", "Played", "_replaced", "mutated", "play", "rendered", "survives"]
