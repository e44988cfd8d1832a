"""ssvep: decoders of a flicker, trained on generated and on real EEG, for people left out of both."""


rule score_ssvep:
    """Train decoders on generated and on real EEG, and test them on one person left out of both."""
    input:
        cut=rules.cut_windows.output.cut,
        index=rules.cut_windows.output.index,
        normalisation=rules.fit_normalisation.output[0],
        videos=rules.embed_videos.output.manifest,
        texts=rules.embed_text.output.manifest,
        checkpoint_without=rules.train_without_person.output.checkpoint,
        model_without=rules.train_without_person.output.model,
        code=code("score_ssvep.py", generator=MODEL),
    output:
        scores=f"{PERSON}/ssvep.json",
    log:
        f"{RESULTS}/logs/people/{{subject}}_ssvep.log",
    benchmark:
        f"{RESULTS}/benchmarks/people/{{subject}}_ssvep.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.sample.threads
    resources:
        mem_mb=more(4000),
        runtime=more(120),
        gpu=ONE_GPU,
    params:
        subject="{subject}",
        made_with=lambda wildcards: trained_without(wildcards.subject),
        config=options("run.seed", "normalisation", "preprocess.h_freq", "sample", "ssvep"),
    script:
        "../scripts/score_ssvep.py"


rule tabulate_ssvep:
    """Tabulate the decoders over all people, and the SNR of each person."""
    input:
        scores=expand(rules.score_ssvep.output.scores, subject=PEOPLE),
        code=code("tabulate_ssvep.py"),
    output:
        table=f"{RESULTS}/evaluation/ssvep.csv",
        snr=f"{RESULTS}/evaluation/ssvep_snr.csv",
    log:
        f"{RESULTS}/logs/ssvep.log",
    benchmark:
        f"{RESULTS}/benchmarks/ssvep.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(1000),
        runtime=more(15),
    params:
        subjects=PEOPLE,
        made_with=lambda wildcards: trained_without(*PEOPLE),
    script:
        "../scripts/tabulate_ssvep.py"
