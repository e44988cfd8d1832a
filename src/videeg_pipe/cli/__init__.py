"""The `videeg` command: `main`, and one module per subcommand."""
