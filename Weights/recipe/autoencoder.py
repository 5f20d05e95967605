"""diffusers' AutoencoderKL with VidRD's temporal decoder: a temporal convolution after each ResBlock of the decoder's
up blocks. `patch_size` folds pixels into channels before the encoder and unfolds them after the decoder."""

from dataclasses import dataclass
from typing import Optional, Sequence

import torch
import torch.nn.functional as F
from torch import nn

from layers import ConfigBase, Resample, ResnetBlock, TemporalConvLayer, laid_out, require

EPSILON = 1e-6


@dataclass
class AutoencoderConfig(ConfigBase):
    in_channels: int = 3
    out_channels: int = 3
    latent_channels: int = 4
    block_out_channels: Sequence[int] = (64,)
    layers_per_block: int = 1
    norm_num_groups: int = 32
    sample_size: int = 32
    scaling_factor: float = 0.18215
    patch_size: int = 1
    mid_block_add_attention: bool = True
    add_temp_conv: bool = False
    temp_conv_layers: int = 3
    temp_conv_groups: int = 32
    latents_mean: Optional[Sequence[float]] = None
    latents_std: Optional[Sequence[float]] = None

    @classmethod
    def read(cls, source):
        if isinstance(source, dict):
            require(source, {"act_fn": "silu", "use_quant_conv": True, "use_post_quant_conv": True}, "vae")
        return super().read(source)


class SpatialAttention(nn.Module):
    """One head over the pixels of a picture."""

    def __init__(self, channels, groups):
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, channels, EPSILON)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.Sequential(nn.Linear(channels, channels))

    def forward(self, x):
        pixels = self.group_norm(x).permute(0, 2, 3, 1).flatten(1, 2)
        y = F.scaled_dot_product_attention(self.to_q(pixels), self.to_k(pixels), self.to_v(pixels))
        return x + self.to_out(y).unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)


class MidBlock(nn.Module):
    def __init__(self, channels, config):
        super().__init__()
        groups = config.norm_num_groups
        self.resnets = nn.ModuleList(ResnetBlock(channels, channels, groups, EPSILON) for _ in range(2))
        if config.mid_block_add_attention:
            self.attentions = nn.ModuleList([SpatialAttention(channels, groups)])

    def forward(self, x):
        x = self.resnets[0](x)
        if hasattr(self, "attentions"):
            x = self.attentions[0](x)
        return self.resnets[1](x)


class DownLevel(nn.Module):
    def __init__(self, inputs, outputs, config, downsample):
        super().__init__()
        self.resnets = nn.ModuleList(
            ResnetBlock(inputs if i == 0 else outputs, outputs, config.norm_num_groups, EPSILON)
            for i in range(config.layers_per_block))
        if downsample:
            self.downsamplers = nn.ModuleList([Resample(outputs, stride=2, padding=0)])

    def forward(self, x):
        for resnet in self.resnets:
            x = resnet(x)
        # The stride-2 convolution is padded at the right and the bottom alone.
        return self.downsamplers[0](F.pad(x, (0, 1, 0, 1))) if hasattr(self, "downsamplers") else x


class UpLevel(nn.Module):
    def __init__(self, inputs, outputs, config, upsample):
        super().__init__()
        count = config.layers_per_block + 1
        self.resnets = nn.ModuleList(
            ResnetBlock(inputs if i == 0 else outputs, outputs, config.norm_num_groups, EPSILON) for i in range(count))
        if config.add_temp_conv:
            self.temp_convs = nn.ModuleList(
                TemporalConvLayer(outputs, config.temp_conv_layers, config.temp_conv_groups) for _ in range(count))
        if upsample:
            self.upsamplers = nn.ModuleList([Resample(outputs, stride=1)])

    def forward(self, x, frames):
        for i, resnet in enumerate(self.resnets):
            x = resnet(x)
            if hasattr(self, "temp_convs"):
                x = self.temp_convs[i](x, frames)
        if hasattr(self, "upsamplers"):
            x = self.upsamplers[0](x, size=(2 * x.shape[2], 2 * x.shape[3]))
        return x


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        widths = list(config.block_out_channels)
        self.conv_in = nn.Conv2d(config.in_channels * config.patch_size ** 2, widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            DownLevel(widths[max(i - 1, 0)], width, config, downsample=i < len(widths) - 1)
            for i, width in enumerate(widths))
        self.mid_block = MidBlock(widths[-1], config)
        self.conv_norm_out = nn.GroupNorm(config.norm_num_groups, widths[-1], EPSILON)
        self.conv_out = nn.Conv2d(widths[-1], 2 * config.latent_channels, 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for level in self.down_blocks:
            x = level(x)
        return self.conv_out(F.silu(self.conv_norm_out(self.mid_block(x))))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        widths = list(reversed(config.block_out_channels))
        self.conv_in = nn.Conv2d(config.latent_channels, widths[0], 3, padding=1)
        self.mid_block = MidBlock(widths[0], config)
        self.up_blocks = nn.ModuleList(
            UpLevel(widths[max(i - 1, 0)], width, config, upsample=i < len(widths) - 1)
            for i, width in enumerate(widths))
        self.conv_norm_out = nn.GroupNorm(config.norm_num_groups, widths[-1], EPSILON)
        self.conv_out = nn.Conv2d(widths[-1], config.out_channels * config.patch_size ** 2, 3, padding=1)

    def forward(self, z, frames):
        x = self.mid_block(self.conv_in(z))
        for level in self.up_blocks:
            x = level(x, frames)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class AutoencoderKL(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        latent = config.latent_channels
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.quant_conv = nn.Conv2d(2 * latent, 2 * latent, 1)
        self.post_quant_conv = nn.Conv2d(latent, latent, 1)

    def encode(self, images):
        """Pictures `[n, 3, h, w]` in [-1, 1] to the posterior's mean and log-variance `[n, latent, h/8, w/8]`."""
        pixels = laid_out(F.pixel_unshuffle(images, self.config.patch_size))
        mean, log_variance = self.quant_conv(self.encoder(pixels)).chunk(2, dim=1)
        return mean, log_variance.clamp(-30.0, 20.0)

    def decode(self, z, frames=1):
        """Latents `[clips * frames, latent, h, w]` to pictures; one frame a clip skips the temporal convolutions."""
        return F.pixel_shuffle(self.decoder(self.post_quant_conv(laid_out(z)), frames), self.config.patch_size)

    def _statistics(self, like):
        if self.config.latents_mean is None:
            return 0.0, 1.0 / self.config.scaling_factor
        return (torch.tensor(values, device=like.device, dtype=like.dtype)[:, None, None]
                for values in (self.config.latents_mean, self.config.latents_std))

    def normalise(self, z):
        """Latents `[..., latent, h, w]` as the diffusion model sees them."""
        mean, std = self._statistics(z)
        return (z - mean) / std

    def restore(self, latents):
        mean, std = self._statistics(latents)
        return latents * std + mean
