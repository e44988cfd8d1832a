"""Source seed-dv: SEED-DV's arrays and block videos."""
