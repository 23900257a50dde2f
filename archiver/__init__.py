"""Archives web pages and posts as evidence that a stranger can check years later."""

__version__ = "0.1.0"
