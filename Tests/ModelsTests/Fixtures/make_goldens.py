"""Writes the tiny models beside this file and what PyTorch computes with them, in float64, stored as float32.

    python3 Tests/ModelsTests/Fixtures/make_goldens.py

Run from the root of the package, with torch and safetensors installed; takes a few seconds and writes the same bytes
every time on one version of PyTorch. README.md in this folder says what every tensor is.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "Weights/recipe"))

from autoencoder import AutoencoderConfig, AutoencoderKL  # noqa: E402
from losses import autoencoder_loss  # noqa: E402
from text_encoder import CLIPTextModel, TextConfig  # noqa: E402
from unet import UNet3DConditionModel, UNetConfig  # noqa: E402

KL_WEIGHT = 0.01

UNETS = {
    # The starter in small: no attention at the finest level, linear projections, text also added to the time.
    "unet-starter": {
        "_class_name": "UNet3DConditionModel", "sample_size": 8, "in_channels": 4, "out_channels": 4,
        "down_block_types": ["DownBlock3D", "CrossAttnDownBlock3D"],
        "up_block_types": ["CrossAttnUpBlock3D", "UpBlock3D"],
        "block_out_channels": [16, 24], "layers_per_block": 1, "attention_head_dim": [2, 4],
        "cross_attention_dim": 24, "use_linear_projection": True, "norm_num_groups": 8, "norm_eps": 1e-5,
        "flip_sin_to_cos": True, "freq_shift": 0, "add_temp_embed": True, "add_temp_conv": True,
        "temp_conv_layers": 2, "temp_conv_groups": 8,
        "class_embed_type": "projection", "projection_class_embeddings_input_dim": 24,
    },
    # VidRD's habits: three levels, attention at the finest, 1x1 convolutions as projections, one head count for all,
    # the default four layers of a Temp-conv, no class embedding.
    "unet-vidrd": {
        "_class_name": "UNet3DConditionModel", "sample_size": 8, "in_channels": 4, "out_channels": 4,
        "down_block_types": ["CrossAttnDownBlock3D", "CrossAttnDownBlock3D", "DownBlock3D"],
        "up_block_types": ["UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"],
        "block_out_channels": [8, 8, 16], "layers_per_block": 1, "attention_head_dim": 2,
        "cross_attention_dim": 12, "use_linear_projection": False, "norm_num_groups": 4, "norm_eps": 1e-5,
        "flip_sin_to_cos": True, "freq_shift": 0, "add_temp_embed": True, "add_temp_conv": True,
        "temp_conv_groups": 4,
    },
}
# (batch, frames, height, width) and whether all tensors of gradients are written, or their norms alone.
UNET_CASES = {
    "unet-starter": [((2, 1, 8, 8), False), ((2, 3, 8, 8), True), ((1, 8, 8, 8), False), ((1, 3, 6, 10), False),
                     ((1, 2, 5, 7), False)],
    "unet-vidrd": [((1, 3, 8, 8), True), ((1, 1, 6, 10), False), ((1, 2, 7, 5), False)],
}
UNET_GRADIENTS = [
    "conv_in.weight", "time_embedding.linear_1.weight", "time_embedding.linear_2.bias",
    "class_embedding.linear_1.weight", "class_embedding.linear_2.weight",
    "down_blocks.0.resnets.0.norm1.weight", "down_blocks.0.resnets.0.norm1.bias",
    "down_blocks.0.resnets.0.conv1.weight", "down_blocks.0.resnets.0.conv2.bias",
    "down_blocks.0.temp_convs.0.convs.0.weight", "down_blocks.0.temp_convs.0.convs.3.weight",
    "down_blocks.0.temp_convs.0.convs.7.weight", "down_blocks.0.temp_convs.0.convs.7.bias",
    "down_blocks.0.downsamplers.0.conv.weight", "down_blocks.1.resnets.0.time_emb_proj.weight",
    "down_blocks.1.resnets.0.conv_shortcut.weight",
    *(f"down_blocks.1.attentions.0.{name}" for name in (
        "norm.weight", "proj_in.weight", "proj_out.weight", "proj_out.bias")),
    *(f"down_blocks.1.attentions.0.transformer_blocks.0.{name}" for name in (
        "norm1.weight", "attn1.to_q.weight", "attn1.to_k.weight", "attn1.to_v.weight", "attn1.to_out.0.weight",
        "norm2.bias", "attn2.to_q.weight", "attn2.to_k.weight", "attn2.to_v.weight", "attn2.to_out.0.bias",
        "temp_norm.weight", "temp_attn.to_q.weight", "temp_attn.to_v.weight", "temp_attn.to_out.0.weight",
        "norm3.weight", "ff.net.0.proj.bias", "ff.net.2.weight")),
    "mid_block.resnets.1.norm2.weight", "up_blocks.0.upsamplers.0.conv.weight", "up_blocks.1.resnets.0.norm1.weight",
    "conv_norm_out.weight", "conv_norm_out.bias", "conv_out.weight", "conv_out.bias",
]

AUTOENCODERS = {
    # The starter in small.
    "vae-starter": {
        "_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": 4,
        "down_block_types": ["DownEncoderBlock2D"] * 3, "up_block_types": ["UpDecoderBlock2D"] * 3,
        "block_out_channels": [8, 12, 16], "layers_per_block": 1, "norm_num_groups": 4, "sample_size": 32,
        "patch_size": 2, "mid_block_add_attention": False, "add_temp_conv": True, "temp_conv_layers": 3,
        "temp_conv_groups": 4, "latents_mean": [0.1, -0.2, 0.3, 0.0], "latents_std": [1.5, 0.5, 2.0, 1.0],
    },
    # Stable Diffusion's: no patches, attention in the middle (under its old key names), no temporal layers.
    "vae-attention": {
        "_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": 4,
        "down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2,
        "block_out_channels": [8, 16], "layers_per_block": 2, "norm_num_groups": 4, "sample_size": 16,
        "scaling_factor": 0.18215,
    },
}
# (clips, frames, height, width)
AUTOENCODER_CASES = {
    "vae-starter": [(2, 1, 16, 24), (1, 3, 16, 24)],
    "vae-attention": [(2, 1, 16, 12)],
}
AUTOENCODER_GRADIENTS = [
    "encoder.conv_in.weight", "encoder.down_blocks.0.resnets.0.conv1.weight",
    "encoder.down_blocks.0.downsamplers.0.conv.weight", "encoder.down_blocks.1.resnets.0.conv_shortcut.weight",
    "encoder.mid_block.resnets.0.norm1.weight", "encoder.conv_out.weight", "quant_conv.weight",
    "post_quant_conv.weight", "decoder.conv_in.weight", "decoder.mid_block.resnets.1.norm2.bias",
    "decoder.mid_block.attentions.0.group_norm.weight", "decoder.mid_block.attentions.0.to_q.weight",
    "decoder.mid_block.attentions.0.to_v.weight", "decoder.mid_block.attentions.0.to_out.0.bias",
    "decoder.up_blocks.0.upsamplers.0.conv.weight", "decoder.up_blocks.1.resnets.0.conv1.weight",
    "decoder.up_blocks.1.temp_convs.0.convs.0.bias", "decoder.up_blocks.1.temp_convs.0.convs.3.weight",
    "decoder.up_blocks.1.temp_convs.1.convs.11.weight", "decoder.conv_norm_out.weight", "decoder.conv_out.weight",
    "decoder.conv_out.bias",
]
OLD_ATTENTION = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}

TEXTS = {
    name: {
        "architectures": ["CLIPTextModel"], "vocab_size": 60, "hidden_size": 24, "intermediate_size": 48,
        "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 12, "hidden_act": activation,
        "layer_norm_eps": 1e-5, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
    } for name, activation in (("text-quick-gelu", "quick_gelu"), ("text-gelu", "gelu"))
}
TEXT_IDS = [
    [2, 17, 41, 8, 3, 0, 0, 0, 0, 0, 0, 0],
    [2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  # the empty prompt
    [2, 59, 4, 1, 33, 33, 20, 9, 50, 12, 7, 3],  # full, with an unknown piece
]
TEXT_GRADIENTS = [f"text_model.{name}" for name in (
    "embeddings.token_embedding.weight", "embeddings.position_embedding.weight", "final_layer_norm.weight",
    "final_layer_norm.bias", *(f"encoder.layers.0.{part}" for part in (
        "layer_norm1.weight", "self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.bias",
        "self_attn.out_proj.weight", "layer_norm2.bias", "mlp.fc1.weight", "mlp.fc1.bias", "mlp.fc2.weight")))]


def randomised(model):
    """Fills every parameter, the zero-initialised ones too, with values that float32 holds exactly; in float64."""
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            noise = torch.randn(parameter.shape)
            if isinstance(module, (nn.GroupNorm, nn.LayerNorm)):
                values = (1 + 0.2 * noise) if name == "weight" else 0.2 * noise
            elif name == "bias":
                values = 0.1 * noise
            elif isinstance(module, nn.Embedding):
                values = noise
            else:
                values = noise / parameter[0].numel() ** 0.5
            parameter.data.copy_(values)
    return model.double()


def write(folder, name, facts, tensors):
    (folder / f"{name}.json").write_text(json.dumps(facts, indent=1) + "\n")
    save_file({key: value.detach().float().contiguous() for key, value in tensors.items()},
              folder / f"{name}.safetensors")


def write_model(name, config, model, weights_name, renames=()):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file({renamed(key, renames): value.float().contiguous() for key, value in model.state_dict().items()},
              folder / weights_name)
    return folder


def renamed(key, renames):
    for old, new in dict(renames).items():
        key = key.replace(old, new) if ".mid_block.attentions." in key else key
    return key


def gradients(model, loss, chosen, inputs, renames=()):
    """Tensors of the chosen gradients, the norms of all of them, and the gradients of the inputs."""
    parameters = dict(model.named_parameters())
    found = torch.autograd.grad(loss, [*parameters.values(), *inputs.values()], allow_unused=True, retain_graph=True)
    by_name = dict(zip([*parameters, *inputs], found))
    tensors = {f"grad.{renamed(key, renames)}": by_name[key] for key in [*chosen, *inputs]
               if by_name.get(key) is not None}
    norms = {renamed(key, renames): 0.0 if by_name[key] is None else float(f"{by_name[key].norm().item():.7g}")
             for key in parameters}
    return tensors, norms


def draw(*shape):
    return torch.randn(shape).double()


def unet_goldens(name, config):
    model = randomised(UNet3DConditionModel(UNetConfig.read(config)))
    folder = write_model(name, config, model, "diffusion_pytorch_model.safetensors")
    dim = config["cross_attention_dim"]
    for (batch, frames, height, width), full in UNET_CASES[name]:
        timesteps = torch.tensor([37, 613][:batch])
        inputs = {"sample": draw(batch, 4, frames, height, width), "context": draw(batch, 5, dim)}
        if "class_embed_type" in config:
            inputs["pooled"] = draw(batch, dim)
        for value in inputs.values():
            value.requires_grad_()
        target = draw(batch, 4, frames, height, width)
        taps = {}
        out = model(inputs["sample"], timesteps, inputs["context"], inputs.get("pooled"), taps)
        loss = F.mse_loss(out, target)
        tensors, norms = gradients(model, loss, UNET_GRADIENTS if full else [], inputs)
        tensors |= {**inputs, "target": target, "out": out}
        if full and frames == 3:
            tensors |= {f"tap.{key}": value for key, value in taps.items()}
        write(folder, f"case-{batch}x{frames}x{height}x{width}",
              {"batch": batch, "frames": frames, "height": height, "width": width, "timesteps": timesteps.tolist(),
               "loss": loss.item(), "gradient_norms": norms}, tensors)


def autoencoder_goldens(name, config):
    model = randomised(AutoencoderKL(AutoencoderConfig.read(config)))
    renames = OLD_ATTENTION if config.get("mid_block_add_attention", True) else {}
    folder = write_model(name, config, model, "diffusion_pytorch_model.safetensors", renames)
    for clips, frames, height, width in AUTOENCODER_CASES[name]:
        image = draw(clips * frames, 3, height, width).clamp(-2, 2).div(2).requires_grad_()
        target = draw(clips * frames, 3, height, width)
        mean, log_variance = model.encode(image)
        noise = draw(*mean.shape)
        z = mean + (0.5 * log_variance).exp() * noise
        out = model.decode(z, frames)
        facts = {"clips": clips, "frames": frames, "height": height, "width": width}
        size = f"{clips}x{frames}x{height}x{width}"

        loss = F.mse_loss(out, target)
        tensors, norms = gradients(model, loss, AUTOENCODER_GRADIENTS, {"image": image, "z": z}, renames)
        tensors |= {"image": image, "target": target, "mean": mean, "log_variance": log_variance, "noise": noise,
                    "z": z, "out": out, "normalised": model.normalise(mean)}
        write(folder, f"mse-{size}", {**facts, "loss": loss.item(), "gradient_norms": norms}, tensors)

        loss = autoencoder_loss(out, image.detach(), mean, log_variance, KL_WEIGHT)
        chosen = ["encoder.conv_out.weight", "decoder.conv_out.weight"]
        tensors, norms = gradients(model, loss, chosen, {"z": z}, renames)
        write(folder, f"recipe-{size}",
              {**facts, "kl_weight": KL_WEIGHT, "loss": loss.item(), "gradient_norms": norms}, tensors)


def text_goldens(name, config):
    model = randomised(CLIPTextModel(TextConfig.read(config)))
    folder = write_model(name, config, model, "model.safetensors")
    hidden, pooled = model(torch.tensor(TEXT_IDS))
    target, pooled_target = draw(*hidden.shape), draw(*pooled.shape)
    loss = F.mse_loss(hidden, target) + F.mse_loss(pooled, pooled_target)
    tensors, norms = gradients(model, loss, TEXT_GRADIENTS, {})
    tensors |= {"hidden": hidden, "pooled": pooled, "target": target, "pooled_target": pooled_target}
    write(folder, "case", {"ids": TEXT_IDS, "loss": loss.item(), "gradient_norms": norms}, tensors)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(20)
    for goldens, configs in ((unet_goldens, UNETS), (autoencoder_goldens, AUTOENCODERS), (text_goldens, TEXTS)):
        for name, config in configs.items():
            goldens(name, config)


if __name__ == "__main__":
    main()
