"""Checks of a case or a WARC file that write nothing and reach no network."""
