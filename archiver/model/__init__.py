"""The vocabulary: frozen values, right by construction. No I/O."""
