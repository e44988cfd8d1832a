"""Scores of the release and the generator, one folder or module per section of metrics.json."""
