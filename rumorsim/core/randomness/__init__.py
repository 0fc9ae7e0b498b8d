"""Random numbers by address, and choices and functions that are the same on every machine."""
