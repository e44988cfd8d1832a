"""Stage `sample`: draw the windows of the release, one part per job."""
