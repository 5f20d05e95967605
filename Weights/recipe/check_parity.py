"""Compares these models with recorded outputs of the authors' code: python3 check_parity.py FOLDER

FOLDER holds ModelT2V.pth, vae_finetuned/, stable-diffusion-2-1-base/ and golden.json / golden.safetensors. Prints the
relative L2 error of each output in float32 and in float64; exit code 1 if one is above 2e-5. The recorded outputs are
float32 themselves and lie up to 8e-6 from the same network in float64, so that no closer agreement means anything.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from autoencoder import AutoencoderConfig, AutoencoderKL
from layers import load_weights
from text_encoder import CLIPTextModel, TextConfig
from unet import UNet3DConditionModel, UNetConfig


TOLERANCE = 2e-5


@torch.no_grad()
def outputs(folder, golden, dtype):
    """The reference's outputs by the names of the recorded ones, computed in `dtype`."""
    facts = json.loads((folder / "golden.json").read_text())
    recorded = {name: tensor.to(dtype) for name, tensor in golden.items()}
    base = folder / "stable-diffusion-2-1-base"
    results = {}

    text = CLIPTextModel(TextConfig.read(base / "text_encoder/config.json"))
    load_weights(text, torch.load(base / "text_encoder/pytorch_model.bin", map_location="cpu", weights_only=True))
    vocabulary = json.loads((base / "tokenizer/vocab.json").read_text())
    words = [vocabulary[word + "</w>"] for word in facts["prompt"].split()]
    ids = [vocabulary["<|startoftext|>"], *words, vocabulary["<|endoftext|>"]]
    results["text.hidden"] = text.to(dtype)(torch.tensor([ids + [vocabulary["!"]] * (77 - len(ids))]))[0]

    unet = UNet3DConditionModel(UNetConfig.read({
        **json.loads((base / "unet/config.json").read_text()), "add_temp_embed": True, "add_temp_conv": True}))
    state = torch.load(folder / "ModelT2V.pth", map_location="cpu", weights_only=True)
    state = state.get("state_dict", state)
    load_weights(unet, {key[5:]: value for key, value in state.items() if key.startswith("unet.")})
    results["unet.out"] = unet.to(dtype)(recorded["unet.in"], torch.tensor([501]), recorded["text.hidden"])

    vae = AutoencoderKL(AutoencoderConfig.read(folder / "vae_finetuned/config.json"))
    load_weights(vae, torch.load(folder / "vae_finetuned/diffusion_pytorch_model.bin", map_location="cpu",
                                 weights_only=True))
    vae.to(dtype)
    results["vae.out_frames1"] = vae.decode(recorded["vae.in"])
    results["vae.out_frames8"] = vae.decode(recorded["vae.in"], frames=8)
    results["vae.mean"] = vae.encode(recorded["vae.img"])[0]
    return results


def main(folder):
    torch.set_num_threads(1)
    golden = load_file(folder / "golden.safetensors")
    single, double = (outputs(folder, golden, dtype) for dtype in (torch.float32, torch.float64))
    worst = 0.0
    for name in single:
        errors = [((value[name] - golden[name]).norm() / golden[name].norm()).item() for value in (single, double)]
        worst = max(worst, *errors)
        print(f"{name:16s} float32 {errors[0]:.1e}   float64 {errors[1]:.1e}")
    return worst < TOLERANCE


if __name__ == "__main__":
    sys.exit(not main(Path(sys.argv[1])))
