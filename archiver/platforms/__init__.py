"""Adapters for social platforms: they decide what to ask for and what the answers mean, and never ask themselves."""
