"""The noise schedule of the starter and the losses of its stages."""

import math

import torch
import torch.nn.functional as F


def cosine_alphas(steps=1000):
    """Cumulative products of alpha for `squaredcos_cap_v2`, float64 `[steps]`."""
    at = lambda t: math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = [min(1 - at((i + 1) / steps) / at(i / steps), 0.999) for i in range(steps)]
    return torch.cumprod(1 - torch.tensor(betas, dtype=torch.float64), dim=0)


def noised(clean, noise, timesteps, alphas):
    """The noisy sample at `timesteps` `[b]` and the v-prediction's target, both in the shape of `clean`."""
    product = alphas[timesteps].reshape(-1, *[1] * (clean.dim() - 1))
    a, s = product.sqrt().to(clean.dtype), (1 - product).sqrt().to(clean.dtype)
    return a * clean + s * noise, a * noise - s * clean


def told(config, timesteps, alphas):
    """What a U-Net is told of `timesteps` `[b]`: themselves, or the angles arctan(sigma / alpha)."""
    product = alphas[timesteps]
    return torch.atan2((1 - product).sqrt(), product.sqrt()) if config.time_embedding == "angle" else timesteps


def stratified_timesteps(batch, steps, shift=1.0, device=None):
    """One timestep from each of `batch` equal slices, shuffled; `shift` > 1 moves them to high noise by
    u <- shift * u / (1 + (shift - 1) * u)."""
    u = (torch.randperm(batch, device=device) + torch.rand(batch, device=device)) / batch
    u = shift * u / (1 + (shift - 1) * u)
    return (u * steps).long().clamp(max=steps - 1)


def correlated_noise(like, correlation):
    """Noise `[b, channels, frames, h, w]` of unit variance whose neighbouring frames correlate so much."""
    noise = torch.randn_like(like)
    frames = [noise[:, :, 0]]
    for index in range(1, like.shape[2]):
        frames.append(correlation * frames[-1] + (1 - correlation ** 2) ** 0.5 * noise[:, :, index])
    return torch.stack(frames, dim=2)


def change_loss(output, target, frames):
    """L1 of the differences between neighbouring frames, `[clips * frames, 3, h, w]`: where jitter shows."""
    error = (output - target).unflatten(0, (-1, frames))
    return error.diff(dim=1).abs().mean()


def reconstruction_loss(output, target):
    """L1 + 4 MSE + half the L1 distance of the differences between neighbouring pixels, rows and columns added."""
    error = output - target
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return error.abs().mean() + 4 * error.square().mean() + 0.5 * edges


def kl_divergence(mean, log_variance):
    """From the posterior to the standard normal, as a mean over all elements of the latents."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


def autoencoder_loss(vae, latents, target, mean, log_variance, kl_weight, scale_equivariance):
    """Of pictures decoded from `latents`, and from them at half size (arXiv 2502.14831): `[b, channels, h, w]`, h and w
    even."""
    full = reconstruction_loss(vae.decode(latents).float(), target)
    half = reconstruction_loss(vae.decode(F.avg_pool2d(latents, 2)).float(), F.avg_pool2d(target, 2))
    return full + scale_equivariance * half + kl_weight * kl_divergence(mean, log_variance)


def velocity_loss(prediction, target):
    return F.mse_loss(prediction, target)
