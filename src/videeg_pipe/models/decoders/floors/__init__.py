"""Floors that every decoder must beat; nothing in them is learned by gradient."""
