"""What a generator is conditioned on, per window."""
