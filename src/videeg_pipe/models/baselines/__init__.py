"""The generators that SPGN is compared with, each written from its paper, one file each.

Network, noise schedule and sampler are each model's own. The condition is the same for all
(`condition`), and so are training, seeds and scales (`baseline`).
"""
