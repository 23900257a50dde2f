"""The sans-I/O reading of HTTP/1.1 answers: lenient reader, bounded decoders, anomaly names."""
