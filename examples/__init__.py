"""Templates to start a competition from; each runs by itself."""
