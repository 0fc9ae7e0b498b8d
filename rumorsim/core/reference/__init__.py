"""What the engine is judged by: the exact engine, event by event, and known limits."""
