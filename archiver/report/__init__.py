"""Pages for people who read on paper: the verification report and the receipt of a hand-over."""
