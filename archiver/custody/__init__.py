"""The case folder: custody log, manifest, write-once evidence, and what repairs it after a crash."""
