"""The system's Chromium: found, started apart from everything, shown a page through a gate of ours, and closed.

The browser reaches nothing by itself: whatever it asks for comes to the gate (`gate`), and somebody else answers. The
recorder answers from the network, the player from a WARC; neither is known here.
"""
