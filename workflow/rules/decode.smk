"""decode: decoders from EEG to text and latents, and their adaptation to new people."""

from videeg_pipe.contracts.decoding import CEILINGS
from videeg_pipe.models.decoders.rows import People, list_rows

try:
    DECODING_PEOPLE = People.of(SUBJECTS, CONFIG.decode)
except UserError as error:
    logger.error(str(error))
    sys.exit(1)
ROWS = {row.name: row for row in list_rows(CONFIG.decode, DECODING_PEOPLE)}
DECODER = f"{RESULTS}/decoders/{{decoder}}/{{people}}/seed-{{seed}}"
ADAPTED = f"{RESULTS}/adapted/{{decoder}}/{{percent}}-{{method}}/seed-{{seed}}/{{subject}}"


wildcard_constraints:
    decoder="|".join(map(re.escape, DECODERS)),
    people="|".join(["known", *(re.escape(f"of-{person}") for person in DECODING_PEOPLE.single)]),
    percent=r"[\d.]+",
    method=r"[a-z0-9-]+",
    row="|".join(map(re.escape, ROWS)),
    ceiling="|".join(CEILINGS),


def decoder_code(script):
    """Return an input function: the source files of a job, with those of its decoder."""
    return lambda w: code(script, decoder=ROWS[w.row].decoder if "row" in w.keys() else w.decoder)


def trained_on(people):
    """Return the names of the people that a decoder is trained on."""
    return DECODING_PEOPLE.known if people == "known" else [people.removeprefix("of-")]


rule train_decoder:
    """Train a decoder on the training clips of known people, or of one person."""
    input:
        clips_cut=rules.cut_clips.output.clips_cut,
        index=rules.cut_windows.output.index,
        stimuli=rules.picture_frames.output.stimuli,
        texts=rules.picture_texts.output.manifest,
        latents=rules.train_vae.output.latents,
        code=decoder_code("train_decoder.py"),
    output:
        record=f"{DECODER}/decoder.json",
        weights=f"{DECODER}/decoder.safetensors",
        history=f"{DECODER}/history.parquet",
    log:
        f"{RESULTS}/logs/decoders/{{decoder}}_{{people}}_{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/decoders/{{decoder}}_{{people}}_{{seed}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(6000),
        runtime=more(240),
        gpu=CONFIG.run.gpus,
    params:
        spec=lambda w: row(DECODERS[w.decoder], "class_name"),
        people=lambda w: trained_on(w.people),
        config=lambda w: options("run.seed", "decode.threads", *DECODERS[w.decoder].options),
    script:
        "../scripts/train_decoder.py"


rule adapt_decoder:
    """Adapt a decoder of known people to the earliest training clips of a new person."""
    input:
        known=f"{RESULTS}/decoders/{{decoder}}/known/seed-{{seed}}/decoder.json",
        weights=f"{RESULTS}/decoders/{{decoder}}/known/seed-{{seed}}/decoder.safetensors",
        clips_cut=rules.cut_clips.output.clips_cut,
        index=rules.cut_windows.output.index,
        stimuli=rules.picture_frames.output.stimuli,
        texts=rules.picture_texts.output.manifest,
        latents=rules.train_vae.output.latents,
        code=decoder_code("adapt_decoder.py"),
    output:
        record=f"{ADAPTED}/decoder.json",
        weights=f"{ADAPTED}/decoder.safetensors",
    log:
        f"{RESULTS}/logs/adapted/{{decoder}}_{{percent}}-{{method}}_{{seed}}_{{subject}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/adapted/{{decoder}}_{{percent}}-{{method}}_{{seed}}_{{subject}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(6000),
        runtime=more(120),
        gpu=CONFIG.run.gpus,
    params:
        subject="{subject}",
        method="{method}",
        percent="{percent}",
        config=options("run.seed", "decode.threads", "mapper", "decoders"),
    script:
        "../scripts/adapt_decoder.py"
