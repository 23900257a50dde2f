"""What every adapter is tried with, as tests name it: archiver.platforms.trial."""

from archiver.platforms.trial import HOSTILE, Answer, Answers, Played, play, rendered, survives

__all__ = ["HOSTILE", "Answer", "Answers", "Played", "play", "rendered", "survives"]
