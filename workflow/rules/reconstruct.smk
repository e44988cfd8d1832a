"""reconstruct: clips drawn from decoded EEG, their ceilings, and the scores of all rows."""


def decoder_files(name):
    """Return an input function: this file of the decoders of a row, one for all or per person."""

    def paths(w):
        own = ROWS[w.row]
        decoder, people = own.decoder, DECODING_PEOPLE.of_group(own.group)
        if own.protocol == "new-p":
            folder = ADAPTED.format(
                decoder=decoder, percent=f"{own.percent:g}", method=own.method, seed=own.seed,
                subject="{subject}",
            )  # fmt: skip
            return [f"{folder}/{name}".format(subject=person) for person in people]
        of = [f"of-{person}" for person in people] if own.protocol == "ss" else ["known"]
        folders = [DECODER.format(decoder=decoder, people=one, seed=own.seed) for one in of]
        return [f"{folder}/{name}" for folder in folders]

    return paths


PICTURES = {
    "frames": rules.picture_frames.output.manifest,
    "stimuli": rules.picture_frames.output.stimuli,
    "texts": rules.picture_texts.output.manifest,
    "vae": rules.train_vae.output.manifest,
    "latents": rules.train_vae.output.latents,
    "generator": rules.train_pictures.output.manifest,
}


rule reconstruct:
    """Decode the test clips of some people, and draw them."""
    input:
        **PICTURES,
        decoders=decoder_files("decoder.json"),
        weights=decoder_files("decoder.safetensors"),
        clips_cut=rules.cut_clips.output.clips_cut,
        index=rules.cut_windows.output.index,
        code=decoder_code("reconstruct.py"),
    output:
        manifest=f"{RESULTS}/reconstructions/{{row}}/reconstruction.json",
    log:
        f"{RESULTS}/logs/reconstructions/{{row}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/reconstructions/{{row}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(4000),
        runtime=more(240),
        gpu=CONFIG.run.gpus,
    params:
        spec=lambda w: row(DECODERS[ROWS[w.row].decoder], "class_name", "own_start", "drawn"),
        row=lambda w: asdict(ROWS[w.row]),
        people=lambda w: DECODING_PEOPLE.of_group(ROWS[w.row].group),
        config=options(
            "run.seed",
            "decode.threads",
            "pictures.steps",
            "pictures.guidance",
            "pictures.strength",
        ),
    script:
        "../scripts/reconstruct.py"


rule reconstruct_ceiling:
    """Make the test clips from better answers than EEG can give."""
    input:
        **PICTURES,
        code=code("reconstruct_ceiling.py"),
    output:
        manifest=f"{RESULTS}/reconstructions/{{ceiling}}/reconstruction.json",
    log:
        f"{RESULTS}/logs/reconstructions/{{ceiling}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/reconstructions/{{ceiling}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(4000),
        runtime=more(120),
        gpu=CONFIG.run.gpus,
    params:
        ceiling="{ceiling}",
        config=options(
            "run.seed",
            "decode.threads",
            "pictures.steps",
            "pictures.guidance",
            "pictures.strength",
        ),
    script:
        "../scripts/reconstruct_ceiling.py"


rule score_decoding:
    """Score the reconstructions of all rows between floors and ceilings, and compare them."""
    input:
        frames=rules.picture_frames.output.manifest,
        stimuli=rules.picture_frames.output.stimuli,
        texts=rules.picture_texts.output.manifest,
        latents=rules.train_vae.output.latents,
        index=rules.cut_windows.output.index,
        rows=expand(rules.reconstruct.output.manifest, row=ROWS),
        ceilings=expand(
            rules.reconstruct_ceiling.output.manifest,
            ceiling=[name for name in CEILINGS if SOURCE.simulated or name != "information"],
        ),
        code=code("score_decoding.py"),
    output:
        scores=f"{RESULTS}/evaluation/decoding.json",
        clips=f"{RESULTS}/evaluation/decoding.parquet",
    log:
        f"{RESULTS}/logs/score_decoding.log",
    benchmark:
        f"{RESULTS}/benchmarks/score_decoding.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(6000),
        runtime=more(120),
    params:
        scores=score_rows(COMPUTED_FIELDS, other=("decoding",)),
        config=options("run.seed", "decode.bootstrap"),
    script:
        "../scripts/score_decoding.py"
