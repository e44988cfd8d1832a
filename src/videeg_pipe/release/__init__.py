"""Stage `release`: merge samples into the released files."""
