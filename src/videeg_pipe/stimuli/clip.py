"""CLIP: its files, and its embeddings of pictures and sentences."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import Tensor
from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.runtime.device import chosen_device
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import entries_of, read_json, read_record, sha256_file

T = TypeVar("T")

TOKENS = 77
"""Tokens of a sentence, with its start, end and padding."""
FILES = ("*.safetensors", "*.json", "*.txt")
"""Files of a model's folder that are read."""

# the checks below replace its messages
transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()


class ClipEncoder:
    """A CLIP that embeds pictures and sentences."""

    def __init__(
        self, manifest: Path, *, dtype: str = "float32", next_step: str | None = None
    ) -> None:
        """Load it from the local folder that `embed.clip_model.prepare_clip` recorded.

        Args:
            manifest: What `prepare_clip` wrote.
            dtype: `float32`, `bfloat16`, or `auto` for bfloat16 where the device computes in it.
            next_step: Advice in the error; by default, how the workflow makes the files again.

        Raises:
            UserError: if the model's files are missing or differ from the recorded ones.
        """
        self.record: dict[str, Any] = read_record(manifest, next_step=next_step)
        with entries_of(manifest, next_step=next_step):
            folder, files = manifest.parent / self.record["folder"], self.record["files"]
        if checksums(folder) != files:
            raise UserError(
                str(folder),
                expected="the CLIP files that the record lists",
                found="other files",
                next_step=next_step or make_again(str(manifest)),
            )
        self._device = chosen_device()
        self.dtype = _dtype(dtype, self._device)
        model = load_model(folder, self.record["model"])
        self._model = model.to(self._device, self.dtype).eval().requires_grad_(False)
        self._processor = CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True)
        self._tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)

    @property
    def trained(self) -> bool:
        """Whether its weights are trained."""
        return bool(self.record["trained"])

    @property
    def facts(self) -> dict[str, Any]:
        """Model, revision and arithmetic, for later stages and the data card."""
        names = ("model", "revision", "trained", "sha256")
        dtype = str(self.dtype).removeprefix("torch.")
        return {name: self.record[name] for name in names} | {"dtype": dtype}

    def images(self, pictures: Iterable[NDArray[np.uint8]], batch_size: int) -> NDArray[np.float32]:
        """Embed pictures in the space that images and texts share.

        Args:
            pictures: Each (H, W, 3) RGB; they are taken a batch at a time.
            batch_size: Pictures in a batch.

        Returns:
            (n, 768) float32, not normalised.
        """
        made = [np.empty((0, CLIP_WIDTH), np.float32)]
        for batch in _batches(pictures, batch_size):
            pixels = self._processor(batch, return_tensors="pt")["pixel_values"]  # (B, 3, 224, 224)
            pixels = pixels.to(self._device, self.dtype)
            with torch.inference_mode():
                made.append(_float32(self._model.get_image_features(pixels).pooler_output))
        return np.concatenate(made)

    def tokens(
        self, sentences: Sequence[str], batch_size: int, *, mask_padding: bool = True
    ) -> NDArray[np.float32]:
        """Encode sentences: the text model's last hidden states, (n, 77, 768) float32.

        Args:
            sentences: The sentences.
            batch_size: Sentences in a batch.
            mask_padding: Whether padding attends to the sentence alone. The networks of Stable
                Diffusion were trained without this mask.
        """
        outputs = self._texts(sentences, batch_size, mask_padding)
        return np.concatenate([_float32(output.last_hidden_state) for output in outputs])

    def texts(self, sentences: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """Embed sentences in the space that images and texts share, (n, 768) float32."""
        outputs = self._texts(sentences, batch_size)
        return np.concatenate([_float32(output.pooler_output) for output in outputs])

    def _texts(
        self, sentences: Sequence[str], batch_size: int, mask_padding: bool = True
    ) -> Iterator[Any]:
        for batch in _batches(sentences, batch_size):
            encoded = self._tokenizer(
                batch, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt"
            )
            if not mask_padding:
                del encoded["attention_mask"]
            with torch.inference_mode():
                output = self._model.get_text_features(**encoded.to(self._device))
            yield output

    def n_tokens(self, sentence: str) -> int:
        """Count the tokens of a sentence with its start and end, before it is cut to 77."""
        return len(self._tokenizer(sentence, verbose=False)["input_ids"])

    @property
    def logit_scale(self) -> float:
        """Multiplier of cosine similarities before a softmax."""
        return float(self._model.logit_scale.exp())


def load_model(folder: Path, name: str) -> CLIPModel:
    """Load the weights of a model, and check that its other files are present.

    Args:
        folder: Folder of the model.
        name: Its name in the configuration.

    Raises:
        UserError: if it is not a whole CLIP with the shapes of ViT-L/14.
    """
    present = {path.name for path in folder.iterdir()}
    for needed in ({"config.json"}, {"preprocessor_config.json"}, {"tokenizer.json", "vocab.json"}):
        if not needed & present:  # transformers would use defaults
            raise _unusable(folder, name, f"no {' or '.join(sorted(needed))}")
    kind = read_json(folder / "config.json").get("model_type")
    if kind != "clip":
        raise _unusable(folder, name, f"a model of type {kind}")
    try:
        model, report = CLIPModel.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
        CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True)
        CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        raise _unusable(folder, name, str(error)) from None
    if report["missing_keys"]:
        some = ", ".join(sorted(report["missing_keys"])[:3])
        raise _unusable(folder, name, f"no weights for {some}")
    text, vision = model.config.text_config, model.config.vision_config
    shapes = model.config.projection_dim, text.hidden_size, text.max_position_embeddings
    if shapes != (CLIP_WIDTH, CLIP_WIDTH, TOKENS):
        found = f"{shapes[0]}, {shapes[2]} tokens of {shapes[1]}, {vision.patch_size} pixel patches"
        raise _unusable(folder, name, found)
    return model


def _unusable(folder: Path, name: str, found: str) -> UserError:
    return UserError(
        f"embed.model {name} in {folder}",
        expected="a CLIP with safetensors weights, image embeddings of 768 and 77 text tokens of "
        "768, as ViT-L/14 has",
        found=found,
        next_step="set embed.model to such a model",
    )


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that the model is read from."""
    paths = sorted(path for pattern in FILES for path in folder.glob(pattern))
    return {path.name: sha256_file(path) for path in paths}


def _dtype(wanted: str, device: torch.device) -> torch.dtype:
    if wanted != "auto":
        return getattr(torch, wanted)
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        can = torch.cpu.get_capabilities()
        fast = any(can.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return torch.bfloat16 if fast else torch.float32


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _float32(output: Tensor) -> NDArray[np.float32]:
    return output.float().cpu().numpy()
