"""Section `fidelity`: does it look like EEG?"""
