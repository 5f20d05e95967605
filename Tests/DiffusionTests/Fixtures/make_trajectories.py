"""Writes trajectories.json: whole denoising runs of diffusers' schedulers with a made-up model.

    pip install torch==2.13.0 diffusers==0.35.1 && python3 make_trajectories.py

The model is output = 0.7 * x * cos(t / 1000) + 0.1 * sin(x), x being the sample that the model sees. Every
run records the timesteps and the sample after each step (for Euler divided by sqrt(sigma^2 + 1), which makes it
variance-preserving as the others are), for a sample of SIZE values. To keep the file small, the samples of long
runs are recorded at a few steps only.

Two places are made independent of the machine:
- Euler's steps are taken in float64. diffusers keeps x0 + sigma * noise in float32, which for a cosine schedule
  (sigma = 20000) loses 3 to 5 digits.
- Square roots are rounded correctly: see exact_sqrt.py.
"""

import json
import pathlib
import warnings
from unittest import mock

import exact_sqrt  # noqa: F401
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler

warnings.filterwarnings("ignore")
SIZE = 12
CLASSES = {
    "ddim": DDIMScheduler,
    "dpm++": DPMSolverMultistepScheduler,
    "euler": EulerDiscreteScheduler,
    "unipc": UniPCMultistepScheduler,
}
LATENT = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
SCHEDULES = {
    "latent": LATENT,
    "linear": {"beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02},
    "cosine": {"beta_schedule": "squaredcos_cap_v2"},
    "latent zero": {**LATENT, "rescale_betas_zero_snr": True},
    "cosine zero": {"beta_schedule": "squaredcos_cap_v2", "rescale_betas_zero_snr": True},
}


def model(x, t):
    return 0.7 * x * torch.cos(torch.as_tensor(t, dtype=torch.float32) / 1000) + 0.1 * torch.sin(x)


def digits(values):
    return [float(f"{v:.9g}") for v in values]


def run(kind, steps, config, eta=0.0, seed=0):
    config = dict(config)
    if kind == "ddim":
        config.setdefault("clip_sample", False)
    scheduler = CLASSES[kind](**config)
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(SIZE, generator=generator)
    sample = (noise * scheduler.init_noise_sigma).reshape(1, 1, 1, SIZE)
    euler = kind == "euler"
    if euler:
        scheduler.sigmas = scheduler.sigmas.double()
        sample = noise.double().reshape(sample.shape) * scheduler.init_noise_sigma
    recorded = {}
    count = len(scheduler.timesteps)
    keep = set(range(count)) if count <= 12 else {0, 1, 2, count // 2, count - 3, count - 2, count - 1}
    for index, t in enumerate(scheduler.timesteps):
        seen = scheduler.scale_model_input(sample, t)
        output = model(seen, t)
        if kind == "ddim":
            extra = {"eta": eta}
            if eta > 0:
                extra["variance_noise"] = torch.randn(SIZE, generator=generator).reshape(sample.shape)
            sample = scheduler.step(output, t, sample, **extra).prev_sample
        else:
            with mock.patch.object(torch, "float32", torch.float64 if euler else torch.float32):
                sample = scheduler.step(output, t, sample).prev_sample
        value = sample
        if euler:
            value = sample / (scheduler.sigmas[index + 1] ** 2 + 1) ** 0.5
        if index in keep:
            recorded[str(index)] = digits(value.flatten().tolist())
    assert all(torch.isfinite(torch.tensor(v)).all() for v in recorded.values()), (kind, steps, config)
    return {
        "sampler": kind,
        "steps": steps,
        "eta": eta,
        "seed": seed,
        "scheduler": config,
        "timesteps": digits(torch.as_tensor(scheduler.timesteps, dtype=torch.float32).tolist()),
        "samples": recorded,
    }


def main():
    runs = []
    for kind in CLASSES:
        for name, schedule in SCHEDULES.items():
            for prediction in ("epsilon", "v_prediction", "sample"):
                # Without a signal at the last timestep, noise prediction says nothing.
                if "zero" in name and prediction == "epsilon":
                    continue
                for spacing in ("leading", "trailing", "linspace"):
                    offset = 1 if spacing == "leading" else 0
                    config = {
                        **schedule,
                        "prediction_type": prediction,
                        "timestep_spacing": spacing,
                        "steps_offset": offset,
                    }
                    runs.append(run(kind, 7, config))
    latent = {**LATENT, "prediction_type": "epsilon"}
    velocity = {**SCHEDULES["cosine"], "prediction_type": "v_prediction"}
    official = {**latent, "set_alpha_to_one": False, "steps_offset": 1, "timestep_spacing": "leading"}
    runs += [
        run("ddim", 50, official),
        run("ddim", 50, official, eta=0.5, seed=3),
        run("ddim", 10, official, eta=1.0, seed=4),
        run("ddim", 10, velocity, eta=1.0, seed=5),
        run("ddim", 12, {**SCHEDULES["latent zero"], "prediction_type": "v_prediction", "timestep_spacing": "trailing"}, eta=0.3),
        run("ddim", 10, {**latent, "clip_sample": True}),
        run("ddim", 10, {**velocity, "clip_sample": True, "clip_sample_range": 0.5}),
        run("ddim", 1, official),
        run("ddim", 1, {**velocity, "timestep_spacing": "trailing"}),
        run("ddim", 16, {**latent, "timestep_spacing": "trailing"}),
        run("ddim", 100, {**velocity, "num_train_timesteps": 200}),
        run("ddim", 10, {"trained_betas": [0.01 + 0.001 * i for i in range(100)], "num_train_timesteps": 100}),
    ]
    for kind in ("dpm++", "unipc", "euler"):
        runs += [
            run(kind, 25, {**latent, "timestep_spacing": "leading", "steps_offset": 1}),
            run(kind, 20, velocity),
            run(kind, 10, {**latent, "use_karras_sigmas": True}),
            run(kind, 10, {**velocity, "use_karras_sigmas": True}),
            run(kind, 18, {**latent, "final_sigmas_type": "sigma_min"}),
            run(kind, 1, latent),
            run(kind, 2, velocity),
        ]
    for kind in ("dpm++", "unipc"):
        runs += [
            run(kind, 8, {**latent, "solver_order": 1}),
            run(kind, 10, {**latent, "final_sigmas_type": "sigma_min", "lower_order_final": False}),
        ]
    runs += [
        run("dpm++", 8, {**latent, "solver_type": "heun"}),
        run("dpm++", 17, {**latent, "final_sigmas_type": "sigma_min", "euler_at_final": True}),
        run("dpm++", 10, {**SCHEDULES["cosine"], "lambda_min_clipped": -5.1}),
        run("dpm++", 10, {**SCHEDULES["cosine"], "lambda_min_clipped": -5.1, "timestep_spacing": "trailing"}),
        run("unipc", 8, {**latent, "solver_type": "bh1", "final_sigmas_type": "sigma_min"}),
    ]
    text = ",\n".join(json.dumps(r, separators=(",", ":")) for r in runs)
    path = pathlib.Path(__file__).with_name("trajectories.json")
    path.write_text("[\n" + text + "\n]\n")
    print(len(runs), "runs,", path.stat().st_size, "bytes")


main()
