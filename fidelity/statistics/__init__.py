"""Statistics on arrays: pure NumPy and SciPy, and nothing of rubrics or engines."""
