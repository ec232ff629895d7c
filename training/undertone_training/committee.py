"""What a model is taught beside the labels: the opinion of others about the same clip, augmented alike.

Models trained apart, for the same split, say together what each alone says less surely (Hinton et al. 2015; the same view for teachers
and student: Beyer et al. 2022). Members named SPLIT.I were trained without a quarter of the voices that the student hears, so that of
every voice one of four is a stranger. The others know its label by heart and mostly repeat it; what the stranger says is how
the clip sounds to somebody who does not know the voice.
"""

import json
from pathlib import Path

import torch

from .classifiers import Classifiers
from .encoder import Shape, pool
from .recordings import Recordings
from .splits import held_out


class Committee:
    """For each of the students, whose splits are `splits`, the models SPLIT and SPLIT.I of a training with `--keep`, as many
    for each."""

    def __init__(self, folder: Path, splits: list[str], recordings: Recordings, device, compiled: bool):
        names = [result["model"].partition(":")[0] for result in json.loads((folder / "results.json").read_text(encoding="utf-8"))]
        members = [[at for at, name in enumerate(names) if name.partition(".")[0] == split] for split in splits]
        for split, found in zip(splits, members):
            if not found:
                raise SystemExit(f"{folder}: has no model '{split}' or '{split}.I' to teach '{split}'; it has {', '.join(names)}")
            if len(found) != len(members[0]):
                raise SystemExit(f"{folder}: has {len(found)} models to teach '{split}', and {len(members[0])} for '{splits[0]}'")
        self.members = len(members[0])
        taken = sum(members, [])
        shape = Shape(**json.loads((folder / "run.json").read_text(encoding="utf-8"))["shape"])
        state = torch.load(folder / "weights.pt", map_location="cpu", weights_only=True)
        outputs = [state[f"{name}.weight"].shape[-1] for name in ("emotion", "speaker", "features")]
        if outputs[0] != len(set(recordings.emotions)):
            raise SystemExit(f"{folder}: was trained on {outputs[0]} emotions, the recordings have {len(set(recordings.emotions))}")
        self.models = Classifiers(len(taken), shape, *outputs)
        self.models.load_state_dict({name: tensor[taken] for name, tensor in state.items()})
        self.models.to(device).eval().requires_grad_(False)
        self.encode = torch.compile(self.models.encoders) if compiled else self.models.encoders
        # [students, members, clips]: whether the member has never heard the clip's voice.
        unheard = [[[s in held_out(names[at], recordings.speakers) for s in recordings.speakers] for at in found] for found in members]
        self.stranger = torch.tensor(unheard, device=device)

    @torch.no_grad()
    def opinion(self, mel, rows, first, clips, unheard):
        """Probabilities [students, clips, emotions]: the mean of those who know the voice, and, at the share `unheard`
        [students, 1], of those who do not; of all alike where there is but one kind."""
        students, batch = clips.shape
        device = mel.device.type
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda", cache_enabled=False):
            hidden, valid = self.encode(*(x.repeat_interleave(self.members, 0) for x in (mel, rows, first)))
            logits = self.models.emotion(pool(hidden, valid)).float()
        said = logits.softmax(-1).view(students, self.members, batch, -1)
        stranger = self.stranger.gather(2, clips[:, None].expand(-1, self.members, -1)).float()
        strangers = stranger.sum(1, keepdim=True)
        share = torch.where(strangers == self.members, 1.0, torch.where(strangers == 0, 0.0, unheard[..., None]))
        weight = share * stranger / strangers.clamp_min(1.0)
        weight = weight + (1.0 - share) * (1.0 - stranger) / (self.members - strangers).clamp_min(1.0)
        return (weight[..., None] * said).sum(1)
