"""Pieces that the video U-Net and the autoencoder share.

Frames travel folded into the batch, `[batch * frames, channels, height, width]` (frame index fastest), in
channels-last memory: a per-frame convolution, a token matrix and a temporal sequence are then views of it.
"""

import dataclasses
import json
import math
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn


class ConfigBase:
    """Reads the fields a dataclass declares out of a diffusers / transformers `config.json`."""

    @classmethod
    def read(cls, source):
        """`source`: a mapping, or the path of a JSON file. Keys that the class does not know are ignored."""
        values = source if isinstance(source, dict) else json.loads(Path(source).read_text())
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in known})

    def write(self, path, **extra):
        values = {**extra, **{key: value for key, value in dataclasses.asdict(self).items() if value is not None}}
        Path(path).write_text(json.dumps(values, indent=2) + "\n")


def require(values, allowed, where):
    """Refuses configurations that ask for something which is not implemented, instead of computing other numbers."""
    for key, default in allowed.items():
        if values.get(key, default) not in (default, None):
            raise ValueError(f"{where}: {key} = {values[key]!r} is not supported, only {default!r}")


# diffusers 0.14 named the projections of the autoencoder's attention otherwise than today's diffusers.
OLD_NAMES = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}


def load_weights(model, tensors):
    """Loads a checkpoint's tensors strictly: old attention names are mapped, 1x1 kernels become matrices and back."""
    expected = model.state_dict()
    renamed = {}
    for key, tensor in tensors.items():
        if key.endswith("position_ids"):
            continue
        if key not in expected:
            for old, new in OLD_NAMES.items():
                key = key.replace(old, new)
        if key in expected and tensor.shape != expected[key].shape and tensor.numel() == expected[key].numel():
            tensor = tensor.reshape(expected[key].shape)
        renamed[key] = tensor
    model.load_state_dict(renamed)
    return model


# Memory layout of activations and 3x3 kernels; `torch.contiguous_format` computes the same.
LAYOUT = torch.channels_last


def laid_out(x):
    return x.contiguous(memory_format=LAYOUT)


def model_laid_out(module):
    """Stores 3x3 kernels in the layout of the activations; temporal kernels stay, they are reshaped on use."""
    for parameter in module.parameters():
        if parameter.dim() == 4:
            parameter.data = laid_out(parameter.data)
    return module


def zeroed(module):
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    return module


@lru_cache(maxsize=64)
def frame_positions(dim, frames, device, dtype):
    """Fixed sinusoid `[frames, dim]`, sine and cosine interleaved, base 10000; computed in float32."""
    rate = torch.exp(torch.arange(0, dim, 2, dtype=torch.float32) * (-math.log(10000.0) / dim))
    angle = torch.arange(frames, dtype=torch.float32)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).to(device, dtype)


def joint_norm(norm, x, frames):
    """GroupNorm of `[b*f, c, h, w]` with statistics over all frames of a clip."""
    if frames == 1:
        return norm(x)
    clip = x.unflatten(0, (-1, frames)).transpose(1, 2)
    return norm(clip).transpose(1, 2).flatten(0, 1)


class ResnetBlock(nn.Module):
    """norm, SiLU, conv, (+ time), norm, SiLU, conv, plus the input; `joint` normalises over a clip's frames."""

    def __init__(self, inputs, outputs, groups, eps, time_dim=None, joint=False):
        super().__init__()
        self.joint = joint
        self.norm1 = nn.GroupNorm(groups, inputs, eps)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time_emb_proj = nn.Linear(time_dim, outputs) if time_dim else None
        self.norm2 = nn.GroupNorm(groups, outputs, eps)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x, frames=1, time=None):
        joined = frames if self.joint else 1
        y = self.conv1(F.silu(joint_norm(self.norm1, x, joined)))
        if self.time_emb_proj is not None:
            shift = self.time_emb_proj(F.silu(time)).repeat_interleave(frames, dim=0)
            y = y + shift[:, :, None, None]
        y = self.conv2(F.silu(joint_norm(self.norm2, y, joined)))
        return y + (x if self.conv_shortcut is None else self.conv_shortcut(x))


class FrameConv(nn.Conv3d):
    """A (3, 1, 1) convolution along frames of `[b, c, f, h*w]`, run as a 2D one, which the libraries do faster."""

    def __init__(self, channels):
        super().__init__(channels, channels, (3, 1, 1), padding=(1, 0, 0))

    def forward(self, x):
        return F.conv2d(x, self.weight.flatten(3), self.bias, padding=(1, 0))


class TemporalConvLayer(nn.Module):
    """`layers` times [GroupNorm, SiLU, convolution along frames] plus the input; one frame passes unchanged."""

    def __init__(self, channels, layers, groups):
        super().__init__()
        # The identity stands where the checkpoint's numbering counts a dropout.
        parts = [(nn.GroupNorm(groups, channels), nn.SiLU(), nn.Identity(), FrameConv(channels)) for _ in range(layers)]
        self.convs = nn.Sequential(*(part for group in parts for part in group))
        zeroed(self.convs[-1])

    def forward(self, x, frames):
        if frames == 1:
            return x
        clip = x.unflatten(0, (-1, frames)).flatten(3).transpose(1, 2)
        change = self.convs(clip).transpose(1, 2).flatten(0, 1).unflatten(2, x.shape[2:])
        return x + change


class Resample(nn.Module):
    """Holds the convolution of a `downsamplers.0` or `upsamplers.0`."""

    def __init__(self, channels, stride, padding=1):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=stride, padding=padding)

    def forward(self, x, size=None):
        return self.conv(x if size is None else F.interpolate(x, size=size, mode="nearest"))
