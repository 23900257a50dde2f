"""The one door to the network: guard, resolution, connections, and the bytes of both directions."""
