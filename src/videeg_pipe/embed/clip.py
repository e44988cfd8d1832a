"""CLIP: which one is used, and what it makes of pictures and sentences."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import Tensor
from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from videeg_pipe.config.embed import Embed
from videeg_pipe.contracts.errors import UserError
from videeg_pipe.contracts.files import read_json, sha256_file, sha256_json, write_json
from videeg_pipe.contracts.seeds import derive_seed
from videeg_pipe.embed.untrained import build_untrained

T = TypeVar("T")

UNTRAINED = "untrained"
WIDTH = 768
TOKENS = 77

_FILES = ("*.safetensors", "*.json", "*.txt")
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PATIENCE_S = 10.0

# what matters of its messages is checked and said here
transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()


def settle_clip(config: Embed, *, seed: int, manifest: Path) -> None:
    """Build or find the CLIP that the configuration names, and record which it is.

    Args:
        config: Model and revision.
        seed: The run's seed.
        manifest: Where to write the record. An untrained model is saved in a folder beside it.

    Raises:
        UserError: if there is no such model, its revision is not pinned, the hub cannot be
            reached, or the model has other shapes than ViT-L/14.
    """
    if config.model == UNTRAINED:
        folder = manifest.parent / UNTRAINED
        build_untrained(folder, derive_seed(seed, "clip"))
        stored = UNTRAINED  # beside the manifest, so that the results may be moved
    else:
        folder = _find(config.model, config.revision)
        stored = str(folder)
    _load(folder, config.model)
    files = _checksums(folder)
    write_json(
        manifest,
        {
            "model": config.model,
            "revision": config.revision,
            "trained": config.model != UNTRAINED,
            "folder": stored,
            "image_embedding": [WIDTH],
            "text_tokens": [TOKENS, WIDTH],
            "files": files,
            "sha256": sha256_json(files),
        },
    )


class Clip:
    """The settled CLIP, ready to embed."""

    def __init__(self, manifest: Path, *, dtype: str = "float32") -> None:
        """Load it from the local folder that `settle_clip` recorded.

        Args:
            manifest: What `settle_clip` wrote.
            dtype: `float32`, `bfloat16`, or `auto` for bfloat16 where the device computes in it.

        Raises:
            UserError: if the model's files are gone or are not those that were settled on.
        """
        self.record: dict[str, Any] = read_json(manifest)
        folder = manifest.parent / self.record["folder"]
        if _checksums(folder) != self.record["files"]:
            raise UserError(
                str(folder),
                expected="the CLIP files that were settled on",
                found="others",
                next_step=f"delete {manifest} and run again",
            )
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = _dtype(dtype, self._device)
        model = _load(folder, self.record["model"])
        self._model = model.to(self._device, self.dtype).eval().requires_grad_(False)
        self._processor = CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True)
        self._tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)

    @property
    def trained(self) -> bool:
        """Whether it knows anything."""
        return bool(self.record["trained"])

    @property
    def facts(self) -> dict[str, Any]:
        """What later stages and the data card say of it."""
        names = ("model", "revision", "trained", "sha256")
        return {name: self.record[name] for name in names} | {"dtype": str(self.dtype)[6:]}

    def images(self, pictures: Iterable[NDArray[np.uint8]], batch_size: int) -> NDArray[np.float32]:
        """Embed pictures in the space that images and texts share.

        Args:
            pictures: Each (H, W, 3) RGB; they are taken a batch at a time.
            batch_size: Pictures in a batch.

        Returns:
            (n, 768) float32, not normalised.
        """
        made = [np.empty((0, WIDTH), np.float32)]
        for batch in _batches(pictures, batch_size):
            pixels = self._processor(batch, return_tensors="pt")["pixel_values"]  # (B, 3, 224, 224)
            pixels = pixels.to(self._device, self.dtype)
            with torch.inference_mode():
                made.append(_float32(self._model.get_image_features(pixels).pooler_output))
        return np.concatenate(made)

    def tokens(self, sentences: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """Encode sentences: the text model's last hidden states, (n, 77, 768) float32."""
        outputs = self._texts(sentences, batch_size)
        return np.concatenate([_float32(output.last_hidden_state) for output in outputs])

    def texts(self, sentences: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """Embed sentences in the space that images and texts share, (n, 768) float32."""
        outputs = self._texts(sentences, batch_size)
        return np.concatenate([_float32(output.pooler_output) for output in outputs])

    def _texts(self, sentences: Sequence[str], batch_size: int) -> Iterator[Any]:
        for batch in _batches(sentences, batch_size):
            encoded = self._tokenizer(
                batch, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt"
            )
            with torch.inference_mode():
                yield self._model.get_text_features(**encoded.to(self._device))

    def n_tokens(self, sentence: str) -> int:
        """Tokens of a sentence with its start and end, before it is cut to 77."""
        return len(self._tokenizer(sentence, verbose=False)["input_ids"])

    @property
    def logit_scale(self) -> float:
        """What cosine similarities are multiplied by before a softmax."""
        return float(self._model.logit_scale.exp())


def _find(model: str, revision: str | None) -> Path:
    """Folder of a model given by folder or by hub name."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        if revision is not None:
            raise UserError(
                "embed.revision",
                expected=f"null where embed.model is a folder ({model})",
                found=revision,
                next_step="remove it",
            )
        return folder.resolve()
    if not _HUB_NAME.fullmatch(model):
        raise UserError(
            f"embed.model {model}",
            expected="untrained, a local folder, or a hub name like openai/clip-vit-large-patch14",
            found="no such folder",
            next_step="correct embed.model in the config",
        )
    if revision is None or not _COMMIT.fullmatch(revision):
        raise UserError(
            f"embed.revision of {model}",
            expected="the full hash of a commit on the hub (40 hex digits)",
            found="none" if revision is None else revision,
            next_step="pin one from the model's page, or set embed.model to a local folder",
        )
    return _from_hub(model, revision)


def _from_hub(model: str, revision: str) -> Path:
    """Download a pinned revision, or take it from the local cache where the hub is out of reach."""
    trouble = "it is not in the local cache"
    try:
        # asked first because a download retries for half a minute before it says the same
        HfApi().model_info(model, revision=revision, timeout=_PATIENCE_S)
        online = True
    except Exception as error:  # of whichever HTTP library the hub's client is built on
        trouble, online = str(error), False
    try:
        folder = snapshot_download(
            model, revision=revision, allow_patterns=list(_FILES), local_files_only=not online
        )
    except LocalEntryNotFoundError:
        raise UserError(
            f"embed.model {model}",
            expected=f"commit {revision} on the hub or in its local cache",
            found=trouble,
            next_step="check name, revision and network, or set embed.model to a local folder",
        ) from None
    return Path(folder)


def _load(folder: Path, name: str) -> CLIPModel:
    """Load the weights, and refuse a model that is not a whole ViT-L/14-shaped CLIP."""
    present = {path.name for path in folder.iterdir()}
    for needed in ({"config.json"}, {"preprocessor_config.json"}, {"tokenizer.json", "vocab.json"}):
        if not needed & present:  # transformers would go on with defaults
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
    if shapes != (WIDTH, WIDTH, TOKENS):
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


def _checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file that the model is read from."""
    paths = sorted(path for pattern in _FILES for path in folder.glob(pattern))
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
