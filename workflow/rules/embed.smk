"""embed: CLIP features of frames and sentences, the stimulus track, emotions."""


rule clip_model:
    """Build the small untrained CLIP, or record the CLIP weights in use."""
    input:
        code=code("clip_model.py"),
    output:
        manifest=f"{RESULTS}/clip/model.json",
    log:
        f"{RESULTS}/logs/clip_model.log",
    benchmark:
        f"{RESULTS}/benchmarks/clip_model.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(4000),
        runtime=more(60),
    params:
        config=options("run.seed", "embed.model", "embed.revision", "embed.captions"),
    script:
        "../scripts/clip_model.py"


rule embed_videos:
    """Embed each video once for all subjects, and measure its stimulus track."""
    input:
        videos=rules.acquire.output.videos,
        clip=rules.clip_model.output.manifest,
        code=code("embed_videos.py"),
    output:
        manifest=f"{RESULTS}/video/videos.json",
    log:
        f"{RESULTS}/logs/embed_videos.log",
    benchmark:
        f"{RESULTS}/benchmarks/embed_videos.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 2
    resources:
        mem_mb=more(4000),
        runtime=more(240),
        gpu=ONE_GPU,
    params:
        config=options(
            "embed.dtype",
            "embed.batch_size",
            "embed.frame_rate",
            "embed.frame_size",
            "embed.grid_s",
            "embed.align_window_s",
            "embed.align_overlap",
        ),
    script:
        "../scripts/embed_videos.py"


rule embed_text:
    """Encode the sentence about each participant with the text encoder of CLIP."""
    input:
        participants=rules.acquire.output.participants,
        clip=rules.clip_model.output.manifest,
        code=code("embed_text.py"),
    output:
        manifest=f"{RESULTS}/text/texts.json",
    log:
        f"{RESULTS}/logs/embed_text.log",
    benchmark:
        f"{RESULTS}/benchmarks/embed_text.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(4000),
        runtime=more(30),
    params:
        config=options("embed.dtype", "embed.batch_size"),
    script:
        "../scripts/embed_text.py"


rule label_emotions:
    """Label the emotion of each clip: by the source, or by a marked zero-shot guess of CLIP."""
    input:
        clips=rules.acquire.output.clips,
        videos=rules.embed_videos.output.manifest,
        clip=rules.clip_model.output.manifest,
        code=code("label_emotions.py"),
    output:
        emotions=f"{RESULTS}/emotions.parquet",
    log:
        f"{RESULTS}/logs/label_emotions.log",
    benchmark:
        f"{RESULTS}/benchmarks/label_emotions.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(4000),
        runtime=more(30),
    params:
        config=options("embed.zero_shot_emotion"),
    script:
        "../scripts/label_emotions.py"
