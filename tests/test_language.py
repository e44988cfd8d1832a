"""Plain English in documentation, docstrings, comments and option descriptions."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "config/README.md")
TEMPLATES = ("src/**/*.j2", "src/**/*.js", "workflow/**/*.rst")
CODE = ("src/**/*.py", "workflow/**/*.py", "benchmarks/**/*.py", "website/**/*.py")
SNAKEMAKE = ("Snakefile", "workflow/**/*.smk")
COMMENTED = ("Snakefile", "Makefile", "workflow/**/*.smk", "config/**/*.yaml", "slurm/*.yaml")

_AMOUNT = (
    r"\d+(?:[.,]\d+)*|one|two|three|four|entry|file|folder|function|line|model|module|row|"
    "s|ms|Hz|uV|µV|MB|MiB|GB|GiB|%|"
    "bands|batches|blocks|bytes|channels|clips|columns|cores|draws|electrodes|embeddings|energies|"
    "epochs|errors|evaluations|factors|features|files|folds|frames|gains|graphs|jobs|keys|labels|"
    "lags|lines|minutes|numbers|parameters|parts|passes|pixels|points|recordings|rows|samples|"
    "scales|scores|seconds|seeds|sentences|spectra|standard deviations|steps|terms|tokens|"
    "trainings|trials|values|videos|weights|widths|windows"
)
_COUNTED = (
    "band|batch|block|channel|class|clip|column|concept|draw|electrode|entry|epoch|family|file|"
    "fold|folder|frame|function|generator|graph|job|key|line|metric|minute|module|node|option|page|"
    "parameter|participant|pass|person|point|recording|region|round|row|rule|run|sample|score|"
    "second|section|seed|session|source|split|stage|step|subject|table|token|trial|variant|video|"
    "window"
)
# "one pydantic model a section"; neither "one row of a table" nor "one person watches a video"
_NO_NOUN = "and|as|by|for|from|in|of|on|or|than|that|to|when|where|with"
_ONE_NOUN = rf"one (?:[\w-]+ )?(?!(?:{_NO_NOUN})\b)[\w-]*(?:[^\Ws]|ss)"
PATTERNS = {
    '"a" for "per"': rf"(?<![\w.])(?<!the )(?:{_AMOUNT}) (?-i:an?) (?:{_COUNTED})\b(?!['’-])",
    '"one … a" for "per"': rf"\b{_ONE_NOUN} (?-i:an?) (?:{_COUNTED})\b(?!['’-])",
    "hang on": r"\b(?:hangs?|hung|hanging) (?:up)?on\b",
    "is had": r"\b(?:is|are|was|were|be|been) had\b",
    "dear": r"\bdear(?:er|est|ly)?\b",
    "timid": r"\btimid(?:ly|ity)?\b",
    "passed over": r"\bpassed over\b",
    "take for": r"\b(?:takes?|taken|took|taking) for\b",
    "told": r"\btold\b|\btell(?:s|ing)? apart\b",
    "taught": r"\b(?:taught|teach(?:es|ing)?|teachers?)\b",
    "what knows": r"\bwhat (?:knows?|goes|comes|stands?)\b|\bknows? nothing\b",
    "what … says of": r"\b(?:says?|said) (?:\w+ )?of an?\b",
    "so far": r"\bhas made so far\b|\basks? for neither\b",
    "go without": r"\b(?:goes|go|going|went) without\b",
    "mend": r"\bmend(?:s|ed|ing)?\b",
    "settle on": r"\bsettl(?:e|es|ed|ing) on\b",
    "anew": r"\banew\b",
    "own means": r"\bown means\b",
    '"is no" for "is not a"': r"(?<!there )\b(?:is|are) no (?!longer\b|better\b|smaller\b)[a-z]",
}
EXCEPTIONS = {
    # a key of state_dict, which stays
    "src/videeg_pipe/models/baselines/__init__.py": ("layer `told`",),
    # the texts of a data card
    "src/videeg_pipe/release/croissant.py": ("augmentation and teaching",),
}
"""File to fragments of its text in which a pattern is correct English."""
READ = (
    *("description", "help", "expected", "found", "next_step", "card"),  # options, errors, sources
    *("label", "definition", "floor", "ceiling", "limits", "headline"),  # scores
)
"""Arguments whose text is written for readers."""
SENTENCE = 6
"""Words from which on any other string constant counts as written for readers."""
NOT_VERBS = (
    "a|an|the|all|each|every|for|how|its|low|mean|one|real|some|those|two|what|which|whether|white"
)
NOUN_PHRASE = rf"(?:{NOT_VERBS})\b|\w*[^\Ws]s\b|\W|\d|[\w-]+ (?:between|of)\b"
"""Beginnings of docstrings that name a result instead of saying what a function does."""

STRINGS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}

# the examples of the project's language guide: sentences to avoid and their replacements
BEFORE = (
    "one file a recording",
    "0.01 s a sample",
    "scores a subject",
    "one pydantic model a section is the only definition of every option",
    "one row a score",
    "one thing a family",
    "one clock for all devices: learning rate and end hang on it",
    "Factor on what the network says of a window's departure from a Gaussian; too timid without",
    "A bar begins at what knows nothing and should reach the mark, the best that can be expected",
    "dearer each than a full batch",
    "SEED-DV is had by sending a form",
    "shows what `compare` has made so far the next time that `all` is run, and asks for neither",
    "Take what hangs on the stimuli alone: all that `fit` may where EEG is private",
    "what comes out by Python's own means",
    "told, taught, printed, reading, material",
    "It is no judgement of the paper.",
)
AFTER = (
    "one file per recording",
    "0.01 s per sample",
    "scores per subject",
    "one pydantic model per section, the only definition of every option",
    "one row of a table",
    "one person watches a video",
    "give the model a score",
    "Elapsed epoch time, broadcast so that all ranks share the learning rate and stop together.",
    "Multiplier on the predicted v. 1 = as trained (under-dispersed), 0 = Gaussian. No effect "
    "without whitening.",
    "Each bar runs from chance to the ceiling; longer is better.",
    "Cost per sample is higher for small batches.",
    "To obtain SEED-DV, send the licence form to BCMI.",
    "Includes existing comparison tables; never triggers them.",
    "Fit stimulus-only statistics; used instead of `fit` under differential privacy.",
    "Lookups are cached",
    "There is no formal guarantee, and it is no longer needed.",
    "encoded / notes, training_scores, console, read_windows, scoring_data",
)


def to_avoid(text: str) -> list[str]:
    """Return the names of the patterns in a text, and around each its words."""
    joined = " ".join(text.split())
    return [
        f"{name}: …{joined[max(0, match.start() - 40) : match.end() + 30]}…"
        for name, pattern in PATTERNS.items()
        for match in re.finditer(pattern, joined, re.IGNORECASE)
    ]


def documentation(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of docstrings, texts for readers and blocks of comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str):
                yield node.lineno, node.value.value
        elif isinstance(node, ast.keyword) and node.arg in READ:
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value
        elif isinstance(node, ast.Constant) and len(str(node.value).split()) >= SENTENCE:
            yield node.lineno, str(node.value)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = [token for token in tokens if token.type == tokenize.COMMENT]
    yield from blocks([(t.start[0], t.line[: t.start[1]], t.string) for t in found])


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of the sentences in strings of a Snakemake file."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in STRINGS and len(token.string.split()) >= SENTENCE:
            yield token.start[0], token.string


def public_functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield public functions and methods, without properties and pydantic's validators."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from public_functions(node)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            decorators = " ".join(ast.unparse(d) for d in node.decorator_list)
            if not re.search("property|validator|serializer", decorators):
                yield node


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of blocks of comments in a file that is not Python."""
    parts = ((n, *line.partition("#")) for n, line in enumerate(source.splitlines(), 1))
    yield from blocks([(n, before, text) for n, before, mark, text in parts if mark])


def blocks(found: list[tuple[int, str, str]]) -> Iterator[tuple[int, str]]:
    """Join comments that fill consecutive lines; each is a line, the code before it, its text."""
    first, last, joined = 0, -1, ""
    for line, before, text in found:
        if before.strip() or line != last + 1:
            yield first, joined
            first, joined = line, ""
        joined = f"{joined} {text.lstrip('#')}"
        last = -1 if before.strip() else line
    yield first, joined


def paragraphs(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of the paragraphs and table rows of a page."""
    line = 1
    for part in re.split(r"(\n(?=\n|\||- |\* |#))", source):
        yield line, part
        line += part.count("\n")


def texts() -> Iterator[tuple[Path, int, str]]:
    """Yield file, line and text of everything that is written for readers."""
    for globs, read in (
        (PAGES + TEMPLATES, paragraphs),
        (CODE, documentation),
        (COMMENTED, comments),
        (SNAKEMAKE, sentences),
    ):
        for pattern in globs:
            for path in sorted(ROOT.glob(pattern)):
                for line, text in read(path.read_text(encoding="utf-8")):
                    yield path.relative_to(ROOT), line, text


@pytest.mark.parametrize("text", BEFORE)
def test_patterns_find_the_sentences_to_avoid(text):
    assert to_avoid(text)


@pytest.mark.parametrize("text", AFTER)
def test_patterns_leave_their_replacements_alone(text):
    assert to_avoid(text) == []


def test_documentation_is_found_where_it_is_written():
    source = '"""Module."""\nx = Field(1, description="Option.")  # one\n# two\n\n# three\n'
    sentence = 'y = "a message of at least six words"\n'
    assert [text for _, text in documentation(sentence) if text] == [sentence[5:-2]]
    assert [text for _, text in sentences(f"rule a:\n    {sentence}")] == [sentence[4:-1]]
    assert [text.strip() for _, text in documentation(source)] == [
        "Module.", "Option.", "", "one", "two", "three"
    ]  # fmt: skip
    joined = [text.split() for _, text in comments("a: 1  # one\n# two\n# three\nb: 2\n")]
    assert joined == [[], ["one"], ["two", "three"]]
    assert [line for line, text in paragraphs("one\n\n| a |\n| b |\n") if text.strip()] == [1, 3, 4]


def test_plain_english():
    found = [
        f"{path}:{line}: {problem}"
        for path, line, text in texts()
        for problem in to_avoid(text)
        if not any(fragment in problem for fragment in EXCEPTIONS.get(str(path), ()))
    ]
    assert found == [], "\n" + "\n".join(found)


def test_docstrings_of_functions_say_what_they_do():
    nouns = ("Path of one input.", "Scales, (n, C, 1)", "The scores", "SHA-256 of a file")
    assert all(re.match(NOUN_PHRASE, text, re.IGNORECASE) for text in nouns)
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {text.splitlines()[0]}"
        for path in sorted(ROOT.glob("src/**/*.py"))
        for node in public_functions(ast.parse(path.read_text(encoding="utf-8")))
        if (text := ast.get_docstring(node)) and re.match(NOUN_PHRASE, text, re.IGNORECASE)
    ]
    assert found == [], "\n" + "\n".join(found)


def test_names_beside_files_exist_in_the_map_of_the_papers():
    page = (ROOT / "docs/paper-map.md").read_text(encoding="utf-8")
    pairs = re.findall(r"`([\w/]+\.py)`((?:,? `[A-Za-z_]+(?:\.[A-Za-z_]+)?`)*)", page)
    missing = []
    for file, listed in pairs:
        paths = [path for path in (ROOT / "src/videeg_pipe" / file, ROOT / file) if path.is_file()]
        code = paths[0].read_text(encoding="utf-8") if paths else ""
        names = re.findall(r" `(\w+)(?:\.(\w+))?`", re.sub(r", `\w+\.\w+`", "", listed))
        wanted = [name for pair in names for name in pair if name]
        if not paths or not all(re.search(rf"(?:class|def) {name}\b", code) for name in wanted):
            missing.append(f"{file}{listed}")
    assert pairs and missing == []
