"""The five frequency bands of design section 5: gamma ends where the band-pass does."""

BANDS: dict[str, tuple[float, float]] = {
    "delta": (0.5, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 13.0),
    "beta": (13.0, 30.0),
    "gamma": (30.0, 40.0),
}
"""Band name to (low, high) edge in Hz; the low edge belongs to the band, the high one does not."""
