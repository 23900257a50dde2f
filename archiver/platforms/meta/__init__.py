"""What the adapters of Instagram, Threads and Facebook have in common: one company serves all three alike.

Scripts of a page that hold data, refusals, the interface for embedding, files. No adapter by itself.
"""
