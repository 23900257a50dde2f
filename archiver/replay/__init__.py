"""An item shown again in a browser: the gate answers from its WARC, and from nothing else."""
