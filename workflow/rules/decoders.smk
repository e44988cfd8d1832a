"""The rows of the table of decoders, and input functions of decode, reconstruct and augment."""

from videeg_pipe.config.variants import base_of, decoder_options
from videeg_pipe.contracts.decoding import CEILINGS, decoder_record
from videeg_pipe.contracts.generated_clips import check_generator
from videeg_pipe.models.decoders.rows import People, list_rows

try:
    DECODING_PEOPLE = People.of(SUBJECTS, CONFIG.decode)
    ROWS = list_rows(CONFIG.decode, DECODING_PEOPLE)
    DECODER_OPTIONS = {own.decoder: decoder_options(own.decoder, CONFIG) for own in ROWS}
except (ConfigError, UserError) as error:
    logger.error(str(error))
    sys.exit(1)
DECODER = f"{RESULTS}/decoders/{{decoder}}/{{people}}/seed-{{seed}}"
WEIGHTS = "decoder.safetensors"


wildcard_constraints:
    decoder="|".join(map(re.escape, DECODER_OPTIONS)),
    people="|".join(["known", *(re.escape(f"of-{person}") for person in DECODING_PEOPLE.single)]),


def decoder_code(script):
    """Return an input function: the source files of a job, with those of its decoder."""
    return lambda w: code(script, decoder=base_of(w.decoder, CONFIG))


def decoder_rows(w):
    """Return the rows of the table that a decoder has."""
    return [own for own in ROWS if own.decoder == w.decoder]


def trained_on(people):
    """Return the names of the people that a decoder is trained on."""
    return DECODING_PEOPLE.known if people == "known" else [people.removeprefix("of-")]


def known_files(w):
    """Return the files of a decoder of known people, for each seed."""
    folders = [
        DECODER.format(decoder=w.decoder, people="known", seed=seed)
        for seed in sorted({own.seed for own in decoder_rows(w)})
    ]
    return [f"{folder}/{name}" for folder in folders for name in ("decoder.json", WEIGHTS)]


def decoder_files(w):
    """Return the records and weights of all decoders of a decoder's rows, but of adapted ones."""
    records = [
        decoder_record(Path(RESULTS), own, person)
        for own in decoder_rows(w)
        for person in DECODING_PEOPLE.of_group(own.group)
        if own.protocol != "new-p"
    ]
    return [
        str(path.with_name(name))
        for path in dict.fromkeys(records)
        for name in (path.name, WEIGHTS)
    ]


def adapted_files(w):
    """Return the list of a decoder's adaptations, if it has any."""
    adapted = any(own.protocol == "new-p" for own in decoder_rows(w))
    return rules.adapt_decoder.output.record.format(decoder=w.decoder) if adapted else []


def trained_as(*decoders):
    """Return the options of the decoders that are variants, for `made_with`."""
    made_with = {}
    # in the order given: params in another order would run jobs again
    for name in [name for name in decoders if name in CONFIG.decode.variants]:
        for seed in range(CONFIG.decode.seeds):
            made_with |= own_options(rules.train_decoder, decoder=name, people="known", seed=seed)
    return made_with


def share_graphs(w):
    """Return the graphs of a share; end the run before a generator is trained that makes no clips."""
    try:
        check_generator(MODEL, CONFIG.spgn.whitening)
    except UserError as error:
        logger.error(str(error))
        sys.exit(1)
    return rules.graphs_of_share.output.graphs.format(share=w.share)
