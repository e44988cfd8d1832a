"""decode: decoders from EEG to text and latents, and their adaptation to new people."""

from videeg_pipe.contracts.decoding import CEILINGS, decoder_record
from videeg_pipe.models.decoders.rows import People, list_rows

try:
    DECODING_PEOPLE = People.of(SUBJECTS, CONFIG.decode)
except UserError as error:
    logger.error(str(error))
    sys.exit(1)
ROWS = list_rows(CONFIG.decode, DECODING_PEOPLE)
DECODER = f"{RESULTS}/decoders/{{decoder}}/{{people}}/seed-{{seed}}"
WEIGHTS = "decoder.safetensors"


wildcard_constraints:
    decoder="|".join(map(re.escape, DECODERS)),
    people="|".join(["known", *(re.escape(f"of-{person}") for person in DECODING_PEOPLE.single)]),


def decoder_code(script):
    """Return an input function: the source files of a job, with those of its decoder."""
    return lambda w: code(script, decoder=w.decoder)


def decoder_rows(w):
    """Return the rows of the table that a decoder has."""
    return [own for own in ROWS if own.decoder == w.decoder]


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


def known_files(w):
    """Return the files of a decoder of known people, for each seed."""
    folders = [
        DECODER.format(decoder=w.decoder, people="known", seed=seed)
        for seed in sorted({own.seed for own in decoder_rows(w)})
    ]
    return [f"{folder}/{name}" for folder in folders for name in ("decoder.json", WEIGHTS)]


rule adapt_decoder:
    """Adapt a decoder of known people to the earliest training clips of each new person."""
    input:
        known=known_files,
        clips_cut=rules.cut_clips.output.clips_cut,
        index=rules.cut_windows.output.index,
        stimuli=rules.picture_frames.output.stimuli,
        texts=rules.picture_texts.output.manifest,
        latents=rules.train_vae.output.latents,
        code=decoder_code("adapt_decoder.py"),
    output:
        record=f"{RESULTS}/adapted/{{decoder}}.json",
    log:
        f"{RESULTS}/logs/adapted/{{decoder}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/adapted/{{decoder}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(6000),
        runtime=more(240),
        gpu=CONFIG.run.gpus,
    params:
        rows=lambda w: [asdict(own) for own in decoder_rows(w) if own.protocol == "new-p"],
        people=DECODING_PEOPLE.new,
        config=options("run.seed", "decode.threads", "mapper", "decoders"),
    script:
        "../scripts/adapt_decoder.py"
