"""A tiny CLIP with random weights as transformers saves it, and its embeddings: the folder clip/.

    python3 make_clip.py TOKENIZER     TOKENIZER: folder of vocab.json and merges.txt (Tests/TextTests/Fixtures/clip)
"""
import json
import pathlib
import shutil
import sys

import numpy as np
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

out = pathlib.Path(__file__).with_name("clip")
out.mkdir(exist_ok=True)
tokenizer = pathlib.Path(sys.argv[1])
for name in ("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"):
    if (tokenizer / name).exists():
        shutil.copy(tokenizer / name, out / name)
vocabulary = json.loads((out / "vocab.json").read_text())
torch.manual_seed(5)
end = vocabulary["<|endoftext|>"]
config = CLIPConfig(
    text_config=dict(vocab_size=len(vocabulary), hidden_size=16, intermediate_size=24, num_hidden_layers=2,
                     num_attention_heads=2, max_position_embeddings=24, eos_token_id=end, bos_token_id=vocabulary["<|startoftext|>"]),
    vision_config=dict(hidden_size=24, intermediate_size=32, num_hidden_layers=2, num_attention_heads=3, image_size=32, patch_size=8),
    projection_dim=12)
model = CLIPModel(config).eval()
for p in model.parameters():
    p.data += torch.randn_like(p) * 0.2
model.save_pretrained(out)
(out / "model.safetensors").chmod(0o644)
rng = np.random.default_rng(2)
picture = Image.fromarray((rng.random((9, 12, 3)) * 255).astype(np.uint8)).resize((61, 47), Image.BICUBIC)
picture.save(out / "picture.png")
processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
pixels = processor(picture, return_tensors="pt")["pixel_values"]
from transformers import CLIPTokenizer

tok = CLIPTokenizer(str(out / "vocab.json"), str(out / "merges.txt"))
sentence = "a candle is burning"
ids = tok(sentence, return_tensors="pt")["input_ids"]
with torch.no_grad():
    text = model.get_text_features(input_ids=ids)
    image = model.get_image_features(pixel_values=pixels)
text, image = (getattr(x, "pooler_output", x) for x in (text, image))  # transformers 5 wraps the projected vectors
unit = lambda x: (x / x.norm(dim=-1, keepdim=True))[0].tolist()
json.dump({"sentence": sentence, "ids": ids[0].tolist(), "text": unit(text), "image": unit(image),
           "cosine": float(torch.nn.functional.cosine_similarity(text, image)[0])}, open(out / "expected.json", "w"))
print(ids, unit(text)[:3], unit(image)[:3])
