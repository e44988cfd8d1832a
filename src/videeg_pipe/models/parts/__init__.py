"""Layers, losses and diffusion that several families of models share."""
