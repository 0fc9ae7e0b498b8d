"""Speed: one reference scenario, a plain C and a naive NumPy yardstick, and the peers that can be installed."""
