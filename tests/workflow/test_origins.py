"""No job uses a file of another configuration, and the advice in the message makes it again."""

import pytest
import yaml

from tests.workflow.clone import DECODE_TINY
from tests.workflow.test_commands import said
from tests.workflow.test_failed_reruns import (
    advised,
    assert_refused,
    contents,
    copy,
    rules_run,
    run,
)
from videeg_pipe.config import load
from videeg_pipe.config.load import merged
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record, sha256_json, write_record
from videeg_pipe.runtime.origin import FOLDER, Results

pytestmark = pytest.mark.slow

KINDS = [  # results of the workflow; the phantom's own files come first
    "phantom/videos.json", "phantom/EEG/sub1.npy", "manifest/recordings.parquet",
    "manifest/findings.parquet", "eeg/sub1.json", "eeg/index.json", "windows/cut.parquet",
    "normalisation.json", "windows.parquet", "clip/model.json", "video/videos.json",
    "text/texts.json", "emotions.parquet", "graphs/graphs.safetensors", "models/spgn/model.json",
    "models/spgn/checkpoint.safetensors", "models/spgn/history.parquet",
    "samples/spgn/part-000.json", "release/videeg-gen.h5", "release/manifest.parquet",
    "pseudonyms.csv", "evaluation/spgn/metrics.json", "evaluation/spgn/figures.npz",
    "release/README.md", "report/validation.html", "generator/generator.json",
]  # fmt: skip

DECODED = "results-decode-tiny"
DECODE_KINDS = [  # results of `decode` that `all` does not have
    "clips_cut.parquet", "pictures/frames.json", "pictures/stimuli.parquet", "pictures/texts.json",
    "pictures/vae.json", "pictures/latents.json", "pictures/generator.json",
    "decoders/sam-net/known/seed-0/decoder.json",
    "decoders/sam-net/known/seed-0/decoder.safetensors",
    "decoders/sam-net/known/seed-0/history.parquet", "decoders/lookup/of-sub1/seed-0/decoder.json",
    "adapted/sam-net.json", "reconstructions/sam-net.json", "reconstructions/ceilings.json",
    "evaluation/decoding.json", "evaluation/decoding.parquet", "report/decoding.html",
    "decoder/playback.json",
]  # fmt: skip

UNTIMED = ("normalisation.json", "graphs/graphs.safetensors", "models/spgn/checkpoint.safetensors")


def changed(value):
    """Return options with another value of the first of them."""
    if not isinstance(value, dict):
        return "another"
    key = next(iter(value))
    return value | {key: changed(value[key])}


@pytest.mark.parametrize("name", KINDS)
def test_a_result_of_another_configuration_is_refused(finished, name):
    assert_another_is_refused(finished, "results", ["tiny.yaml"], name)


@pytest.mark.parametrize("name", DECODE_KINDS)
def test_a_result_of_decode_of_another_configuration_is_refused(decoded, name):
    assert_another_is_refused(decoded, DECODED, DECODE_TINY, name)


def assert_another_is_refused(clone, results, overlays, name):
    """Check that a result is used, but not with a record of other options or inputs."""
    values = {}
    for overlay in ("config/config.yaml", *overlays):
        values = merged(values, yaml.safe_load((clone / overlay).read_text(encoding="utf-8")))
    config = load(values).model_dump(mode="json")
    folder, records = str(clone / results), clone / results / FOLDER
    own = {}  # the variant of the tiny profile has options of its own
    for path in records.glob("decoders/no-csa/**/*.json"):
        of = path.relative_to(records).with_suffix("")
        own[f"{folder}/{of}"] = sha256_json(read_record(path)["options"])
    Results(folder, config, own).check([f"{folder}/{name}"])
    record = records / f"{name}.json"
    made = read_record(record)
    other = {"options": changed(made["options"])} if made["options"] else {"inputs": {}}
    if name == "release/README.md":  # its rule reads no option
        first = next(iter(made["inputs"]))
        other = {"inputs": made["inputs"] | {first: "0" * 64}}
    try:
        write_record(record, made | other)
        with pytest.raises(UserError, match=rf"/{name}; .* --forcerun \S+/{name} at its end$"):
            Results(folder, config, own).check([f"{folder}/{name}"])
    finally:
        write_record(record, made)


def test_every_result_has_a_record(finished, decoded):
    for results, kinds in ((finished / "results", KINDS), (decoded / DECODED, DECODE_KINDS)):
        records = [path for path in (results / FOLDER).rglob("*") if path.is_file()]
        names = {str(path.relative_to(results / FOLDER)).removesuffix(".json") for path in records}
        assert set(kinds) <= names
        assert all((results / name).is_file() for name in names)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("made", "options", "reader"),
    [
        ("normalisation.json", {"normalisation": {"scale": "range"}}, "graphs/graphs.safetensors"),
        (
            "models/spgn/model.json",
            {"train": {"learning_rate": 0.002}},
            "samples/spgn/part-000.json",
        ),
    ],
)
def test_the_advice_makes_a_file_of_another_configuration_again(
    finished, tmp_path, made, options, reader
):
    clone = copy(finished, tmp_path / "clone")
    before = contents(clone / "results")
    done = run(clone, f"results/{made}", **options)
    assert done.returncode == 0, said(done)
    # as if Snakemake had not noticed, such as for a training that outlives it
    unnoticed = (f"results/{reader}", "--rerun-triggers", "mtime")
    refused = run(clone, *unnoticed)
    section, values = next(iter(options.items()))
    option, value = next(iter(values.items()))
    assert_refused(refused, rf"found one made with {section}\.{option} {value}; .*{made}")
    healed = run(clone, *unnoticed, *advised(refused))
    assert healed.returncode == 0, said(healed)
    assert len(rules_run(healed)) == 2
    after = contents(clone / "results")
    for name in UNTIMED:
        assert after[name] == before[name]
