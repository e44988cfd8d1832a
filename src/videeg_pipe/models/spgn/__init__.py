"""SPGN, the self-play graph network with its diffusion."""
