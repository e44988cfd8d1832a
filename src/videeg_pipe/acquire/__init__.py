"""Stage `acquire`: check a source and describe it in five tables."""
