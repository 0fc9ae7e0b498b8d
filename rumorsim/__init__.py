"""rumorsim."""
