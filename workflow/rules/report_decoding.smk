"""report: the page of decoded videos."""


rule report_decoding:
    """Write the page with the scores of all rows, and contact sheets of all reconstructed clips."""
    input:
        scores=rules.score_decoding.output.scores,
        clips=rules.score_decoding.output.clips,
        rows=rules.score_decoding.input.rows,
        frames=rules.picture_frames.output.manifest,
        stimuli=rules.picture_frames.output.stimuli,
        code=code("report_decoding.py"),
    output:
        html=report(
            f"{RESULTS}/report/decoding.html",
            caption="../report/decoding.rst",
            category="Decoding",
        ),
    log:
        f"{RESULTS}/logs/report_decoding.log",
    benchmark:
        f"{RESULTS}/benchmarks/report_decoding.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(15),
    params:
        scores=score_rows(other=("decoding",)),
        decoders={own.decoder: DECODERS[base_of(own.decoder, CONFIG)].description for own in ROWS},
        source=row(SOURCE, "description", "simulated"),
        made_with=trained_as(*CONFIG.decode.variants),
        config=options("run.seed", "source.kind"),
    script:
        "../scripts/report_decoding.py"
