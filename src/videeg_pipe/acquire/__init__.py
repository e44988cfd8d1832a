"""Stage `acquire`: whatever the source, four tables that describe it."""
