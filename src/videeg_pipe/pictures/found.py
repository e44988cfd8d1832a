"""Models that are used as they are, from a folder or from the hub."""

from pathlib import Path
from typing import Any

from videeg_pipe.config.pictures import IN_RUN, PictureModelOptions
from videeg_pipe.models.pictures.folders import FILES, model_entry
from videeg_pipe.runtime.hub import find_model

_EXAMPLES = {
    "vae": "stable-diffusion-v1-5/stable-diffusion-v1-5 with subfolder vae",
    "unet": "stable-diffusion-v1-5/stable-diffusion-v1-5 with subfolder unet",
    "motion": "guoyww/animatediff-motion-adapter-v1-5-3",
    "control": "guoyww/animatediff-sparsectrl-rgb",
}


def find_folder(options: PictureModelOptions, name: str) -> tuple[Path, dict[str, Any]]:
    """Return the folder of the model `name`, and its entry for a record.

    Raises:
        UserError: if there is no such model, its revision is not pinned, or a file is missing.
    """
    inside = "" if options.subfolder is None else f"{options.subfolder}/"
    folder = find_model(
        options.model,
        options.revision,
        option=f"pictures.{name}",
        builtin=IN_RUN,
        example=_EXAMPLES[name],
        patterns=[inside + file for file in FILES],
    )
    folder /= inside
    entry = model_entry(folder, str(folder))
    facts = {"model": options.model, "revision": options.revision, "subfolder": options.subfolder}
    return folder, entry | facts
