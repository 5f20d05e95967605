"""Writes muon.safetensors: three steps of the recipe's optimiser with Muon, as PyTorch computes them in float64.

    python3 Tests/TrainingTests/Fixtures/make_muon.py

Matrices that are tall, wide and square, a convolution and a temporal one, and what Muon leaves to AdamW; the layer `slow`
learns at 0.2 of the rate. `weight.KEY` are the parameters, `gradient.STEP.KEY` what `backward` finds, whose norm is above
1 in the second step alone, `after.STEP.KEY` and `average.STEP.KEY` weights and averages after a step. Rate 0.01 from the
first step on, as there is no warm-up.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "Weights/recipe"))

from training import Optimiser  # noqa: E402

SHAPES = {
    "conv_in.weight": (4, 3, 3, 3), "conv_in.bias": (4,), "blocks.0.conv1.weight": (6, 4, 3, 3), "blocks.0.conv1.bias": (6,),
    "blocks.0.temp_convs.0.weight": (6, 6, 3, 1, 1), "blocks.0.tall.weight": (12, 5), "slow.wide.weight": (5, 12),
    "slow.square.weight": (6, 6), "slow.square.bias": (6,), "blocks.0.norm.weight": (6,),
    "embeddings.token_embedding.weight": (9, 4), "conv_out.weight": (3, 4, 3, 3),
}


class Named(nn.Module):
    """Parameters whose names have dots."""

    def __init__(self, tensors):
        super().__init__()
        self.tensors = {name: nn.Parameter(tensor) for name, tensor in tensors.items()}

    def named_parameters(self):
        return self.tensors.items()


def main():
    generator = torch.Generator().manual_seed(11)
    draw = lambda shape, size: (torch.randn(shape, generator=generator) * size).double()
    model = Named({name: draw(shape, 0.3) for name, shape in SHAPES.items()})
    out = {f"weight.{name}": p.detach().clone() for name, p in model.named_parameters()}
    slow = lambda name: name.startswith("slow.")
    groups = [{"params": [p for name, p in model.named_parameters() if slow(name) == is_slow], "scale": scale}
              for is_slow, scale in ((False, 1.0), (True, 0.2))]
    optimiser = Optimiser(groups, [model], 0.01, warmup=1, kind="muon")
    for step in (1, 2, 3):
        gradients = {name: draw(shape, 0.3 if step == 2 else 0.02) for name, shape in SHAPES.items()}
        norm = sum(g.square().sum() for g in gradients.values()).sqrt()
        assert (norm > 1) == (step == 2)
        assert optimiser.step(sum((p * gradients[name]).sum() for name, p in model.named_parameters()))
        average = {id(p): mean for p, mean in zip(optimiser.parameters, optimiser.average)}
        for name, p in model.named_parameters():
            out[f"gradient.{step}.{name}"] = gradients[name]
            out[f"after.{step}.{name}"] = p.detach().clone()
            out[f"average.{step}.{name}"] = average[id(p)].clone()
    save_file({key: value.float().contiguous() for key, value in out.items()}, HERE / "muon.safetensors")


if __name__ == "__main__":
    main()
