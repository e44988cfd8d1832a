"""The five frequency bands; gamma ends at the upper edge of the band-pass."""

BANDS: dict[str, tuple[float, float]] = {
    "delta": (0.5, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 13.0),
    "beta": (13.0, 30.0),
    "gamma": (30.0, 40.0),
}
"""Band name to (low, high) edge in Hz; a band includes its low edge and excludes its high one."""

HIGHEST_HZ = max(high for _, high in BANDS.values())
"""Upper edge of the highest band, Hz."""
