"""The data set of a run: the `source` section."""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import Field, PositiveFloat, field_validator, model_validator

from videeg_pipe.config.base import Section, plain_path
from videeg_pipe.sources.moabb.datasets import DATASETS
from videeg_pipe.sources.registry import SOURCES

if TYPE_CHECKING:
    SourceKind = str
    MoabbDataSet = str
else:
    SourceKind = Literal[tuple(SOURCES)]
    MoabbDataSet = Literal[tuple(DATASETS)]


_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class SourceSection(Section):
    """Options of one source."""

    @property
    def clip_s(self) -> float:
        """Length of a clip where the source fixes it, in seconds; infinite elsewhere."""
        return float("inf")


class SourceOptions(Section):
    """Which data set to run on."""

    kind: SourceKind = Field(
        "phantom",
        description="Data set: simulated with a known evoked part, SEED-DV, BIDS-EEG, an open data "
        "set through MOABB, or one person who sees six pictures per second.",
    )
    path: str | None = Field(
        None,
        description="Folder of the data set, relative to the working directory. Refused for "
        "the phantom. Files of `urls` are downloaded into it.",
    )
    dataset: MoabbDataSet | None = Field(
        None, description="MOABB only: name of the data set's class, such as Kalunga2016."
    )
    subjects: list[str] | None = Field(
        None, min_length=1, description="Subjects to use, such as [sub1, sub3]; null uses all."
    )
    urls: dict[str, str] = Field(
        {},
        description="SEED-DV only: path of a file in the data set to its https link, from the mail "
        "of the access team. Empty where the folder is complete.",
    )
    sha256: dict[str, str] = Field(
        {}, description="Checksums of downloaded files: path to SHA-256."
    )
    username_env: str = Field(
        "VIDEEG_USERNAME", description="Environment variable with the user name for the links."
    )
    password_env: str = Field(
        "VIDEEG_PASSWORD", description="Environment variable with the password for the links."
    )
    units: Literal["auto", "uV", "V"] | PositiveFloat = Field(
        "auto",
        description="Unit of the stored EEG: auto, uV, V, or microvolts per stored value (which "
        "SEED-DV's and BIDS files may need after a normalisation). With auto, SEED-DV's unit is "
        "inferred from each file's robust standard deviation, and BIDS files state theirs. A "
        "deviation that EEG cannot have is refused unless a number is given.",
    )

    @field_validator("path")
    @classmethod
    def _plain(cls, path: str | None) -> str | None:
        return path and plain_path("source.path", path)

    @model_validator(mode="after")
    def _options_fit_the_kind(self) -> "SourceOptions":
        source = SOURCES[self.kind]
        if not source.simulated and self.path is None:
            raise ValueError(f"source.path is needed for source.kind {self.kind}: name the folder")
        if source.simulated and self.path is not None:
            recorded = [name for name, spec in SOURCES.items() if not spec.simulated]
            raise ValueError(
                f"source.path: expected null with source.kind {self.kind}, which is simulated; "
                f"found {self.path!r}; set source.kind to {' or '.join(recorded)}, as "
                "config/bids.yaml and config/seed-dv.yaml do: --configfile config/bids.yaml"
            )
        if (self.dataset is not None) != source.named:
            kinds = " or ".join(name for name, spec in SOURCES.items() if spec.named)
            raise ValueError(
                f"source.dataset: expected {'a name' if source.named else 'null'} with source.kind "
                f"{self.kind}, found {self.dataset!r}; it names a data set of {kinds}"
            )
        if self.urls and not source.downloads:
            kinds = " or ".join(name for name, spec in SOURCES.items() if spec.downloads)
            raise ValueError(f"source.urls works with source.kind {kinds} only")
        return self

    @model_validator(mode="after")
    def _urls_stay_in_the_folder(self) -> "SourceOptions":
        for name, url in self.urls.items():
            path = PurePosixPath(plain_path("source.urls", name))
            if path.is_absolute() or ".." in path.parts or str(path) != name:
                raise ValueError(
                    f"source.urls: expected a path inside the data set such as EEG/sub1.npy, "
                    f"found {name!r}"
                )
            if not is_protected(url):
                raise ValueError(f"source.urls: expected an https link for {name}")
        unknown = set(self.sha256) - set(self.urls)
        if self.urls and unknown:
            raise ValueError(f"source.sha256: {sorted(unknown)[0]!r} is not in source.urls")
        return self


def is_protected(link: str) -> bool:
    """Return whether a link is protected in transit: https, or http on this machine."""
    if "\\" in link:  # in front of @, libraries disagree about the host
        return False
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:  # such as an unclosed [
        return False
    if parts.scheme == "http":
        return host in _THIS_MACHINE
    return parts.scheme == "https" and bool(host)
