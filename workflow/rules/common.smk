"""The checked configuration, and functions that the rule files share."""

import os
import re
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from snakemake.logging import logger

from videeg_pipe.acquire.claim import check_claim, check_folder
from videeg_pipe.acquire.links import hide_links
from videeg_pipe.config import ConfigError, load, slice_of
from videeg_pipe.config.pictures import IN_RUN
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.contracts.scores.catalogue import OTHER_TARGETS, SCORES, SECTIONS, TERMS
from videeg_pipe.contracts.scores.spec import COMPUTED_FIELDS
from videeg_pipe.models.decoders.registry import DECODERS
from videeg_pipe.models.registry import GENERATORS, generator_names
from videeg_pipe.preprocess.split import assign_splits
from videeg_pipe.runtime.closure import import_closure
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file, sha256_json
from videeg_pipe.runtime.spinning import limit_spinning
from videeg_pipe.sample.part_size import number_of_parts, samples_per_part
from videeg_pipe.sources.registry import SOURCES

try:
    CONFIG = load(config)
    public = {"urls": hide_links(CONFIG.source.urls)}
    CONFIG = CONFIG.model_copy(update={"source": CONFIG.source.model_copy(update=public)})
    RESULTS = CONFIG.run.results
    if ".." in Path(RESULTS).parts:  # backups would lie outside .snakemake/backups
        RESULTS = os.path.abspath(RESULTS)
    # jobs compare the options of their inputs with it (runtime/origin.py)
    config.update(CONFIG.model_dump(mode="json"))
    config["run"]["results"] = RESULTS
    check_folder(Path(RESULTS))
    check_claim(Path(RESULTS, "manifest", "source.json"), CONFIG.source.model_dump())
    SOURCE = SOURCES[CONFIG.source.kind]
    LISTING = SOURCE.listing()
    SUBJECTS = LISTING.list_subjects(CONFIG)
    assign_splits(LISTING.list_recordings(CONFIG), CONFIG.split)  # refuses one that does not fit
    SOURCE_FILES = LISTING.list_files(CONFIG, RESULTS)
    SIDE_FILES = LISTING.list_side_files(CONFIG)
    N_SAMPLES = CONFIG.release.n_samples
    PART_SIZE = samples_per_part(CONFIG.sample, N_SAMPLES, on_gpu=CONFIG.run.gpus > 0)
    N_PARTS = number_of_parts(N_SAMPLES, PART_SIZE)
except (ConfigError, UserError) as error:
    logger.error(str(error))
    sys.exit(1)

# scripts import the package beside the Snakefile, also in a conda environment
PYTHON_FOLDERS = [f"{workflow.basedir}/src", os.getenv("PYTHONPATH")]
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, PYTHON_FOLDERS)))
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # jobs choose GPUs after their imports
limit_spinning()

DESCRIPTION = []  # states licence and authors of the source, if it exists
if SOURCE.description_file is not None:
    DESCRIPTION = [str(Path(str(CONFIG.source.path), SOURCE.description_file))]
    DESCRIPTION = [path for path in DESCRIPTION if os.path.isfile(path)]
MODEL = CONFIG.run.model
ONE_GPU = min(1, CONFIG.run.gpus)  # of jobs that compute on one device
ON_CLUSTER = workflow.nodes is not None
if workflow.is_main_process and not ON_CLUSTER and "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", CONFIG.run.gpus)  # else jobs would wait for each other's GPUs
PARTS = [f"{part:03d}" for part in range(N_PARTS)]
RELEASE = [
    f"{RESULTS}/release/{name}"
    for name in (
        "videeg-gen.h5",
        "dataset_split.json",
        "manifest.parquet",
        "croissant.json",
        "README.md",
        "LICENSE",
        "SHA256SUMS",
    )
]
WHERE_TO_LOOK = {
    f"{RESULTS}/release/videeg-gen.h5": (
        "Release",
        f"{CONFIG.release.n_samples} generated samples; its README.md is the data card",
    ),
    f"{RESULTS}/evaluation/{MODEL}/metrics.json": (
        "Scores",
        "each with its floor and its ceiling",
    ),
    f"{RESULTS}/report/validation.html": (
        "Report",
        "open it in a browser; start with the first screen",
    ),
    f"{RESULTS}/generator/generator.json": (
        "Generator",
        "EEG for a video of your own: videeg generate clip.mp4 -o clip_eeg.fif",
    ),
    f"{RESULTS}/evaluation/decoding.json": (
        "Decoding",
        "scores of each decoder between its floors and its ceilings",
    ),
    f"{RESULTS}/report/decoding.html": (
        "Report",
        "open it in a browser; start with the verdict",
    ),
    f"{RESULTS}/decoder/playback.json": (
        "Decoder",
        f"a video from EEG: videeg decode eeg.fif --model {RESULTS}/decoder -o eeg.mp4",
    ),
}


wildcard_constraints:
    subject="|".join(map(re.escape, SUBJECTS)),
    model=re.escape(MODEL),
    part=r"\d+",
    variant=r"[a-z0-9-]+",
    seed=r"\d+",


def code(*scripts, generator=None, source=None, scores=False, decoder=None):
    """Return the source files of a rule, which runs again when one of them changes.

    They are the import closure of the script, and that of the modules that it loads by name.

    Args:
        scripts: Name of the rule's script, or of several.
        generator: Name of the generator that the script loads.
        source: Module of the run's source that the script loads, `tables` or `reading`.
        scores: Whether the script loads the functions of the score catalogue.
        decoder: Name of the decoder that the script loads.
    """
    loaded = [] if generator is None else [GENERATORS[generator].module]
    loaded += [] if decoder is None else [DECODERS[decoder].module]
    loaded += [] if source is None else [SOURCE.module(source)]
    loaded += SCORE_MODULES if scores else []
    package = Path(workflow.basedir, "src", "videeg_pipe")
    paths = [Path(workflow.basedir, "workflow", "scripts", script) for script in scripts]
    return [relative(file) for file in import_closure(*paths, *loaded, package=package)]


@cache
def relative(file):
    """Return a path relative to the working folder, so that a moved repository reruns nothing."""
    return os.path.relpath(file)


def more(amount):
    """Return a function for `resources`: this amount, and twice as much on each further attempt.

    Rules that resume where the attempt before stopped need no more time.
    """
    return lambda wildcards, attempt: round(amount * 2 ** (attempt - 1))


def release_minutes(least, per_minute):
    """Return the minutes for all released samples at `per_minute`, but at least `least`."""
    return max(least, N_SAMPLES // per_minute)


def sizes_mb():
    """Return the sizes of the recordings in MB; the phantom's follow from its options."""
    if SOURCE.simulated:
        layout = CONFIG.phantom.layout
        clips_s = layout.hint_s + layout.clips_per_concept * layout.clip_s
        person_s = layout.n_blocks * layout.concepts_per_block * clips_s
        return [person_s * layout.sfreq * len(SEED_DV_CHANNELS) * 4 / 1e6] * len(SUBJECTS)
    return [os.path.getsize(path) / 1e6 for path in SOURCE_FILES if os.path.isfile(path)]


def preprocess_mb():
    """Return the memory of `preprocess` in MB: room for copies of the largest recording."""
    return 3000 + 4 * max(sizes_mb(), default=0)


def training_mb():
    """Return the memory of a training in MB: EEG beyond some GB stays in the recordings."""
    return max(8000, 4000 + min(8000, 3 * windows_mb()) * CONFIG.train.devices)


def training_gpus():
    """Return the GPUs of a training on each of its nodes."""
    return min(CONFIG.run.gpus, CONFIG.train.devices)


def training_nodes():
    """Return the resources of a training on `train.nodes` nodes, for the plugin for Slurm.

    `mpi` keeps the plugin from starting a step: the training starts one on each further node.
    """
    nodes, gpus = CONFIG.train.nodes, training_gpus()
    asked = {"nodes": nodes, "gpu": nodes * gpus}
    if CONFIG.train.devices > 1:  # processes per node
        asked["cpus_per_task"] = CONFIG.train.devices * CONFIG.train.threads
    if nodes > 1:
        asked |= {"tasks": nodes, "mpi": "srun"}
        if gpus > 0:
            asked |= {"tasks_per_gpu": 0, "slurm_extra": f"--gpus-per-node={gpus}"}
    return asked


def validate_mb():
    """Return the memory of `validate` in MB: it scores a limited number of windows."""
    return max(4000, 2000 + min(12000, 2 * windows_mb()))


def windows_mb():
    """Return an upper bound of the EEG of all windows in MB."""
    overlap = max(1, CONFIG.windows.length_s / CONFIG.windows.stride_s)
    return overlap * sum(sizes_mb())


def foreign_pictures():
    """Return whether a picture model is not made in the run; published sizes are assumed."""
    models = ("vae", "unet", "motion", "control")
    return any(getattr(CONFIG.pictures, name).model != IN_RUN for name in models)


def pictures_mb(amount):
    """Return the memory of a job in MB, with room for picture models that are not made in the run.

    Those of Stable Diffusion 1.5 take 13 GB, the UNet's copy for clips included; frames of 512x288
    take the rest.
    """
    return amount + (20000 if foreign_pictures() else 0)


def drawing_minutes():
    """Return the minutes in which a decoder's rows are drawn.

    Models of the run draw all in minutes. Stable Diffusion 1.5 takes ten hours for SEED-DV's.
    """
    return 2880 if foreign_pictures() else 480


def row(spec, *fields):
    """Return fields of a catalogue row for the `params` of a rule that depends on them."""
    return {field: getattr(spec, field) for field in fields}


SCORE_MODULES = sorted({spec.function.split(":")[0] for spec in SCORES if spec.function})


def score_rows(fields=None, other=()):
    """Return a checksum of fields of the score catalogue, all by default, for `params`.

    Sections that other targets fill do not count, except those named in `other`, which count alone.
    """
    chosen = other or [section for section in SECTIONS if section not in OTHER_TARGETS]
    specs = [spec for spec in SCORES if spec.section in chosen]
    terms = sum((of for section, of in TERMS.items() if section in chosen), ())
    rows = [asdict(spec) for spec in (*specs, *terms)]
    return sha256_json([{f: row[f] for f in row if fields is None or f in fields} for row in rows])


def options(*names):
    """Return the slice of the configuration that a rule depends on, for its `params`."""
    return slice_of(CONFIG, *names)


def options_without_person(*names):
    """Return a function for `params`: the slice of the configuration, with `subject` held out."""

    def config(wildcards):
        leave_out = [*CONFIG.train.leave_out, wildcards.subject]
        train = CONFIG.train.model_copy(update={"leave_out": leave_out})
        return slice_of(CONFIG.model_copy(update={"train": train}), *names)

    return config


def own_options(rule, **wildcards):
    """Return checksums of the options of a job, by output, for `made_with` in `params`.

    `made_with` names the inputs of a rule, and what they were made from, whose options are not
    those of the run. The jobs that read them compare (runtime/origin.py).
    """
    sha256 = sha256_json(rule.params.config(SimpleNamespace(**wildcards)))
    return {str(path).format(**wildcards): sha256 for path in rule.output}


def trained_without(*subjects):
    """Return the options of trainings without one person, and of their graphs."""
    made_with = {}
    for subject in subjects:
        made_with |= own_options(rules.graphs_without_person, subject=subject)
        made_with |= own_options(rules.train_without_person, subject=subject)
    return made_with


def tables_made(*names):
    """Return the checksums of existing tables of trials, for the `params` of the report.

    The report runs again when a table appears or changes. As inputs, the tables would make every
    run train all their variants.
    """
    paths = [Path(RESULTS, "evaluation", f"{name}.csv") for name in names]
    return {str(path): sha256_file(path) for path in paths if path.is_file()}


def tables_made_with(*names):
    """Return the options of existing tables of trials; the report warns of tables of others."""
    made_with = {}
    for table in (Path(path).stem for path in tables_made(*names)):
        try:
            trials = SimpleNamespace(table=table)
            if table in ("people", "ssvep"):
                made_with |= trained_without(*PEOPLE)
            elif table in TRIALS.tables:
                made_with |= scored_with(trials)
        except ConfigError:  # a variant that conflicts with the options of the run
            continue
    return made_with
