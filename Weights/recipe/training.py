"""The optimiser of all stages: AdamW with clipped gradients, warm-up and cosine decay, and averaged weights."""

import math

import torch


class Optimiser:
    """One `step(loss)` is backward, clipping to norm 1, AdamW (0.9, 0.99, weight decay 0.01, none for vectors) and EMA.

    `groups` may carry a factor `scale` of the learning rate each. The average keeps the checkpoint's names; its decay
    rises with the steps, min(decay, (1 + n) / (10 + n)), so that a short run is not dominated by the initial weights.
    """

    def __init__(self, groups, models, rate, steps=None, warmup=200, decay=0.999):
        self.models, self.rate, self.steps, self.warmup, self.decay = models, rate, steps, warmup, decay
        self.taken = 0
        # Vectors (norms, biases) are not decayed.
        groups = [{"scale": 1.0, **group, "weight_decay": decay, "params": kept} for group in groups
                  for decay, is_vector in ((0.01, False), (0.0, True))
                  if (kept := [p for p in group["params"] if (p.ndim < 2) == is_vector])]
        self.parameters = [p for group in groups for p in group["params"]]
        self.adam = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99), foreach=True)
        self.average = [p.detach().clone() for p in self.parameters]

    def rate_now(self):
        warm = min(1.0, (self.taken + 1) / self.warmup)
        if not self.steps:
            return self.rate * warm
        progress = min(1.0, self.taken / self.steps)
        return self.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))

    def step(self, loss):
        """Whether the gradients were finite; a step whose are not changes nothing."""
        loss.backward()
        finite = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0, foreach=True).isfinite().item()
        if finite:
            for group in self.adam.param_groups:
                group["lr"] = self.rate_now() * group["scale"]
            self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        self.taken += 1
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
        return {"adam": self.adam.state_dict(), "average": self.average, "taken": self.taken}

    def load(self, state):
        self.adam.load_state_dict(state["adam"])
        for mean, saved in zip(self.average, state["average"]):
            mean.copy_(saved)
        self.taken = state["taken"]
