"""Measurements of speed and quality: `python -m benchmarks` runs all of them."""
