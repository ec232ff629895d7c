"""What may differ between models that are trained side by side. The defaults are the recipe of the shipped encoder."""

from dataclasses import asdict, dataclass, fields

import torch


@dataclass(frozen=True)
class Recipe:
    rate: float = 4.0e-4  # peak of the learning rate
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    layer_drop: float = 0.05  # stochastic depth, in the last layer; less in the ones before
    embedding_dropout: float = 0.2
    mixup: float = 0.25  # how many clips are mixed with another
    adversary: float = 0.0  # weight of the reversed gradient that makes speakers hard to tell
    features: float = 1.0  # weight of telling the clip's features made by hand from its embedding
    normalise: float = 0.0  # 1: every clip at the same level; 0: as loud as it is
    speed: float = 0.12  # at most so much faster or slower, with the pitch
    warp: float = 0.10  # at most so much of the frequency axis, without the tempo
    gain: float = 6.0  # dB, up or down
    noise: float = 0.4  # how many clips get noise
    babble: float = 0.1  # how many clips get another voice below
    room: float = 0.2  # how many clips get a room
    equaliser: float = 5.0  # dB, up or down
    borrow: float = 0.4  # how many clips take on some of another's mean spectrum
    mask: float = 0.9  # width of the masks in time and frequency, 1 being 25 rows and 12 bins
    committee: float = 0.7  # share of a committee's opinion in what is taught, where one is given
    unheard: float = 0.4  # share in that opinion of the member that has not heard the voice
    shift: float = 0.5  # how many clips begin at another position than the first

    @staticmethod
    def parse(text: str) -> "Recipe":
        """`name=value,name=value`: what differs from the defaults."""
        known = {field.name for field in fields(Recipe)}
        changes = {}
        for part in filter(None, text.split(",")):
            name, _, value = part.partition("=")
            if name not in known:
                raise SystemExit(f"a recipe has no '{name}'; it has: {', '.join(sorted(known))}")
            changes[name] = float(value)
        return Recipe(**changes)


def stack(recipes: list[Recipe], device) -> dict[str, torch.Tensor]:
    """Each value as [models, 1]."""
    rows = [asdict(recipe) for recipe in recipes]
    return {name: torch.tensor([[row[name]] for row in rows], device=device) for name in rows[0]}
