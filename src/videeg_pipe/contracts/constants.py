"""Numbers and words that several stages use."""

CLIP_WIDTH = 768
"""Length of CLIP's image embedding and of a text token, as in ViT-L/14."""

UV_PER_V = 1e6
V_PER_UV = 1e-6

NOT_STATED = "not stated"
"""Licence, authors or consent that nobody states."""
