"""reconstruct: clips drawn from decoded EEG, their ceilings, and the scores of all rows."""

PICTURES = {
    "frames": rules.picture_frames.output.manifest,
    "stimuli": rules.picture_frames.output.stimuli,
    "texts": rules.picture_texts.output.manifest,
    "vae": rules.train_vae.output.manifest,
    "latents": rules.train_vae.output.latents,
    "generator": rules.train_pictures.output.manifest,
}


rule reconstruct:
    """Decode test clips and draw them, for all rows of a decoder."""
    input:
        **PICTURES,
        decoders=decoder_files,
        adapted=adapted_files,
        clips_cut=rules.cut_clips.output.clips_cut,
        index=rules.cut_windows.output.index,
        code=decoder_code("reconstruct.py"),
    output:
        record=f"{RESULTS}/reconstructions/{{decoder}}.json",
    log:
        f"{RESULTS}/logs/reconstructions/{{decoder}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/reconstructions/{{decoder}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(pictures_mb(4000)),
        runtime=more(drawing_minutes()),
        gpu=ONE_GPU,
    params:
        spec=lambda w: row(DECODERS[base_of(w.decoder, CONFIG)], "class_name", "own_start", "drawn"),
        rows=lambda w: [asdict(own) for own in decoder_rows(w)],
        people=asdict(DECODING_PEOPLE),
        made_with=lambda w: trained_as(w.decoder),
        config=options(
            "run.seed",
            "decode.threads",
            "decode.clips_per_run",
            "pictures.steps",
            "pictures.guidance",
            "pictures.strength",
        ),
    script:
        "../scripts/reconstruct.py"


rule reconstruct_ceilings:
    """Make the test clips from better answers than EEG can give."""
    input:
        **PICTURES,
        code=code("reconstruct_ceilings.py"),
    output:
        record=f"{RESULTS}/reconstructions/ceilings.json",
    log:
        f"{RESULTS}/logs/reconstructions/ceilings.log",
    benchmark:
        f"{RESULTS}/benchmarks/reconstructions/ceilings.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(pictures_mb(4000)),
        runtime=more(120),
        gpu=ONE_GPU,
    params:
        ceilings=[name for name in CEILINGS if SOURCE.simulated or name != "information"],
        config=options(
            "run.seed",
            "decode.threads",
            "pictures.steps",
            "pictures.guidance",
            "pictures.strength",
        ),
    script:
        "../scripts/reconstruct_ceilings.py"


rule score_decoding:
    """Score the reconstructions of all rows between floors and ceilings, and compare them."""
    input:
        frames=rules.picture_frames.output.manifest,
        stimuli=rules.picture_frames.output.stimuli,
        texts=rules.picture_texts.output.manifest,
        vae=rules.train_vae.output.manifest,
        latents=rules.train_vae.output.latents,
        index=rules.cut_windows.output.index,
        clips_cut=rules.cut_clips.output.clips_cut,
        rows=expand(
            rules.reconstruct.output.record, decoder=dict.fromkeys(own.decoder for own in ROWS)
        ),
        ceilings=rules.reconstruct_ceilings.output.record,
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
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(pictures_mb(6000)),
        runtime=more(120),
        gpu=ONE_GPU,
    params:
        scores=score_rows(COMPUTED_FIELDS, other=("decoding",)),
        made_with=trained_as(*CONFIG.decode.variants),
        config=options("run.seed", "decode.threads", "decode.bootstrap"),
    script:
        "../scripts/score_decoding.py"


PACKED = [*CONFIG.decode.decoders, "lookup"][0]
PACKED_FOLDER = DECODER.format(decoder=PACKED, people="known", seed=0)


rule pack_decoder:
    """Copy the first decoder of known people and the models of clips into one folder."""
    input:
        **PICTURES,
        decoder=f"{PACKED_FOLDER}/decoder.json",
        weights=f"{PACKED_FOLDER}/{WEIGHTS}",
        index=rules.cut_windows.output.index,
        code=code("pack_decoder.py", decoder=PACKED),
    output:
        record=f"{RESULTS}/decoder/playback.json",
    log:
        f"{RESULTS}/logs/pack_decoder.log",
    benchmark:
        f"{RESULTS}/benchmarks/pack_decoder.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(15),
    params:
        config=options(
            "preprocess.l_freq",
            "preprocess.h_freq",
            "preprocess.reference",
            "pictures.steps",
            "pictures.guidance",
            "pictures.strength",
        ),
    script:
        "../scripts/pack_decoder.py"
