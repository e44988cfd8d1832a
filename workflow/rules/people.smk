"""people: each person held out of a training, then scored after adaptation to some windows."""

from videeg_pipe.preprocess.split import held_out

# With split.by subject, only held-out people have test windows, and they have no training windows.
PEOPLE = held_out(CONFIG.split, "test", SUBJECTS) if CONFIG.split.by == "subject" else SUBJECTS
PEOPLE = [subject for subject in PEOPLE if subject not in CONFIG.train.leave_out]
PERSON = f"{RESULTS}/people/{{subject}}"


use rule graphs as graphs_without_person with:
    output:
        graphs=update(f"{PERSON}/graphs.safetensors"),
    log:
        f"{RESULTS}/logs/people/{{subject}}_graphs.log",
    benchmark:
        f"{RESULTS}/benchmarks/people/{{subject}}_graphs.tsv"
    params:
        config=options_without_person("graphs", "run.seed", "train.leave_out"),


use rule train as train_without_person with:
    input:
        **TRAINING_DATA,
        graphs=rules.graphs_without_person.output.graphs,
        code=code("train.py", generator=MODEL),
    output:
        checkpoint=update(f"{PERSON}/checkpoint.safetensors"),
        model=update(f"{PERSON}/model.json"),
        history=update(f"{PERSON}/history.parquet"),
    log:
        f"{RESULTS}/logs/people/{{subject}}_train.log",
    benchmark:
        f"{RESULTS}/benchmarks/people/{{subject}}_train.tsv"
    params:
        model=MODEL,
        generator=row(GENERATORS[MODEL], "class_name"),
        made_with=lambda wildcards: trained_without(wildcards.subject),
        config=options_without_person("run.seed", "condition", *CONFIG.architecture, "train"),


rule score_person:
    """Score generators on the test windows of one person: trained with the person, and adapted."""
    input:
        cut=rules.cut_windows.output.cut,
        index=rules.cut_windows.output.index,
        normalisation=rules.fit_normalisation.output[0],
        videos=rules.embed_videos.output.manifest,
        texts=rules.embed_text.output.manifest,
        checkpoint=f"{RESULTS}/models/{MODEL}/checkpoint.safetensors",
        model=f"{RESULTS}/models/{MODEL}/model.json",
        checkpoint_without=rules.train_without_person.output.checkpoint,
        model_without=rules.train_without_person.output.model,
        code=code("score_person.py", generator=MODEL, scores=True),
    output:
        scores=f"{PERSON}/scores.json",
    log:
        f"{RESULTS}/logs/people/{{subject}}_score.log",
    benchmark:
        f"{RESULTS}/benchmarks/people/{{subject}}_score.tsv"
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
        scores=score_rows(COMPUTED_FIELDS - {"definition"}),
        config=options(
            "run.seed",
            "normalisation",
            "sample",
            "evaluation.mean_draws",
            "evaluation.max_windows",
            "new_people",
        ),
    script:
        "../scripts/score_person.py"


rule tabulate_people:
    """Tabulate the scores of all people and their means."""
    input:
        scores=expand(rules.score_person.output.scores, subject=PEOPLE),
        code=code("tabulate_people.py"),
    output:
        table=f"{RESULTS}/evaluation/people.csv",
    log:
        f"{RESULTS}/logs/people.log",
    benchmark:
        f"{RESULTS}/benchmarks/people.tsv"
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
        "../scripts/tabulate_people.py"
