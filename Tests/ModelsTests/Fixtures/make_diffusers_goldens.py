"""Writes `unet-modelscope` and `unet-image` beside this file: diffusers' own UNet3DConditionModel and UNet2DConditionModel
in small, and what they compute in float64.

    python3 Tests/ModelsTests/Fixtures/make_diffusers_goldens.py

Run from the root of the package, with torch 2.13, diffusers 0.35.1 and safetensors installed.
"""

import json

import torch
from diffusers import UNet2DConditionModel, UNet3DConditionModel

from make_goldens import draw, gradients, randomised, write, write_model

CONFIG = {
    "sample_size": 8, "in_channels": 4, "out_channels": 4,
    "down_block_types": ["CrossAttnDownBlock3D", "DownBlock3D"],
    "up_block_types": ["UpBlock3D", "CrossAttnUpBlock3D"],
    "block_out_channels": [8, 16], "layers_per_block": 1, "norm_num_groups": 4, "cross_attention_dim": 12,
    "attention_head_dim": 4,
}
# Stable Diffusion 1.x has one number of heads for all levels and 1x1 convolutions as projections.
IMAGE = {
    "sample_size": 8, "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"], "block_out_channels": [8, 16], "layers_per_block": 1,
    "norm_num_groups": 4, "cross_attention_dim": 12, "attention_head_dim": 2,
}
# (batch, frames, height, width) and whether gradients are written beside their norms.
CASES = [((2, 3, 8, 8), True), ((1, 1, 6, 10), False), ((1, 2, 7, 5), False)]
CHOSEN = [
    "transformer_in.norm.weight", "transformer_in.proj_in.weight", "transformer_in.proj_out.bias",
    *(f"transformer_in.transformer_blocks.0.{name}" for name in (
        "norm1.weight", "attn1.to_q.weight", "attn1.to_v.weight", "attn2.to_k.weight", "attn2.to_out.0.weight",
        "norm3.bias", "ff.net.0.proj.weight", "ff.net.2.bias")),
    "down_blocks.0.temp_convs.0.conv1.0.weight", "down_blocks.0.temp_convs.0.conv1.2.weight",
    "down_blocks.0.temp_convs.0.conv4.3.bias", "down_blocks.0.temp_attentions.0.proj_in.weight",
    "mid_block.temp_attentions.0.transformer_blocks.0.attn2.to_q.weight", "mid_block.resnets.1.norm1.weight",
    "up_blocks.1.temp_attentions.1.norm.bias", "up_blocks.1.attentions.1.transformer_blocks.0.attn2.to_k.weight",
    "conv_norm_out.weight", "conv_in.weight",
]


def main():
    torch.manual_seed(41)
    model = randomised(UNet3DConditionModel(**CONFIG).eval())
    saved = json.loads(model.to_json_string())
    folder = write_model("unet-modelscope", saved, model, "diffusion_pytorch_model.safetensors")
    for (batch, frames, height, width), full in CASES:
        timesteps = torch.tensor([37, 613][:batch])
        inputs = {"sample": draw(batch, 4, frames, height, width), "context": draw(batch, 5, 12)}
        for value in inputs.values():
            value.requires_grad_()
        target = draw(batch, 4, frames, height, width)
        out = model(inputs["sample"], timesteps, inputs["context"]).sample
        loss = torch.nn.functional.mse_loss(out, target)
        tensors, norms = gradients(model, loss, CHOSEN if full else [], inputs)
        write(folder, f"case-{batch}x{frames}x{height}x{width}",
              {"loss": loss.item(), "timesteps": timesteps.tolist(), "gradient_norms": norms},
              {**inputs, "target": target, "out": out, **tensors})

    torch.manual_seed(42)
    model = randomised(UNet2DConditionModel(**IMAGE).eval())
    folder = write_model("unet-image", json.loads(model.to_json_string()), model, "diffusion_pytorch_model.safetensors")
    # Three pictures at once, stored as the three frames of a clip.
    sample, context = draw(3, 4, 8, 8), draw(1, 5, 12)
    out = model(sample, torch.tensor([613] * 3), context.expand(3, -1, -1)).sample
    write(folder, "case", {"loss": 0, "timesteps": [613], "gradient_norms": {}},
          {"sample": sample.transpose(0, 1)[None], "context": context, "out": out.transpose(0, 1)[None]})


if __name__ == "__main__":
    main()
