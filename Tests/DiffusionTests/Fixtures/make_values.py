"""Writes values.json: noise schedules, training targets, guidance and correlated noise as PyTorch code has them.

    pip install torch==2.13.0 diffusers==0.35.1 && python3 make_values.py
"""

import json
import math
import pathlib

import exact_sqrt  # noqa: F401
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

LATENT = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
CONFIGS = [
    {},
    LATENT,
    {"beta_schedule": "squaredcos_cap_v2"},
    {"beta_schedule": "squaredcos_cap_v2", "num_train_timesteps": 100},
    {"rescale_betas_zero_snr": True},
    {**LATENT, "rescale_betas_zero_snr": True},
    {"beta_schedule": "squaredcos_cap_v2", "rescale_betas_zero_snr": True},
    {"trained_betas": [0.1, 0.2, 0.3], "num_train_timesteps": 3},
]


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.flatten().tolist()]


def schedules():
    for config in CONFIGS:
        alphas = DDIMScheduler(**config).alphas_cumprod
        where = sorted({0, 1, 2, len(alphas) // 3, len(alphas) // 2, len(alphas) - 3, len(alphas) - 2, len(alphas) - 1})
        where = [i for i in where if i >= 0]
        yield {"scheduler": config, "timesteps": where, "alphas_cumprod": numbers(alphas[where])}


def training():
    generator = torch.Generator().manual_seed(11)
    x, noise = torch.randn(3, 16, generator=generator), torch.randn(3, 16, generator=generator)
    t = torch.tensor([0, 500, 990])
    scheduler = DDIMScheduler(beta_schedule="squaredcos_cap_v2")
    return {
        "seed": 11,
        "timesteps": t.tolist(),
        "noisy": numbers(scheduler.add_noise(x, noise, t)),
        "velocity": numbers(scheduler.get_velocity(x, noise, t)),
    }


def guidance():
    generator = torch.Generator().manual_seed(12)
    unconditional, conditional = torch.randn(2, 32, generator=generator), torch.randn(2, 32, generator=generator)
    guided = unconditional + 7.5 * (conditional - unconditional)
    return {"seed": 12, "scale": 7.5, "guided": numbers(guided)}


def progressive(shape, alpha, std, generator):
    """Every frame carries over alpha / sqrt(1 + alpha^2) of the one before."""
    frame = shape[:2] + (1,) + shape[3:]
    frames = [torch.normal(0.0, 1.0, frame, generator=generator)]
    for _ in range(1, shape[2]):
        fresh = torch.normal(0.0, std, frame, generator=generator)
        frames.append(alpha / math.sqrt(1 + alpha**2) * frames[-1] + fresh)
    return torch.cat(frames, dim=2)


def mixed(shape, shared_std, own_std, generator):
    """All frames share one noise."""
    shared = torch.normal(0.0, shared_std, shape[:2] + (1,) + shape[3:], generator=generator)
    return shared + torch.normal(0.0, own_std, shape, generator=generator)


def priors():
    # [batch, channels, frames, height, width]; the fixture has them channels-last.
    shape, alpha = (2, 4, 3, 3, 2), 1.5
    norm = 1 + alpha**2

    def entry(kind, scaling, alpha, tensor):
        return {
            "kind": kind,
            "scaling": scaling,
            "alpha": alpha,
            "seed": 13,
            "shape": [2, 3, 3, 2, 4],
            "values": numbers(tensor.permute(0, 2, 3, 4, 1).contiguous()),
        }

    def seeded():
        return torch.Generator().manual_seed(13)

    yield entry("independent", "unit", 0, torch.randn(shape, generator=seeded()))
    yield entry("progressive", "official", 0, progressive(shape, 0, 1.0, seeded()))
    yield entry("progressive", "official", alpha, progressive(shape, alpha, 1 / norm, seeded()))
    yield entry("progressive", "unit", alpha, progressive(shape, alpha, norm**-0.5, seeded()))
    yield entry("mixed", "official", alpha, mixed(shape, alpha**2 / norm, 1 / norm, seeded()))
    yield entry("mixed", "unit", alpha, mixed(shape, alpha * norm**-0.5, norm**-0.5, seeded()))


def frames_order():
    drawn = torch.randn((2 * 3, 4, 3, 2), generator=torch.Generator().manual_seed(14))
    clip = drawn.reshape(2, 3, 4, 3, 2).permute(0, 1, 3, 4, 2).contiguous()
    return {"seed": 14, "shape": [2, 3, 3, 2, 4], "values": numbers(clip)}


values = {
    "schedules": list(schedules()),
    "training": training(),
    "guidance": guidance(),
    "priors": list(priors()),
    "frames_order": frames_order(),
}
path = pathlib.Path(__file__).with_name("values.json")
path.write_text(json.dumps(values, separators=(",", ":")) + "\n")
print(path.stat().st_size, "bytes")
