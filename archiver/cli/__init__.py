"""The command line: the only place that composes, prints and exits."""
