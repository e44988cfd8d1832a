"""augment: what generated EEG adds to decoders, over shares of the real EEG."""

from videeg_pipe.contracts.generated_clips import FLOORS, GENERATOR, NEW_ORIGINS, ORIGINS

SHARES = [f"{share:g}" for share in CONFIG.augment.shares]
SHARE = f"{RESULTS}/augment/share-{{share}}"
CALIBRATED = [f"{percent:g}" for percent in CONFIG.augment.calibration if DECODING_PEOPLE.new]
NEW = f"{RESULTS}/augment/new-{{percent}}"


wildcard_constraints:
    share=r"[\d.]+",
    floor="|".join(FLOORS),
    percent=r"[\d.]+",


rule cut_share:
    """Keep the windows of the earliest training clips of known people: all a generator may see."""
    input:
        cut=rules.cut_windows.output.cut,
        clips_cut=rules.cut_clips.output.clips_cut,
        code=code("cut_share.py"),
    output:
        cut=f"{SHARE}/cut.parquet",
    log:
        f"{RESULTS}/logs/augment/{{share}}_cut.log",
    benchmark:
        f"{RESULTS}/benchmarks/augment/{{share}}_cut.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(15),
    params:
        people=DECODING_PEOPLE.known,
        config=options("decode.new_people"),
    script:
        "../scripts/cut_share.py"


use rule fit_normalisation as normalise_share with:
    input:
        cut=rules.cut_share.output.cut,
        index=rules.cut_windows.output.index,
        code=code("fit_normalisation.py"),
    output:
        update(f"{SHARE}/normalisation.json"),
    log:
        f"{RESULTS}/logs/augment/{{share}}_normalisation.log",
    benchmark:
        f"{RESULTS}/benchmarks/augment/{{share}}_normalisation.tsv"


use rule graphs as graphs_of_share with:
    input:
        cut=rules.cut_share.output.cut,
        index=rules.cut_windows.output.index,
        normalisation=rules.normalise_share.output[0],
        code=code("graphs.py"),
    output:
        graphs=update(f"{SHARE}/graphs.safetensors"),
    log:
        f"{RESULTS}/logs/augment/{{share}}_graphs.log",
    benchmark:
        f"{RESULTS}/benchmarks/augment/{{share}}_graphs.tsv"


SHARE_DATA = TRAINING_DATA | {
    "cut": rules.cut_share.output.cut,
    "normalisation": rules.normalise_share.output[0],
}


use rule train as train_on_share with:
    input:
        **SHARE_DATA,
        graphs=share_graphs,
        code=code("train.py", generator=MODEL),
    output:
        checkpoint=update(f"{SHARE}/checkpoint.safetensors"),
        model=update(f"{SHARE}/model.json"),
        history=update(f"{SHARE}/history.parquet"),
    log:
        f"{RESULTS}/logs/augment/{{share}}_train.log",
    benchmark:
        f"{RESULTS}/benchmarks/augment/{{share}}_train.tsv"
    params:
        model=MODEL,
        generator=row(GENERATORS[MODEL], "class_name"),
        config=rules.train.params.config,


rule generate_clips:
    """Generate EEG of the share's clips by the generator that was trained on the share."""
    input:
        **SHARE_DATA,
        checkpoint=rules.train_on_share.output.checkpoint,
        model=rules.train_on_share.output.model,
        clips_cut=rules.cut_clips.output.clips_cut,
        code=code("generate_clips.py", generator=MODEL),
    output:
        manifest=f"{SHARE}/{GENERATOR}/clips.json",
    log:
        f"{RESULTS}/logs/augment/{{share}}_{GENERATOR}.log",
    benchmark:
        f"{RESULTS}/benchmarks/augment/{{share}}_{GENERATOR}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.sample.threads
    resources:
        mem_mb=more(6000),
        runtime=more(240),
        gpu=ONE_GPU,
    params:
        people=DECODING_PEOPLE.known,
        config=options("run.seed", "sample", "augment.multiples"),
    script:
        "../scripts/generate_clips.py"


rule draw_floor:
    """Make EEG of the share's clips without a generator: one of the floors."""
    input:
        index=rules.cut_windows.output.index,
        normalisation=rules.normalise_share.output[0],
        clips_cut=rules.cut_clips.output.clips_cut,
        code=code("draw_floor.py"),
    output:
        manifest=f"{SHARE}/{{floor}}/clips.json",
    log:
        f"{RESULTS}/logs/augment/{{share}}_{{floor}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/augment/{{share}}_{{floor}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.sample.threads
    resources:
        mem_mb=more(6000),
        runtime=more(60),
    params:
        people=DECODING_PEOPLE.known,
        config=options("run.seed", "sample.threads", "augment.multiples"),
    script:
        "../scripts/draw_floor.py"


rule score_augmented:
    """Train a decoder on real and generated clips of a share, and score it on real test clips."""
    input:
        generated=expand(f"{SHARE}/{{origin}}/clips.json", origin=ORIGINS, allow_missing=True),
        clips_cut=rules.cut_clips.output.clips_cut,
        index=rules.cut_windows.output.index,
        stimuli=rules.picture_frames.output.stimuli,
        texts=rules.picture_texts.output.manifest,
        latents=rules.train_vae.output.latents,
        code=decoder_code("score_augmented.py"),
    output:
        scores=f"{SHARE}/{{decoder}}.parquet",
    log:
        f"{RESULTS}/logs/augment/{{share}}_{{decoder}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/augment/{{share}}_{{decoder}}.tsv"
    wildcard_constraints:
        decoder="|".join(map(re.escape, DECODERS)),
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(8000),
        runtime=more(480),
        gpu=ONE_GPU,
    params:
        spec=lambda w: row(DECODERS[w.decoder], "class_name"),
        people=DECODING_PEOPLE.known,
        config=lambda w: options(
            "run.seed",
            "decode.threads",
            "augment.multiples",
            "augment.seeds",
            *DECODERS[w.decoder].options,
        ),
    script:
        "../scripts/score_augmented.py"


rule compare_augmented:
    """Compare decoders with real EEG alone and with the floors, in one table."""
    input:
        scores=expand(
            rules.score_augmented.output.scores, decoder=CONFIG.augment.decoders, share=SHARES
        ),
        code=code("compare_augmented.py"),
    output:
        table=f"{RESULTS}/evaluation/augmentation.csv",
    log:
        f"{RESULTS}/logs/augmentation.log",
    benchmark:
        f"{RESULTS}/benchmarks/augmentation.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(30),
    params:
        config=options(
            "run.seed",
            "decode.bootstrap",
            "augment.shares",
            "augment.calibration",
            "augment.decoders",
        ),
    script:
        "../scripts/compare_augmented.py"


rule calibrate_clips:
    """Make EEG of new people for all training clips, from their earliest training clips."""
    input:
        **TRAINING_DATA
        | {
            "normalisation": rules.normalise_share.output[0].format(share=100),
            "checkpoint": rules.train_on_share.output.checkpoint.format(share=100),
            "model": rules.train_on_share.output.model.format(share=100),
        },
        clips_cut=rules.cut_clips.output.clips_cut,
        code=code("calibrate_clips.py", generator=MODEL),
    output:
        manifest=f"{NEW}/{{origin}}/clips.json",
    log:
        f"{RESULTS}/logs/augment/new-{{percent}}_{{origin}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/augment/new-{{percent}}_{{origin}}.tsv"
    wildcard_constraints:
        origin="|".join(NEW_ORIGINS),
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.sample.threads
    resources:
        mem_mb=more(6000),
        runtime=more(120),
        gpu=ONE_GPU,
    params:
        people=DECODING_PEOPLE.new,
        known=DECODING_PEOPLE.known,
        config=options("run.seed", "sample", "normalisation"),
    script:
        "../scripts/calibrate_clips.py"


rule score_calibrated:
    """Train a decoder with generated EEG of new people and in rival ways, and score it on them."""
    input:
        generated=expand(f"{NEW}/{{origin}}/clips.json", origin=NEW_ORIGINS, allow_missing=True),
        clips_cut=rules.cut_clips.output.clips_cut,
        index=rules.cut_windows.output.index,
        stimuli=rules.picture_frames.output.stimuli,
        texts=rules.picture_texts.output.manifest,
        latents=rules.train_vae.output.latents,
        code=decoder_code("score_calibrated.py"),
    output:
        scores=f"{NEW}/{{decoder}}.parquet",
    log:
        f"{RESULTS}/logs/augment/new-{{percent}}_{{decoder}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/augment/new-{{percent}}_{{decoder}}.tsv"
    wildcard_constraints:
        decoder="|".join(map(re.escape, DECODERS)),
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(8000),
        runtime=more(480),
        gpu=ONE_GPU,
    params:
        spec=lambda w: row(DECODERS[w.decoder], "class_name"),
        people=DECODING_PEOPLE.new,
        known=DECODING_PEOPLE.known,
        config=lambda w: options(
            "run.seed",
            "decode.threads",
            "augment.seeds",
            "mapper",
            "decoders",
            *DECODERS[w.decoder].options,
        ),
    script:
        "../scripts/score_calibrated.py"


use rule compare_augmented as compare_calibrated with:
    input:
        scores=expand(
            rules.score_calibrated.output.scores,
            decoder=CONFIG.augment.decoders,
            percent=CALIBRATED,
        ),
        code=code("compare_augmented.py"),
    output:
        table=update(f"{RESULTS}/evaluation/virtual_calibration.csv"),
    log:
        f"{RESULTS}/logs/virtual_calibration.log",
    benchmark:
        f"{RESULTS}/benchmarks/virtual_calibration.tsv"
