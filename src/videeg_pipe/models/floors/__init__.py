"""What a generator must beat: the mean, a linear model, and noise with the right second moments.

None of them learns by gradient. They are trained, sampled and scored as all generators are.
"""
