"""VidRD's video U-Net: an SD-2 U-Net inflated over frames, with Temp-conv, Temp-attn and frame positions.

Parameter names are those of the published checkpoints. Reference: "Reuse and Diffuse" (arXiv 2309.03549) and the
authors' code; class conditioning by projection as in diffusers' UNet2DConditionModel.
"""

import math
from dataclasses import dataclass
from typing import Optional, Sequence, Union

import torch
import torch.nn.functional as F
from torch import nn

from layers import (ConfigBase, Resample, ResnetBlock, TemporalConvLayer, frame_positions, joint_norm, laid_out,
                    require, zeroed)


@dataclass
class UNetConfig(ConfigBase):
    sample_size: Optional[int] = None
    in_channels: int = 4
    out_channels: int = 4
    down_block_types: Sequence[str] = ("CrossAttnDownBlock3D",) * 3 + ("DownBlock3D",)
    up_block_types: Sequence[str] = ("UpBlock3D",) + ("CrossAttnUpBlock3D",) * 3
    block_out_channels: Sequence[int] = (320, 640, 1280, 1280)
    layers_per_block: int = 2
    attention_head_dim: Union[int, Sequence[int]] = 8  # head counts, as in SD 2
    cross_attention_dim: int = 1280
    use_linear_projection: bool = False
    norm_num_groups: int = 32
    norm_eps: float = 1e-5
    flip_sin_to_cos: bool = True
    freq_shift: int = 0
    time_embedding: Optional[str] = None  # "timestep", or "angle": arctan(sigma / alpha)
    add_temp_embed: bool = False
    add_temp_conv: bool = False
    temp_conv_layers: int = 4
    temp_conv_groups: int = 32
    class_embed_type: Optional[str] = None
    projection_class_embeddings_input_dim: Optional[int] = None

    @classmethod
    def read(cls, source):
        config = super().read(source)
        if config.class_embed_type not in (None, "projection"):
            raise ValueError(f"unet: class_embed_type {config.class_embed_type!r} is not supported, only 'projection'")
        if config.time_embedding not in (None, "timestep", "angle"):
            raise ValueError(f"unet: time_embedding {config.time_embedding!r} is not known, only 'timestep' and 'angle'")
        if isinstance(source, dict):
            require(source, {"act_fn": "silu", "resnet_time_scale_shift": "default", "dual_cross_attention": False,
                             "only_cross_attention": False, "center_input_sample": False, "num_class_embeds": None,
                             "add_temp_transformer": False, "prepend_first_frame": False, "downsample_padding": 1,
                             "add_temp_attn_only_on_upblocks": False, "mid_block_scale_factor": 1}, "unet")
        return config


def timestep_waves(timesteps, dim, flip_sin_to_cos, freq_shift, scale="timestep"):
    """Sinusoids `[batch, dim]` of the timesteps or angles `[batch]`, computed in float32."""
    highest, ratio = (16.0, 64.0) if scale == "angle" else (1.0, 10000.0)
    half = dim // 2
    # Multiplied first and divided then, as diffusers does: at t = 500 a rate's last bit is 3e-5 of an angle.
    steps = torch.arange(half, dtype=torch.float32, device=timesteps.device)
    rate = highest * torch.exp(-math.log(ratio) * steps / (half - freq_shift))
    angle = timesteps.float()[:, None] * rate
    waves = (angle.cos(), angle.sin()) if flip_sin_to_cos else (angle.sin(), angle.cos())
    return torch.cat(waves, dim=-1)


class Embedding(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear_1 = nn.Linear(inputs, outputs)
        self.linear_2 = nn.Linear(outputs, outputs)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


class Attention(nn.Module):
    def __init__(self, dim, heads, context_dim=None):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(dim, dim, bias=False)
        self.to_k = nn.Linear(context_dim or dim, dim, bias=False)
        self.to_v = nn.Linear(context_dim or dim, dim, bias=False)
        self.to_out = nn.Sequential(nn.Linear(dim, dim))

    def forward(self, x, context=None):
        context = x if context is None else context
        q, k, v = (linear(tokens).unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for linear, tokens in ((self.to_q, x), (self.to_k, context), (self.to_v, context)))
        return self.to_out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class GatedLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.proj = nn.Linear(inputs, 2 * outputs)

    def forward(self, x):
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(GatedLinear(dim, 4 * dim), nn.Identity(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        return self.net(x)


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention, attention over frames, feed-forward, each on a normalised residual stream."""

    def __init__(self, dim, heads, context_dim, add_positions):
        super().__init__()
        self.add_positions = add_positions
        self.norm1, self.attn1 = nn.LayerNorm(dim), Attention(dim, heads)
        self.norm2, self.attn2 = nn.LayerNorm(dim), Attention(dim, heads, context_dim)
        self.temp_norm, self.temp_attn = nn.LayerNorm(dim), Attention(dim, heads)
        self.norm3, self.ff = nn.LayerNorm(dim), FeedForward(dim)
        zeroed(self.temp_attn.to_out)

    def forward(self, x, context, frames):
        """x `[b*f, tokens, dim]`, context `[b, words, context_dim]`."""
        tokens, dim = x.shape[1:]
        x = x + self.attn1(self.norm1(x))
        # All frames of a clip see the same words: one query sequence per clip spares copies of keys and values.
        queries = self.norm2(x).reshape(-1, frames * tokens, dim)
        x = x + self.attn2(queries, context).reshape_as(x)
        if self.add_positions:
            # The authors add positions in place to the residual stream, so that a single frame gets PE(0) as well.
            x = x + frame_positions(dim, frames, x.device, x.dtype).repeat(x.shape[0] // frames, 1)[:, None]
        if frames > 1:
            series = self.temp_norm(x).unflatten(0, (-1, frames)).transpose(1, 2).flatten(0, 1)
            change = self.temp_attn(series).unflatten(0, (-1, tokens)).transpose(1, 2)
            x = x + change.reshape_as(x)
        return x + self.ff(self.norm3(x))


class Transformer(nn.Module):
    def __init__(self, dim, heads, config):
        super().__init__()
        self.linear = config.use_linear_projection
        project = (lambda: nn.Linear(dim, dim)) if self.linear else (lambda: nn.Conv2d(dim, dim, 1))
        self.norm = nn.GroupNorm(config.norm_num_groups, dim, eps=1e-6)
        self.proj_in = project()
        self.transformer_blocks = nn.ModuleList(
            [TransformerBlock(dim, heads, config.cross_attention_dim, config.add_temp_embed)])
        self.proj_out = project()

    def forward(self, x, context, frames):
        height, width = x.shape[2:]
        y = self.norm(x)  # statistics of each frame alone, unlike the norms of the ResBlocks
        y = self.proj_in(y.permute(0, 2, 3, 1).flatten(1, 2)) if self.linear \
            else self.proj_in(y).permute(0, 2, 3, 1).flatten(1, 2)
        for block in self.transformer_blocks:
            y = block(y, context, frames)
        if self.linear:
            y = self.proj_out(y)
        y = y.unflatten(1, (height, width)).permute(0, 3, 1, 2)
        return x + (y if self.linear else self.proj_out(y))


class Level(nn.Module):
    """One resolution: ResBlock, Temp-conv, transformer, as often as `widths` has pairs (inputs, outputs)."""

    def __init__(self, config, widths, heads, resample=None):
        super().__init__()
        time_dim = 4 * config.block_out_channels[0]
        outputs = widths[0][1]
        self.resnets = nn.ModuleList(
            ResnetBlock(i, o, config.norm_num_groups, config.norm_eps, time_dim, joint=True) for i, o in widths)
        self.temp_convs = nn.ModuleList(
            TemporalConvLayer(outputs, config.temp_conv_layers, config.temp_conv_groups)
            for _ in widths) if config.add_temp_conv else None
        # The middle level has one transformer for two ResBlocks, the others have one for each or none.
        count = 0 if heads is None else len(widths) - (resample == "middle")
        if count:
            self.attentions = nn.ModuleList(Transformer(outputs, heads, config) for _ in range(count))
        self.attention_count = count
        if resample == "down":
            self.downsamplers = nn.ModuleList([Resample(outputs, stride=2)])
        elif resample == "up":
            self.upsamplers = nn.ModuleList([Resample(outputs, stride=1)])

    def layer(self, index, x, time, context, frames):
        x = self.resnets[index](x, frames, time)
        if self.temp_convs is not None:
            x = self.temp_convs[index](x, frames)
        return self.attentions[index](x, context, frames) if index < self.attention_count else x


class UNet3DConditionModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        widths, layers = list(config.block_out_channels), config.layers_per_block
        heads = config.attention_head_dim
        heads = [heads] * len(widths) if isinstance(heads, int) else list(heads)
        time_dim, last = 4 * widths[0], len(widths) - 1

        self.conv_in = nn.Conv2d(config.in_channels, widths[0], 3, padding=1)
        self.time_embedding = Embedding(widths[0], time_dim)
        self.class_embedding = Embedding(config.projection_class_embeddings_input_dim, time_dim) \
            if config.class_embed_type else None

        self.down_blocks, skips, inputs = nn.ModuleList(), [widths[0]], widths[0]
        for i, width in enumerate(widths):
            pairs = [(inputs, width)] + [(width, width)] * (layers - 1)
            cross = "CrossAttn" in config.down_block_types[i]
            self.down_blocks.append(Level(config, pairs, heads[i] if cross else None, "down" if i < last else None))
            skips += [width] * (layers + (i < last))
            inputs = width
        self.mid_block = Level(config, [(inputs, inputs)] * 2, heads[-1], "middle")
        self.up_blocks = nn.ModuleList()
        for i, width in enumerate(reversed(widths)):
            pairs = []
            for _ in range(layers + 1):
                pairs.append((inputs + skips.pop(), width))
                inputs = width
            cross = "CrossAttn" in config.up_block_types[i]
            self.up_blocks.append(Level(config, pairs, heads[last - i] if cross else None, "up" if i < last else None))

        self.conv_norm_out = nn.GroupNorm(config.norm_num_groups, widths[0], config.norm_eps)
        self.conv_out = nn.Conv2d(widths[0], config.out_channels, 3, padding=1)

    def forward(self, sample, timesteps, context, pooled=None, taps=None):
        """sample `[b, c, f, h, w]`, timesteps (or angles: `time_embedding`) `[b]`, context `[b, words, dim]`, pooled
        `[b, dim]` where the model has a class embedding; returns the prediction in sample's shape. `taps`: a dict that
        receives activations."""
        taps = {} if taps is None else taps
        config, frames = self.config, sample.shape[2]
        waves = timestep_waves(timesteps, config.block_out_channels[0], config.flip_sin_to_cos, config.freq_shift,
                               config.time_embedding)
        time = self.time_embedding(waves.to(sample.dtype))
        if self.class_embedding is not None:
            if pooled is None:
                raise ValueError("unet: class_embed_type is 'projection', so a pooled text embedding is needed")
            time = time + self.class_embedding(pooled)
        taps["time"] = time

        x = laid_out(sample.transpose(1, 2).flatten(0, 1))
        x = taps["conv_in"] = self.conv_in(x)
        skips = [x]
        for i, level in enumerate(self.down_blocks):
            for index in range(len(level.resnets)):
                x = level.layer(index, x, time, context, frames)
                skips.append(x)
            if hasattr(level, "downsamplers"):
                x = level.downsamplers[0](x)
                skips.append(x)
            taps[f"down_blocks.{i}"] = x
        for index in range(len(self.mid_block.resnets)):
            x = self.mid_block.layer(index, x, time, context, frames)
        taps["mid_block"] = x
        for i, level in enumerate(self.up_blocks):
            for index in range(len(level.resnets)):
                x = level.layer(index, torch.cat([x, skips.pop()], dim=1), time, context, frames)
            if hasattr(level, "upsamplers"):
                # Odd sizes: the next skip says how large the upsampled picture has to be.
                x = level.upsamplers[0](x, size=skips[-1].shape[2:])
            taps[f"up_blocks.{i}"] = x
        x = self.conv_out(F.silu(joint_norm(self.conv_norm_out, x, frames)))
        return x.unflatten(0, (-1, frames)).transpose(1, 2)
