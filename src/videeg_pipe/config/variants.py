"""Options of decoders and of their variants."""

from typing import Any

from videeg_pipe.config.load import ConfigError, load, merged, slice_of
from videeg_pipe.config.root import Config
from videeg_pipe.models.decoders.registry import DECODERS


def base_of(name: str, config: Config) -> str:
    """Return the key of `DECODERS` of a decoder or of a variant."""
    variants = config.decode.variants
    return variants[name].of if name in variants else name


def decoder_options(name: str, config: Config) -> dict[str, Any]:
    """Return the sections that a decoder or a variant reads.

    Raises:
        ConfigError: if a variant names sections that its decoder does not read, or options that
            are unknown or out of range.
    """
    sections = DECODERS[base_of(name, config)].options
    if name not in config.decode.variants:
        return slice_of(config, *sections)
    overlay, place = config.decode.variants[name].options, f"decode.variants.{name}.options"
    if set(overlay) - set(sections):
        raise ConfigError(
            f"{place}: expected only {', '.join(sections)}, since no other option affects the "
            f"decoder; found {', '.join(sorted(set(overlay) - set(sections)))}"
        )
    try:
        return slice_of(load(merged(config.model_dump(mode="json"), overlay)), *sections)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error}") from None
