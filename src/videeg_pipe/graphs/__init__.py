"""Stage `graphs`: electrode graphs and signal graphs."""
