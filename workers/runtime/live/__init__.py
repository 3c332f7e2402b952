"""Live streams: reading one camera through every fault, remembering its last packets, analysing its newest frames."""
