"""The optimiser of all stages: Muon and AdamW, or AdamW alone, with clipped gradients, warm-up and cosine decay, and
averaged weights."""

import math

import torch

from muon import OTHERS_RATE, Muon, takes

KINDS = ("muon", "adamw")
LONGEST_STREAK = 20  # steps in a row whose loss or gradients are not finite end a run: it would not find back


class Optimiser:
    """One `step(loss)` is backward, clipping to norm 1, the optimisers and EMA.

    `kind` "adamw" is AdamW (0.9, 0.99, weight decay 0.01, none for vectors) for all; "muon" leaves it what Muon does not
    take: vectors, embeddings, first and last layers, at 0.4 of the rate. `groups` may carry a factor `scale` of the learning
    rate each. The average keeps the checkpoint's names; its decay rises with the steps, min(decay, (1 + n) / (10 + n)), so
    that a short run is not dominated by the initial weights.
    """

    def __init__(self, groups, models, rate, steps=None, warmup=200, decay=0.999, kind="adamw"):
        self.models, self.rate, self.steps, self.warmup, self.decay = models, rate, steps, warmup, decay
        self.taken, self.streak, self.kind = 0, 0, kind
        names = {id(p): name for model in models for name, p in model.named_parameters()}
        is_muons = lambda p: kind == "muon" and takes(names[id(p)], p)
        part = lambda group, wanted, **more: {
            "scale": 1.0, **group, **more, "params": [p for p in group["params"] if wanted(p)]}
        matrices = [part(group, is_muons) for group in groups]
        # Vectors (norms, biases) are not decayed.
        others = [part(group, lambda p: (p.ndim < 2) == is_vector and not is_muons(p), weight_decay=decay)
                  for group in groups for decay, is_vector in ((0.01, False), (0.0, True))]
        matrices, others = ([group for group in parts if group["params"]] for parts in (matrices, others))
        self.parameters = [p for group in matrices + others for p in group["params"]]
        # What each moves, and at which part of the rate.
        self.optimisers = []
        if matrices:
            self.optimisers.append((Muon(matrices, rate), 1.0))
        if others:
            adam = torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.99), foreach=True)
            self.optimisers.append((adam, OTHERS_RATE if kind == "muon" else 1.0))
        self.average = [p.detach().clone() for p in self.parameters]

    def rate_now(self):
        warm = min(1.0, (self.taken + 1) / self.warmup)
        if not self.steps:
            return self.rate * warm
        progress = min(1.0, self.taken / self.steps)
        return self.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))

    def step(self, loss):
        """Whether loss and gradients were finite; a step where they are not changes nothing. Raises FloatingPointError
        after LONGEST_STREAK of these."""
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0, foreach=True)
        finite = (loss.detach() + norm).isfinite().item()
        if finite:
            for optimiser, part in self.optimisers:
                for group in optimiser.param_groups:
                    group["lr"] = self.rate_now() * part * group["scale"]
                optimiser.step()
        for p in self.parameters:
            p.grad = None
        self.taken += 1
        self.streak = 0 if finite else self.streak + 1
        if self.streak == LONGEST_STREAK:
            raise FloatingPointError(f"loss or gradients were not finite in {self.streak} steps up to {self.taken}: "
                                     "go on from the last state with a lower --rate")
        if not finite:
            return False
        decay = min(self.decay, (1 + self.taken) / (10 + self.taken))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.parameters, 1 - decay)
        return True

    def averaged_states(self):
        """The models' state dictionaries with averaged weights in place of the trained ones."""
        average = {id(p): mean for p, mean in zip(self.parameters, self.average)}
        return [{name: average.get(id(p), p.detach()) for name, p in model.named_parameters()}
                for model in self.models]

    def state(self):
        return {"kind": self.kind, "optimisers": [optimiser.state_dict() for optimiser, _ in self.optimisers],
                "average": self.average, "taken": self.taken}

    def load(self, state):
        """Raises ValueError for the state of another kind, whose moments are other things."""
        kind = state.get("kind", "adamw")
        if kind != self.kind:
            raise ValueError(f"this state is of the optimiser {kind}, not of {self.kind}: go on with --optimizer {kind}, "
                             "or take the state away and begin the stage anew")
        # States of before there was a choice have one of AdamW.
        for (optimiser, _), saved in zip(self.optimisers, state["optimisers"] if "kind" in state else [state["adam"]]):
            optimiser.load_state_dict(saved)
        for mean, saved in zip(self.average, state["average"]):
            mean.copy_(saved)
        self.taken = state["taken"]
