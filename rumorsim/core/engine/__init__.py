"""The simulation and its parts, what acts on them, and what they leave behind."""
