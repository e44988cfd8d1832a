"""phantoms: the whole workflow on several phantoms, and one table of their scores."""

from videeg_pipe.config.files import read_section
from videeg_pipe.config.phantom_seeds import PhantomSeeds

try:
    PHANTOM_SEEDS = read_section(PhantomSeeds, Path(workflow.basedir, "config", "phantoms.yaml"))
except ConfigError as error:
    logger.error(str(error))
    sys.exit(1)
PHANTOM_TABLES = {
    "phantoms": PHANTOM_SEEDS.final,
    "phantoms-development": PHANTOM_SEEDS.development,
}
SCRIPTS = [file.name for file in Path(workflow.basedir, "workflow", "scripts").glob("*.py")]
WHOLE_CODE = sorted(
    {
        *code(*SCRIPTS, generator=MODEL, source="tables", scores=True),
        *code(*SCRIPTS, source="reading"),
    }
)


wildcard_constraints:
    phantoms="|".join(PHANTOM_TABLES),


rule run_phantom:
    """Run the whole workflow with another seed, which also makes another phantom."""
    input:
        whole=WHOLE_CODE,
        code=code("run_phantom.py"),
    output:
        metrics=f"{RESULTS}/phantoms/seed-{{seed}}.json",
    log:
        f"{RESULTS}/logs/phantoms/seed-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/phantoms/seed-{{seed}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: max(CONFIG.train.threads, CONFIG.sample.threads)
    resources:
        mem_mb=more(8000),
        runtime=more(240),
        gpu=training_gpus(),
    params:
        snakefile=os.path.relpath(f"{workflow.basedir}/Snakefile"),
        scores=score_rows(),
        config=options(
            "run.model",
            "run.gpus",
            "source",
            "phantom",
            "preprocess",
            "windows",
            "split",
            "normalisation",
            "embed",
            "graphs",
            "condition",
            *CONFIG.architecture,
            "train",
            "sample",
            "release",
            "evaluation",
            "report",
        ),
    script:
        "../scripts/run_phantom.py"


rule tabulate_phantoms:
    """Tabulate the scores on all phantoms and their means."""
    input:
        metrics=lambda w: expand(rules.run_phantom.output.metrics, seed=PHANTOM_TABLES[w.phantoms]),
        code=code("tabulate_phantoms.py"),
    output:
        table=f"{RESULTS}/evaluation/{{phantoms}}.csv",
    log:
        f"{RESULTS}/logs/phantoms/{{phantoms}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/phantoms/{{phantoms}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(1000),
        runtime=more(15),
    params:
        seeds=lambda w: PHANTOM_TABLES[w.phantoms],
    script:
        "../scripts/tabulate_phantoms.py"
