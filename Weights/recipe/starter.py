"""The starter's sizes, as the `config.json` files of its folder hold them."""

from autoencoder import AutoencoderConfig, AutoencoderKL
from text_encoder import CLIPTextModel, TextConfig
from unet import UNet3DConditionModel, UNetConfig

FRAMES, SIZE, WORDS = 16, 128, 32

UNET = {
    "sample_size": 16, "in_channels": 8, "out_channels": 8,
    "down_block_types": ["DownBlock3D", "CrossAttnDownBlock3D", "CrossAttnDownBlock3D"],
    "up_block_types": ["CrossAttnUpBlock3D", "CrossAttnUpBlock3D", "UpBlock3D"],
    "block_out_channels": [64, 128, 192], "layers_per_block": 2, "attention_head_dim": [2, 4, 6],
    "cross_attention_dim": 192, "use_linear_projection": True, "norm_num_groups": 32, "norm_eps": 1e-5,
    "flip_sin_to_cos": True, "freq_shift": 0, "add_temp_embed": True, "add_temp_conv": True, "temp_conv_layers": 2,
    "temp_conv_groups": 32, "class_embed_type": "projection", "projection_class_embeddings_input_dim": 192,
}

AUTOENCODER = {
    "in_channels": 3, "out_channels": 3, "latent_channels": 8, "sample_size": SIZE,
    "block_out_channels": [48, 96, 128], "layers_per_block": 1, "norm_num_groups": 16, "patch_size": 2,
    "mid_block_add_attention": False, "add_temp_conv": True, "temp_conv_layers": 3, "temp_conv_groups": 16,
}

TEXT = {
    "vocab_size": 1000, "hidden_size": 192, "intermediate_size": 768, "num_hidden_layers": 3,
    "num_attention_heads": 4, "max_position_embeddings": WORDS, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5,
    "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
}

SCHEDULER = {
    "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "squaredcos_cap_v2",
    "beta_start": 0.0001, "beta_end": 0.02, "prediction_type": "v_prediction", "clip_sample": False,
    "set_alpha_to_one": True, "steps_offset": 0,
}

# What generation takes where nobody says.
GENERATION = {
    "clip_frames": FRAMES, "fps": 8, "guidance_scale": 5, "num_inference_steps": 14, "sampler": "unipc",
    "negative_prompt": "", "noise_alpha": 3, "noise_recycle": 16,
}


def unet():
    return UNet3DConditionModel(UNetConfig.read(UNET))


def autoencoder(config=None):
    return AutoencoderKL(AutoencoderConfig.read(config or AUTOENCODER))


def text_encoder():
    return CLIPTextModel(TextConfig.read(TEXT))
