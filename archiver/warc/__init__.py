"""WARC 1.1 files: one per item, one gzip member per record, every digest our own."""
