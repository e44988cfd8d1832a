"""Stage `embed`: CLIP features of frames and sentences, stimulus track, emotions."""
