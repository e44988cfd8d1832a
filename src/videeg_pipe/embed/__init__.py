"""embed: CLIP features of frames and sentences, the stimulus track, emotions."""

from videeg_pipe.embed.emotions import label_emotions
from videeg_pipe.embed.settle import settle_clip
from videeg_pipe.embed.text import embed_text
from videeg_pipe.embed.videos import embed_videos

__all__ = ["embed_text", "embed_videos", "label_emotions", "settle_clip"]
