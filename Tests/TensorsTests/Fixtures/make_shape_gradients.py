"""Writes shape_gradients.json: gradients of what moves elements, in float64 by PyTorch.

python make_shape_gradients.py, with torch 2.
"""
import json
import pathlib

import torch

torch.manual_seed(0)
D = torch.float64


def case(name, shapes, f):
    inputs = [torch.randn(s, dtype=D).float().double().requires_grad_() for s in shapes]
    y = f(*inputs)
    weights = torch.randn(y.shape, dtype=D).float().double()
    (y * weights).sum().backward()
    flat = lambda t: {"shape": list(t.shape), "values": t.detach().flatten().tolist()}
    return {
        "name": name, "inputs": [flat(x) for x in inputs], "weights": flat(weights), "output": flat(y),
        "gradients": [flat(x.grad) for x in inputs],
    }


cases = [
    case("entry", [[3, 4, 2]], lambda x: (x[1] * x[2]) * x[1]),
    case("range", [[5, 2, 3]], lambda x: x[1:4] * x[0:3]),
    case("join", [[2, 3], [1, 3], [3, 3]], lambda a, b, c: torch.cat([a * 2, b, c, b * 3]) * torch.cat([c, a, a[0:1], b])),
    case("permute", [[2, 3, 4, 5]], lambda x: x.permute(2, 0, 3, 1) * x.permute(2, 0, 3, 1)),
    case("transpose", [[4, 6]], lambda x: x.t() * x.t()),
    case("channels", [[2, 3, 4], [2, 3, 2]], lambda a, b: torch.cat([a, b], -1) * torch.cat([b, a], -1)),
    # Frames taken apart, worked on one by one and put together again.
    case("frames", [[3, 2, 4], [4, 4]], lambda x, w: torch.stack([x[i] @ w.t() * (i + 1) for i in range(3)]).permute(1, 0, 2)),
]
pathlib.Path(__file__).with_name("shape_gradients.json").write_text(json.dumps(cases))
