"""Video and audio, asked for by yt-dlp through a door that records: it has no other way to the network."""
