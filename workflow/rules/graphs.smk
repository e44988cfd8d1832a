"""graphs: electrode graphs by distance, signal graphs by correlation per band."""


rule graphs:
    """Build the electrode graphs and, from training windows, the signal graphs."""
    input:
        cut=rules.cut_windows.output.cut,
        index=rules.cut_windows.output.index,
        normalisation=rules.fit_normalisation.output[0],
        code=code("graphs.py"),
    output:
        graphs=f"{RESULTS}/graphs/graphs.safetensors",
    log:
        f"{RESULTS}/logs/graphs.log",
    benchmark:
        f"{RESULTS}/benchmarks/graphs.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(4000),
        runtime=more(30),
    params:
        config=options("graphs", "run.seed", "train.leave_out"),
    script:
        "../scripts/graphs.py"
