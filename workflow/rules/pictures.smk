"""pictures: clips as frames, text and latents, and the models that draw clips."""


rule picture_frames:
    """Store the frames of all clips, once per part of a video."""
    input:
        clips_cut=rules.cut_clips.output.clips_cut,
        videos=rules.acquire.output.videos,
        code=code("picture_frames.py"),
    output:
        manifest=f"{RESULTS}/pictures/frames.json",
        stimuli=f"{RESULTS}/pictures/stimuli.parquet",
    log:
        f"{RESULTS}/logs/picture_frames.log",
    benchmark:
        f"{RESULTS}/benchmarks/picture_frames.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(4000),
        runtime=more(60),
    params:
        config=options(
            "pictures.frames", "pictures.frame_rate", "pictures.width", "pictures.height"
        ),
    script:
        "../scripts/picture_frames.py"


rule picture_texts:
    """Encode the captions of all clips with the text encoder of CLIP."""
    input:
        stimuli=rules.picture_frames.output.stimuli,
        clip=rules.clip_model.output.manifest,
        code=code("picture_texts.py"),
    output:
        manifest=f"{RESULTS}/pictures/texts.json",
    log:
        f"{RESULTS}/logs/picture_texts.log",
    benchmark:
        f"{RESULTS}/benchmarks/picture_texts.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(4000),
        runtime=more(60),
        gpu=ONE_GPU,
    params:
        config=options("embed.dtype", "embed.batch_size", "pictures.tokens"),
    script:
        "../scripts/picture_texts.py"


rule train_vae:
    """Train the autoencoder of pictures on training videos, and encode all clips."""
    input:
        frames=rules.picture_frames.output.manifest,
        stimuli=rules.picture_frames.output.stimuli,
        code=code("train_vae.py"),
    output:
        manifest=f"{RESULTS}/pictures/vae.json",
        latents=f"{RESULTS}/pictures/latents.json",
    log:
        f"{RESULTS}/logs/train_vae.log",
    benchmark:
        f"{RESULTS}/benchmarks/train_vae.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.pictures.threads
    resources:
        mem_mb=more(pictures_mb(6000)),
        runtime=more(240),
        gpu=ONE_GPU,
    params:
        config=options(
            "run.seed",
            "pictures.vae",
            "pictures.vae_widths",
            "pictures.vae_training",
            "pictures.threads",
        ),
    script:
        "../scripts/train_vae.py"


rule train_pictures:
    """Train the models that draw clips from text, latents and a keyframe, on training videos."""
    input:
        frames=rules.picture_frames.output.manifest,
        stimuli=rules.picture_frames.output.stimuli,
        texts=rules.picture_texts.output.manifest,
        vae=rules.train_vae.output.manifest,
        latents=rules.train_vae.output.latents,
        code=code("train_pictures.py"),
    output:
        manifest=f"{RESULTS}/pictures/generator.json",
    log:
        f"{RESULTS}/logs/train_pictures.log",
    benchmark:
        f"{RESULTS}/benchmarks/train_pictures.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.pictures.threads
    resources:
        mem_mb=more(pictures_mb(6000)),
        runtime=more(480),
        gpu=ONE_GPU,
    params:
        config=options(
            "run.seed",
            "pictures.unet",
            "pictures.motion",
            "pictures.control",
            "pictures.unet_widths",
            "pictures.unet_training",
            "pictures.motion_training",
            "pictures.control_training",
            "pictures.threads",
            "pictures.steps",
            "pictures.guidance",
            "pictures.strength",
            "pictures.ceiling_clips",
        ),
    script:
        "../scripts/train_pictures.py"
