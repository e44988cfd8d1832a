"""From anybody's recording to a video, with the packed decoder of a run."""
