"""A narrow C3D with random weights and what PyTorch computes with it: c3d.safetensors (weights, "expected").

    python3 make_c3d.py

The clip is made by a formula that the test repeats: value i is (i * 2654435761 mod 2^32) / 2^31 - 1.
"""
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(4)
names = ["conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b"]
widths = [4, 6, 8, 8, 6, 10, 8, 5]
state, inputs = {}, 3
for name, width in zip(names, widths):
    state[f"{name}.weight"] = torch.randn(width, inputs, 3, 3, 3) * (2 / (27 * inputs)) ** 0.5
    state[f"{name}.bias"] = torch.randn(width) * 0.1
    inputs = width
inputs *= 16
for name, width in (("fc6", 24), ("fc7", 20), ("fc8", 7)):
    state[f"{name}.weight"] = torch.randn(width, inputs) * (2 / inputs) ** 0.5
    state[f"{name}.bias"] = torch.randn(width) * 0.1
    inputs = width
count = 16 * 112 * 112 * 3
values = (np.arange(count, dtype=np.uint64) * 2654435761 % 2**32).astype(np.float64) / 2**31 - 1
clip = torch.from_numpy(values.astype(np.float32)).reshape(16, 112, 112, 3)
# blue, green, red in 0...255, less the mean
x = ((clip.flip(-1) + 1) * 127.5 - torch.tensor([90.0, 98.0, 102.0])).permute(3, 0, 1, 2)[None]
conv = lambda x, name: F.relu(F.conv3d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=1))
x = F.max_pool3d(conv(x, "conv1"), (1, 2, 2))
x = F.max_pool3d(conv(x, "conv2"), 2)
x = F.max_pool3d(conv(conv(x, "conv3a"), "conv3b"), 2)
x = F.max_pool3d(conv(conv(x, "conv4a"), "conv4b"), 2)
x = F.max_pool3d(conv(conv(x, "conv5a"), "conv5b"), 2, padding=(0, 1, 1))
x = x.flatten(1)
for name in ("fc6", "fc7"):
    x = F.relu(F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"]))
x = F.linear(x, state["fc8.weight"], state["fc8.bias"])
print(x)
save_file({f"module.{k}": v for k, v in state.items()} | {"expected": x[0].contiguous()}, "c3d.safetensors")
