"""Folders of models in the format of diffusers, and records that list their files."""

from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers.models.modeling_utils import ModelMixin

from videeg_pipe.runtime.disk import check_space
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path, checked, entries_of, read_record, sha256_file

M = TypeVar("M", bound=ModelMixin)

FILES = ("config.json", "diffusion_pytorch_model.safetensors")


def save_model(model: ModelMixin, folder: Path) -> dict[str, Any]:
    """Save a model in a folder; return its entry for the record beside the folder."""
    check_space(folder, sum(values.nbytes for values in model.state_dict().values()))
    with atomic_path(folder) as temporary:
        model.save_pretrained(temporary, safe_serialization=True)
    return model_entry(folder, folder.name)


def model_entry(folder: Path, stored: str) -> dict[str, Any]:
    """Return an entry of a record: the folder as `stored`, and checksums of its files.

    Raises:
        UserError: if a file is missing.
    """
    for name in FILES:
        if not (folder / name).is_file():
            raise UserError(
                str(folder),
                expected=f"a model in the format of diffusers, with {' and '.join(FILES)}",
                found=f"no {name}",
                next_step="correct `model` and `subfolder` of the section pictures",
            )
    return {"folder": stored, "files": {name: sha256_file(folder / name) for name in FILES}}


def load_model(manifest: Path, name: str, kind: type[M]) -> M:
    """Load a model that a record lists, in evaluation mode, without gradients.

    Args:
        manifest: `vae.json` or `generator.json`.
        name: `vae`, `unet`, `motion` or `control`.
        kind: Its class.

    Raises:
        UserError: if a file is missing, differs from its checksum, or fits another class.
    """
    record = read_record(manifest)
    with entries_of(manifest):
        entry = record["models"][name]
        folder, files = manifest.parent / entry["folder"], dict(entry["files"])
    for file, sha256 in files.items():
        checked(folder / file, sha256, listed_in=manifest)
    return open_model(folder, kind)


def open_model(folder: Path, kind: type[M]) -> M:
    """Load a model from a folder, in evaluation mode, without gradients.

    Raises:
        UserError: if its files do not fit the class.
    """
    try:
        model, report = kind.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            torch_dtype=torch.float32,
            low_cpu_mem_usage=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise _unusable(folder, kind, str(error).split("\n")[0]) from None
    if report["missing_keys"]:
        raise _unusable(folder, kind, f"no weights for {sorted(report['missing_keys'])[0]}")
    return model.eval().requires_grad_(False)


def _unusable(folder: Path, kind: type[ModelMixin], found: str) -> UserError:
    return UserError(
        str(folder),
        expected=f"a {kind.__name__} in the format of diffusers",
        found=found,
        next_step="correct `model` and `subfolder` of the section pictures",
    )
