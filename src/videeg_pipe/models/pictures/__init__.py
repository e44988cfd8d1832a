"""Models of pictures and videos, from the classes of diffusers: VAE, UNets, control, sampler."""
