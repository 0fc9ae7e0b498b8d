"""Slow second implementations, written from the papers and the conventions alone; they import nothing of the engine."""
