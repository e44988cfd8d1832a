"""Plumbing below everything else: errors, files, jobs, progress, seeds and threads."""
