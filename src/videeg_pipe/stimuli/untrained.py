"""A small CLIP with random weights, in the file format of a trained one."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.runtime.files import atomic_path

_SENTENCES = (
    "EEG of a 49-year-old right-handed woman watching a video.",
    "EEG of an 18-year-old left-handed or ambidextrous man, person or subject.",
    "The participant is female or male, watches videos and feels calm, happy, sad or afraid.",
    "A photo of something beautiful, a film scene, a frame from a video without emotion.",
    "Negative, neutral, positive.",
)
"""Sentences whose words become tokens; other text is encoded as bytes."""
_CAPTIONS = (
    "a bright and fast scene with a cut, a dark and slow steady scene",
    "one two three red yellow green cyan blue magenta",
    "disc discs square squares diamond diamonds ring rings star stars cross crosses",
    "drifting turning zooming swaying swarming bouncing pulsing in front of standing for",
    "a striped wall, a checked floor, a plaid cloth, drifting clouds, a spotted hide",
    "cat dog elephant horse panda rabbit bird fish jellyfish shark turtle flower mushroom tree",
    "boxing dancing running skiing face couple crowd beach buildings mountain road water fireworks",
    "banana cake drink pizza watermelon drum guitar piano bike car hot-air balloon airplane ship",
)
"""Words of the phantom's captions, which become tokens on request."""


def build_untrained(folder: Path, seed: int, *, captions: bool = False) -> None:
    """Build the model and save it with image processor and tokenizer under `folder`.

    With `captions`, the words of the phantom's captions are tokens, too; it is another model.

    Outputs have the shapes of ViT-L/14: image embeddings (768), text tokens (77, 768). Hidden
    layers are small. Weights of the vision tower are drawn with 2.5 times the standard deviation of
    CLIP's initialisation. With the latter, embeddings hardly depend on the picture: any two have a
    cosine of 0.8, here of about 0.35, and of 0.9 within a steady scene.
    """
    tokenizer = _tokenizer(_SENTENCES + (_CAPTIONS if captions else ()))
    vision = {
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "patch_size": 32,
        "projection_dim": CLIP_WIDTH,
        "initializer_factor": 2.5,
    }
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": CLIP_WIDTH,
        "intermediate_size": 768,
        "num_hidden_layers": 1,
        "num_attention_heads": 12,
        "projection_dim": CLIP_WIDTH,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=CLIP_WIDTH)
        model = CLIPModel(config)
    with atomic_path(folder) as temporary:
        for part in (model, CLIPImageProcessorPil(), tokenizer):
            part.save_pretrained(temporary)


def _tokenizer(sentences: tuple[str, ...]) -> CLIPTokenizer:
    """CLIP's tokenizer over bytes, with merges for the words of these sentences."""
    merges = learn_merges(re.findall("[a-z]+", " ".join(sentences).lower()))
    # in CLIP's order: every byte inside a word and at its end, merges, special tokens
    letters = sorted(ByteLevel.alphabet())
    ends = [f"{letter}</w>" for letter in letters]
    special = ["<|startoftext|>", "<|endoftext|>"]
    tokens = [*letters, *ends, *("".join(pair) for pair in merges), *special]
    vocabulary = {token: place for place, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)


def learn_merges(words: list[str]) -> list[tuple[str, str]]:
    """Learn byte-pair merges (Sennrich et al. 2016) until each word is one token.

    Ties are broken by name; in the tokenizers library their order differs from run to run.
    """
    spelled = [[*word[:-1], f"{word[-1]}</w>"] for word in words]
    merges = []
    while pairs := Counter(pair for word in spelled for pair in pairwise(word)):
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        for word in spelled:
            for place in range(len(word) - 2, -1, -1):
                if tuple(word[place : place + 2]) == best:
                    word[place : place + 2] = ["".join(best)]
    return merges
