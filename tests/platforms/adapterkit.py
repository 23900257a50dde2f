"""What every adapter is tried with, as tests name it: archiver.platforms.trial."""

from archiver.platforms.trial import HOSTILE, Answer, Answers, Played, play, rendered, survives
from archiver.platforms.trial.damage import mutated, replaced

__all__ = ["HOSTILE", "Answer", "Answers", "Played", "mutated", "play", "rendered", "replaced", "survives"]
