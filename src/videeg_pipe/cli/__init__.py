"""The `videeg` command, one module per subcommand."""
