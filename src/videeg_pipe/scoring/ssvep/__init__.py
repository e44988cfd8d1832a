"""Decoders of the flicker that a person sees, from steady-state visual evoked potentials."""
