"""The built-in site on loopback, and the walk through it that the README begins with."""
