"""Reader of a release and its exports. It needs only the released file."""
