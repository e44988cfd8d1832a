"""Agreements between stages: tables, stores, graphs, channels, bands, scales, scores."""
