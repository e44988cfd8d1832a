"""Floors that every generator must beat: the mean, a linear model, noise with real second moments.

They have no gradient. They are fitted, sampled and scored like all generators.
"""
