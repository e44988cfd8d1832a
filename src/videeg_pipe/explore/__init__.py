"""`videeg explore`: a local web page that shows samples, and EEG for a video of one's own."""
