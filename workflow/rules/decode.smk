"""decode: decoders from EEG to text and latents, and their adaptation to new people."""


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
        gpu=ONE_GPU,
    params:
        spec=lambda w: row(DECODERS[base_of(w.decoder, CONFIG)], "class_name"),
        base=lambda w: base_of(w.decoder, CONFIG),
        people=lambda w: trained_on(w.people),
        config=lambda w: options("run.seed", "decode.threads") | DECODER_OPTIONS[w.decoder],
    script:
        "../scripts/train_decoder.py"


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
    priority: 1  # the longest chain of jobs runs through it
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.decode.threads
    resources:
        mem_mb=more(6000),
        runtime=more(240),
        gpu=ONE_GPU,
    params:
        rows=lambda w: [asdict(own) for own in decoder_rows(w) if own.protocol == "new-p"],
        people=DECODING_PEOPLE.new,
        config=options("run.seed", "decode.threads", "mapper", "decoders"),
    script:
        "../scripts/adapt_decoder.py"
