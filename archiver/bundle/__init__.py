"""Folders, zips and tars that others hand over, read without trusting one byte of them (docs/spec/verify.md)."""
