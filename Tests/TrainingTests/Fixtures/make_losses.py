"""Writes losses.json and losses.safetensors: losses of the training stages and their gradients, as PyTorch finds them.

    python3 Tests/TrainingTests/Fixtures/make_losses.py

Tiny models with the starter's habits (eight latent channels, text added to the time) and random weights; float64, stored
as float32. Cases: `autoencoder` (pictures, noise of the posterior), `image` (single frames, text encoder and spatial
layers trained) and `video` (clips, all layers of the U-Net trained). In the safetensors file `weight.PART.KEY` are the
parameters, `CASE.NAME` the inputs (channels-first), `grad.CASE.PART.KEY` whole gradients of some parameters; the JSON file
has the configurations, timesteps, token ids, losses and the norms of all gradients.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "Weights/recipe"))

from autoencoder import AutoencoderConfig, AutoencoderKL  # noqa: E402
from losses import autoencoder_loss, cosine_alphas, noised, velocity_loss  # noqa: E402
from text_encoder import CLIPTextModel, TextConfig  # noqa: E402
from unet import UNet3DConditionModel, UNetConfig  # noqa: E402

LATENTS, KL_WEIGHT, SCALE_EQUIVARIANCE = 8, 3e-4, 0.25
CONFIGS = {
    "vae": {
        "_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": LATENTS,
        "block_out_channels": [8, 8], "layers_per_block": 1, "norm_num_groups": 4, "sample_size": 16, "patch_size": 2,
        "mid_block_add_attention": False, "add_temp_conv": True, "temp_conv_layers": 2, "temp_conv_groups": 4,
    },
    "unet": {
        "_class_name": "UNet3DConditionModel", "sample_size": 8, "in_channels": LATENTS, "out_channels": LATENTS,
        "down_block_types": ["DownBlock3D", "CrossAttnDownBlock3D"],
        "up_block_types": ["CrossAttnUpBlock3D", "UpBlock3D"], "block_out_channels": [8, 12], "layers_per_block": 1,
        "attention_head_dim": [2, 3], "cross_attention_dim": 12, "use_linear_projection": True, "norm_num_groups": 4,
        "norm_eps": 1e-5, "flip_sin_to_cos": True, "freq_shift": 0, "add_temp_embed": True, "add_temp_conv": True,
        "temp_conv_layers": 2, "temp_conv_groups": 4, "class_embed_type": "projection",
        "projection_class_embeddings_input_dim": 12,
    },
    "text_encoder": {
        "architectures": ["CLIPTextModel"], "vocab_size": 20, "hidden_size": 12, "intermediate_size": 24,
        "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 6, "hidden_act": "quick_gelu",
        "layer_norm_eps": 1e-5, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
    },
}
IDS = [[2, 7, 15, 3, 0, 0], [2, 3, 0, 0, 0, 0]]
# case: (frames, timesteps, whether temporal layers are trained, whether the text encoder is)
DIFFUSION = {"image": (1, [37, 613], False, True), "video": (3, [420, 951], True, False)}


def temporal(name):
    return "temp_" in name


def randomised(model):
    """Values that float32 holds exactly, also where training begins at zero; in float64."""
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            noise = torch.randn(parameter.shape)
            if isinstance(module, (nn.GroupNorm, nn.LayerNorm)):
                noise = 1 + 0.2 * noise if name == "weight" else 0.2 * noise
            elif name == "bias":
                noise = 0.1 * noise
            elif not isinstance(module, nn.Embedding):
                noise = noise / parameter[0].numel() ** 0.5
            parameter.data.copy_(noise)
    return model.double()


def draw(*shape):
    return torch.randn(shape).double()


def main():
    torch.set_num_threads(1)
    torch.manual_seed(21)
    vae = randomised(AutoencoderKL(AutoencoderConfig.read(CONFIGS["vae"])))
    unet = randomised(UNet3DConditionModel(UNetConfig.read(CONFIGS["unet"])))
    text = randomised(CLIPTextModel(TextConfig.read(CONFIGS["text_encoder"])))
    models = {"vae": vae, "unet": unet, "text_encoder": text}
    tensors = {f"weight.{part}.{key}": value for part, model in models.items() for key, value in model.state_dict().items()}
    cases = {}

    def record(case, loss, inputs, trained):
        """`trained`: (part, parameter name, parameter), those that the stage trains."""
        gradients = torch.autograd.grad(loss, [parameter for _, _, parameter in trained], allow_unused=True)
        norms = {}
        for (part, name, _), gradient in zip(trained, gradients):
            norms[f"{part}.{name}"] = 0.0 if gradient is None else float(f"{gradient.norm().item():.7g}")
            if gradient is not None and gradient.numel() <= 400:
                tensors[f"grad.{case}.{part}.{name}"] = gradient
        tensors.update({f"{case}.{name}": value for name, value in inputs.items()})
        cases[case] = {"loss": loss.item(), "gradient_norms": norms}

    pictures = draw(2, 3, 16, 24).clamp(-2, 2) / 2
    mean, log_variance = vae.encode(pictures)
    noise = draw(*mean.shape)
    latents = mean + (0.5 * log_variance).exp() * noise
    loss = autoencoder_loss(vae, latents, pictures, mean, log_variance, KL_WEIGHT, SCALE_EQUIVARIANCE)
    record("autoencoder", loss, {"pictures": pictures, "noise": noise},
           [("vae", name, p) for name, p in vae.named_parameters() if "temp_convs" not in name])
    cases["autoencoder"] |= {"kl_weight": KL_WEIGHT, "scale_equivariance": SCALE_EQUIVARIANCE}

    alphas = cosine_alphas()
    for case, (frames, timesteps, trains_temporal, trains_text) in DIFFUSION.items():
        clean, noise = draw(2, LATENTS, frames, 4, 6), draw(2, LATENTS, frames, 4, 6)
        t = torch.tensor(timesteps)
        hidden, pooled = text(torch.tensor(IDS))
        noisy, target = noised(clean, noise, t, alphas)
        loss = velocity_loss(unet(noisy, t, hidden, pooled), target)
        trained = [("unet", name, p) for name, p in unet.named_parameters() if trains_temporal or not temporal(name)]
        trained += [("text_encoder", name, p) for name, p in text.named_parameters() if trains_text]
        record(case, loss, {"clean": clean, "noise": noise, "noisy": noisy, "target": target}, trained)
        cases[case]["timesteps"] = timesteps
    facts = {"configurations": CONFIGS, "ids": IDS, "cases": cases}
    (HERE / "losses.json").write_text(json.dumps(facts, indent=1) + "\n")
    save_file({key: value.detach().float().contiguous() for key, value in tensors.items()}, HERE / "losses.safetensors")


if __name__ == "__main__":
    main()
