"""The acts on a case: each turns one value into the next and records what happened."""
