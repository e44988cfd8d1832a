"""Conditions of a generator, one per window: from stored tables and files, or in memory."""
