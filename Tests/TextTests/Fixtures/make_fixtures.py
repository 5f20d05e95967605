"""Makes the tokenizers beside it: python3 make_fixtures.py  (transformers 5.23, sentencepiece 0.2.3)

clip/ is a byte-pair tokenizer of 676 pieces in CLIP's layout, t5/ a unigram model in T5's; expected.json holds
what the reference libraries make of some texts.
"""
import collections
import io
import json
import os

import sentencepiece
from transformers import CLIPTokenizer

os.chdir(os.path.dirname(os.path.abspath(__file__)))
captions = [
    "a candle is burning on a wooden table at night", "timelapse at the snow land with aurora in the sky",
    "an epic tornado attacking above a glowing city at night", "wood on fire", "a boat is sailing in a lake",
    "aerial view of a white sandy beach on the shores of a beautiful sea", "three balls are bouncing on the floor",
    "snow is falling over the trees", "the sun is setting behind the mountains", "it's the dog's bone, they'll say",
]
texts = [
    "a candle is burning", "A Candle  is BURNING!!", "", "it's the dog's; they'll we've I'm",
    "naïve café façade Ünïcödé", "e\u0301 or é", "emoji 🔥🕯️ test", "tabs\tand\nnewlines", "3.14159 2,000 50%",
    "<|startoftext|>x<|endoftext|>", "don't-stop_believing/now", "'stop 'tis 've", "a" * 200, "snow " * 60,
]

# Byte pairs learnt from the captions.
byte_values = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
characters = {b: chr(b) for b in byte_values}
characters |= {b: chr(256 + i) for i, b in enumerate(b for b in range(256) if b not in byte_values)}
order = [*byte_values, *(b for b in range(256) if b not in byte_values)]
vocabulary = [characters[b] for b in order] + [characters[b] + "</w>" for b in order]
words = collections.Counter(w for c in captions for w in c.replace("'", " '").replace(",", " ,").split())
words = {(*w[:-1], w[-1] + "</w>"): n for w, n in words.items()}
merges = []
while len(merges) < 186:
    pairs = collections.Counter()
    for word, n in words.items():
        for pair in zip(word, word[1:]):
            pairs[pair] += n
    if not pairs:
        break
    best = max(pairs, key=lambda p: (pairs[p], p))
    merges.append(best)
    merged = {}
    for word, n in words.items():
        out, i = [], 0
        while i < len(word):
            if word[i : i + 2] == best:
                out.append(word[i] + word[i + 1])
                i += 2
            else:
                out.append(word[i])
                i += 1
        merged[tuple(out)] = n
    words = merged
vocabulary += ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
with open("clip/vocab.json", "w") as file:
    json.dump({piece: i for i, piece in enumerate(vocabulary)}, file, ensure_ascii=False)
with open("clip/merges.txt", "w") as file:
    file.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
with open("clip/tokenizer_config.json", "w") as file:
    json.dump({"model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}, file)
clip = CLIPTokenizer(vocab="clip/vocab.json", merges="clip/merges.txt", model_max_length=77)

model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(captions), model_writer=model, vocab_size=70, normalization_rule_name="identity",
    pad_id=0, eos_id=1, unk_id=2, bos_id=-1, character_coverage=1.0, minloglevel=2,
)
with open("t5/spiece.model", "wb") as file:
    file.write(model.getvalue())
with open("t5/special_tokens_map.json", "w") as file:
    json.dump({"eos_token": {"content": "</s>"}, "pad_token": "<pad>", "unk_token": "<unk>"}, file)
with open("t5/tokenizer_config.json", "w") as file:
    json.dump({"model_max_length": 1000000000000000019884624838656, "tokenizer_class": "T5Tokenizer"}, file)
pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())

with open("expected.json", "w") as file:
    json.dump(
        {
            "texts": texts,
            "clip": [clip(t, padding="max_length", max_length=77, truncation=True)["input_ids"] for t in texts],
            "t5": [pieces.encode(t) + [1] for t in texts],
        },
        file,
    )
