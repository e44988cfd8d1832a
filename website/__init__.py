"""The documentation site: hooks of MkDocs, and the notebook of the tutorial."""
