"""What the stages agree on: channel order, bands, tables, files and errors."""
