"""Published generators as baselines, one module per paper.

Network, noise schedule and sampler are the paper's. The condition (`condition`), training, seeds
and scales (`baseline`) are the same for all. A network embeds the condition by its layer `told`, a
name that checkpoints contain.
"""
