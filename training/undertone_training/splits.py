"""Which speakers train, which choose, and which are only ever reported on.

Four kinds of model are trained, all by the same recipe:

    fold I           without the speakers of fold I: to choose between recipes, and to calibrate on voices the encoder has not heard
    report           without the test speakers: what the model card reports on them
    shipped          with everybody: what is shipped
    without CORPUS   without anybody of a corpus, and so without its language: how languages are understood that were not heard

Of each there can be members of a committee (committee.py), NAME.I: without a quarter of the speakers that NAME hears.

Folds come in two sets: `selection` folds deal out only the speakers that are not test speakers, so that nothing used to choose
is reported; `calibration` folds deal out all of them, for the shipped model's probabilities.
"""

from collections import defaultdict

# The last of each corpus by name: the choice was made before anything was trained.
TEST_SPEAKERS = frozenset(
    [f"ravdess-{actor}" for actor in (15, 16, 17, 18)] + ["emodb-12", "emodb-13"] + ["nemo-SM0", "nemo-WR0"]
)
FOLDS = 4


def corpus_of(speaker: str) -> str:
    return speaker.split("-", 1)[0]


def deal(speakers: list[str]) -> dict[str, int]:
    """Speaker to fold: by corpus and name, RAVDESS's actors in pairs of a man and a woman."""
    of_corpus = defaultdict(list)
    for speaker in sorted(set(speakers)):
        of_corpus[corpus_of(speaker)].append(speaker)
    fold_of = {}
    for corpus, names in of_corpus.items():
        size = 2 if corpus == "ravdess" else 1
        for index, name in enumerate(names):
            fold_of[name] = (index // size) % FOLDS
    return fold_of


def held_out(name: str, speakers: list[str]) -> frozenset[str]:
    """The speakers that the model of this name must not hear: `shipped`, `report`, `selection-I`, `calibration-I` or
    `without-CORPUS`, and of each of these members of a committee, NAME.I."""
    name, dot, member = name.partition(".")
    if dot:
        if not member.isdigit() or int(member) >= FOLDS:
            raise SystemExit(f"no member of a committee is called '{name}.{member}': {name}.0 to {name}.{FOLDS - 1}")
        out = held_out(name, speakers)
        fold_of = deal([s for s in speakers if s not in out])
        return out | {speaker for speaker, fold in fold_of.items() if fold == int(member)}
    if name == "shipped":
        return frozenset()
    if name == "report":
        return TEST_SPEAKERS
    kind, _, number = name.partition("-")
    if kind == "without":
        return _of_corpus(number, speakers)
    if kind not in ("selection", "calibration") or not number.isdigit() or int(number) >= FOLDS:
        raise SystemExit(f"no split is called '{name}': shipped, report, selection-I, calibration-I, I below {FOLDS}, "
                         "or without-CORPUS")  # fmt: skip
    dealt = [s for s in speakers if kind == "calibration" or s not in TEST_SPEAKERS]
    fold_of = deal(dealt)
    out = {speaker for speaker, fold in fold_of.items() if fold == int(number)}
    return frozenset(out | (TEST_SPEAKERS if kind == "selection" else set()))


def _of_corpus(corpus: str, speakers: list[str]) -> frozenset[str]:
    there = sorted({corpus_of(speaker) for speaker in speakers})
    if corpus not in there:
        raise SystemExit(f"split 'without-{corpus}': no speaker is of a corpus '{corpus}'; these recordings have {', '.join(there)}")
    return frozenset(speaker for speaker in speakers if corpus_of(speaker) == corpus)


def side(name: str, speakers: list[str]) -> list[str]:
    """`train`, `test` or nothing for each of these speakers' clips. A test speaker is tested by `report` and
    `without-CORPUS` alone (and by `calibration-I`, where no figure is reported)."""
    out = held_out(name, speakers)
    unused = TEST_SPEAKERS if name.startswith("selection") else frozenset()
    return ["" if s in unused else "test" if s in out else "train" for s in speakers]
