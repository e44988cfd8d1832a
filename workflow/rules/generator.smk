"""generator: the trained generator as a folder of its own, for `videeg generate`."""


rule pack_generator:
    """Copy weights, scales and CLIP of the trained generator into one folder, with a model card."""
    input:
        checkpoint=f"{RESULTS}/models/{MODEL}/checkpoint.safetensors",
        model=f"{RESULTS}/models/{MODEL}/model.json",
        normalisation=rules.fit_normalisation.output[0],
        participants=rules.acquire.output.participants,
        key=rules.release.output.key,
        clip=rules.clip_model.output.manifest,
        cut=rules.cut_windows.output.cut,
        index=rules.cut_windows.output.index,
        videos=rules.embed_videos.output.manifest,
        texts=rules.embed_text.output.manifest,
        code=code("pack_generator.py", generator=MODEL),
    output:
        record=f"{RESULTS}/generator/generator.json",
    log:
        f"{RESULTS}/logs/pack_generator.log",
    benchmark:
        f"{RESULTS}/benchmarks/pack_generator.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.sample.threads
    resources:
        mem_mb=more(4000),
        runtime=more(30),
    params:
        config=options(
            "source.kind",
            "preprocess.l_freq",
            "preprocess.h_freq",
            "preprocess.reference",
            "embed.model",
            "embed.revision",
            "embed.dtype",
            "embed.batch_size",
            "embed.frame_rate",
            "embed.frame_size",
            "embed.grid_s",
            "embed.align_window_s",
            "embed.align_overlap",
            "sample",
        ),
    script:
        "../scripts/pack_generator.py"
