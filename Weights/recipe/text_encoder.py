"""The text transformer of CLIP, with transformers' parameter names."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from layers import ConfigBase

ACTIVATIONS = {"quick_gelu": lambda x: x * torch.sigmoid(1.702 * x), "gelu": F.gelu}


@dataclass
class TextConfig(ConfigBase):
    vocab_size: int = 49408
    hidden_size: int = 512
    intermediate_size: int = 2048
    num_hidden_layers: int = 12
    num_attention_heads: int = 8
    max_position_embeddings: int = 77
    hidden_act: str = "quick_gelu"
    layer_norm_eps: float = 1e-5
    pad_token_id: int = 1
    bos_token_id: int = 49406
    eos_token_id: int = 49407


class SelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(dim, dim) for _ in range(4))

    def forward(self, x):
        q, k, v = (project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for project in (self.q_proj, self.k_proj, self.v_proj))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(y.transpose(1, 2).flatten(2))


class Perceptron(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.fc1 = nn.Linear(config.hidden_size, config.intermediate_size)
        self.fc2 = nn.Linear(config.intermediate_size, config.hidden_size)
        self.activation = ACTIVATIONS[config.hidden_act]

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x)))


class TextLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)
        self.self_attn = SelfAttention(config.hidden_size, config.num_attention_heads)
        self.layer_norm2 = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)
        self.mlp = Perceptron(config)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class CLIPTextModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        dim = config.hidden_size
        embeddings = nn.ModuleDict({
            "token_embedding": nn.Embedding(config.vocab_size, dim),
            "position_embedding": nn.Embedding(config.max_position_embeddings, dim),
        })
        for embedding in embeddings.values():
            nn.init.normal_(embedding.weight, std=0.02)
        self.text_model = nn.ModuleDict({
            "embeddings": embeddings,
            "encoder": nn.ModuleDict({
                "layers": nn.ModuleList(TextLayer(config) for _ in range(config.num_hidden_layers))}),
            "final_layer_norm": nn.LayerNorm(dim, config.layer_norm_eps),
        })

    def forward(self, ids):
        """Token ids `[b, words]` to hidden states `[b, words, dim]` and the state at the first end of text `[b, dim]`.
        Padding is attended to, as in Stable Diffusion."""
        model = self.text_model
        x = model["embeddings"]["token_embedding"](ids) \
            + model["embeddings"]["position_embedding"].weight[: ids.shape[1]]
        for layer in model["encoder"]["layers"]:
            x = layer(x)
        hidden = model["final_layer_norm"](x)
        # transformers' rule for SD's old configurations, whose `eos_token_id` 2 is wrong: the largest id ends the text.
        ends = ids if self.config.eos_token_id == 2 else (ids == self.config.eos_token_id).int()
        return hidden, hidden[torch.arange(len(ids), device=ids.device), ends.argmax(dim=-1)]
