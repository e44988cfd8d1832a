"""release: the samples as one published data set."""


rule release:
    """Check every sample against its manifest and merge all into one documented HDF5 file."""
    input:
        windows=rules.select_windows.output.windows,
        parts=expand(rules.sample.output.manifest, model=MODEL, part=PARTS),
        model=f"{RESULTS}/models/{MODEL}/model.json",
        eeg=expand(rules.preprocess.output.manifest, subject=SUBJECTS),
        clips=rules.acquire.output.clips,
        video_table=rules.acquire.output.videos,
        emotions=rules.label_emotions.output.emotions,
        videos=rules.embed_videos.output.manifest,
        clip=rules.clip_model.output.manifest,
        description=DESCRIPTION,
        code=code("release.py"),
    output:
        h5=RELEASE[0],
        split=RELEASE[1],
        manifest=RELEASE[2],
        croissant=RELEASE[3],
        licence=RELEASE[5],
        key=f"{RESULTS}/pseudonyms.csv",
    log:
        f"{RESULTS}/logs/release.log",
    benchmark:
        f"{RESULTS}/benchmarks/release.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(release_minutes(120, per_minute=20_000)),
    params:
        source=row(SOURCE, "card", "simulated", "description_file"),
        config=options(
            "run.model",
            "run.seed",
            "source.kind",
            "embed.grid_s",
            "preprocess.l_freq",
            "preprocess.h_freq",
            "condition",
            "release",
        ),
    script:
        "../scripts/release.py"
