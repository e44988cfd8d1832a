"""Agreements between stages.

- `tables`, `stores`, `graphs`: the files that stages exchange.
- `layout`: the EEG that a generator is made for.
- `montage`, `bands`, `scales`: channels, frequency bands, scales that EEG is divided by.
- `scores`: the catalogue of scores.
"""
