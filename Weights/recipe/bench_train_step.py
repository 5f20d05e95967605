"""Times one training step of the starter in PyTorch: forward, loss, backward, gradient clipping, AdamW, EMA.

    python3 bench_train_step.py [--stages image,video,autoencoder] [--steps 5] [--threads 2] [--layout contiguous]
                                [--compile] [--device cpu]

Prints one JSON object; `seconds` is the median of `--steps` steps after two for warming up. Run it on an idle machine.
"""

import argparse
import json
import statistics
import time

import torch

import layers
import starter
from losses import autoencoder_loss, cosine_alphas, noised, stratified_timesteps, velocity_loss
from training import Optimiser


def image_step(device, batch=32, frames=1):
    """The text encoder is trained with the images; clips use it frozen."""
    unet, text = layers.model_laid_out(starter.unet()).to(device), starter.text_encoder().to(device)
    if frames == 1:
        for name, parameter in unet.named_parameters():
            parameter.requires_grad_("temp_" not in name)
    text.requires_grad_(frames == 1)
    trained = [p for model in (unet, text) for p in model.parameters() if p.requires_grad]
    optimiser = Optimiser([{"params": trained}], [unet, text], 1e-4)
    shape = (batch, starter.UNET["in_channels"], frames, 16, 16)
    latents = torch.randn(shape, device=device)
    ids = torch.randint(4, starter.TEXT["vocab_size"], (batch, starter.WORDS), device=device)
    ids[:, 10] = 3
    alphas = cosine_alphas().to(device)

    def loss():
        hidden, pooled = text(ids)
        t = stratified_timesteps(batch, 1000, device=device)
        noisy, target = noised(latents, torch.randn(shape, device=device), t, alphas)
        return velocity_loss(unet(noisy, t, hidden, pooled), target)

    return loss, optimiser, [unet, text]


def video_step(device):
    return image_step(device, batch=2, frames=16)


def autoencoder_step(device, batch=8, size=128):
    vae = layers.model_laid_out(starter.autoencoder()).to(device)
    for name, parameter in vae.named_parameters():
        parameter.requires_grad_("temp_" not in name)
    optimiser = Optimiser([{"params": [p for p in vae.parameters() if p.requires_grad]}], [vae], 1e-4)
    images = torch.rand(batch, 3, size, size, device=device) * 2 - 1

    def loss():
        mean, log_variance = vae.encode(images)
        z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        return autoencoder_loss(vae, z, images, mean, log_variance, 3e-4, 0.25)

    return loss, optimiser, [vae]


STAGES = {"image": image_step, "video": video_step, "autoencoder": autoencoder_step}


def measure(stage, steps, device, compiled):
    loss, optimiser, models = STAGES[stage](device)
    if compiled:
        loss = torch.compile(loss)
    times = []
    for index in range(steps + 2):
        start = time.perf_counter()
        optimiser.step(loss())
        if device.type == "cuda":
            torch.cuda.synchronize()
        if index >= 2:
            times.append(time.perf_counter() - start)
    parameters = sum(p.numel() for model in models for p in model.parameters() if p.requires_grad)
    return {"seconds": statistics.median(times), "fastest": min(times), "steps": steps,
            "trained_parameters": parameters}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stages", default="image,video,autoencoder")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layout", choices=["channels-last", "contiguous"], default="channels-last")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    layers.LAYOUT = torch.channels_last if options.layout == "channels-last" else torch.contiguous_format
    torch.manual_seed(0)
    device = torch.device(options.device)
    print(json.dumps({
        "torch": torch.__version__, "device": str(device), "threads": torch.get_num_threads(),
        "compiled": options.compile, "layout": options.layout,
        "stages": {stage: measure(stage, options.steps, device, options.compile)
                   for stage in options.stages.split(",")},
    }, indent=2))


if __name__ == "__main__":
    main()
