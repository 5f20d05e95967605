"""The starter's recipe in PyTorch, for people with a GPU; the Swift trainer does the same on CPUs.

    python3 train.py autoencoder --data CLIPS --model OUT      pictures <-> latents
    python3 train.py image       --data CLIPS --model OUT      single frames, text encoder trained along
    python3 train.py captions    --data STILLS --model OUT     the same further, on few frames each of many more scenes
    python3 train.py video       --data CLIPS --model OUT      clips of 16 frames, temporal layers new
    python3 train.py motion      --data FRESH --model OUT      the same further, on clips that no stage has seen
    python3 train.py joint       --data FRESH --stills EXPLICIT --model OUT   all of it on clips and stills at once
    python3 train.py decoder     --data CLIPS --model OUT      the decoder on clips: temporal layers, others more slowly

The stages follow one another in one model folder, which has diffusers' layout and averaged weights. A stage that was
interrupted goes on where it saved last. data.py says what these folders hold. Needs torch, numpy, safetensors,
sentencepiece.
"""

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file, save_file

import starter
from autoencoder import AutoencoderConfig, AutoencoderKL
from data import Clips, Tokenizer, latents, write_aside, write_text
from layers import load_weights, model_laid_out
from losses import (autoencoder_loss, change_loss, correlated_noise, cosine_alphas, noised, reconstruction_loss,
                    stratified_timesteps, told, velocity_loss)
from muon import OTHERS_RATE
from text_encoder import CLIPTextModel, TextConfig
from training import KINDS, Optimiser
from unet import UNet3DConditionModel, UNetConfig

# batch, steps, learning rate of Muon; AdamW's is OTHERS_RATE of it
DEFAULTS = {"autoencoder": (32, 40000, 3e-3), "image": (128, 60000, 2e-3), "captions": (128, 30000, 1e-3),
            "video": (16, 40000, 2.5e-3), "motion": (16, 40000, 1e-3), "joint": (16, 20000, 1e-3), "decoder": (2, 4000, 1.25e-3)}
CAPTION_DROPOUT = 0.1
TIMESTEP_SHIFT = 3.0  # timesteps are moved to high noise, where the caption and the agreement of frames decide
SPATIAL_SCALE = 0.2  # learning rate of the image stage's layers in the video stage, relative to the new ones
MOTION_SPATIAL_SCALE = 0.5  # the same in the motion stage
JOINT_STILLS = 32  # stills for each clip of a batch in joint training
JOINT_STILLS_SHIFT = 5.0  # their timestep shift: colour and number are settled where there is most noise
CROP_SHARE = 0.8  # of the autoencoder's steps see crops, the others whole frames
DECODER_FRAMES, DECODER_SPATIAL_SCALE = 8, 0.25  # clips of the decoder stage; its spatial layers learn more slowly
LATENT_NOISE = 0.2  # largest deviation of noise on the decoder's normalised latents: it must take what diffusion leaves
PARTS = {"unet": (UNet3DConditionModel, UNetConfig, starter.UNET, "diffusion_pytorch_model.safetensors"),
         "vae": (AutoencoderKL, AutoencoderConfig, starter.AUTOENCODER, "diffusion_pytorch_model.safetensors"),
         "text_encoder": (CLIPTextModel, TextConfig, starter.TEXT, "model.safetensors")}


class ModelFolder:
    def __init__(self, folder, half):
        self.folder, self.half = Path(folder), half

    def weights(self, part):
        return self.folder / part / PARTS[part][3]

    def load(self, part, device, needed=True):
        """The part with the folder's sizes and weights; where there are none and none are `needed`, a new one in the
        starter's sizes."""
        path = self.weights(part)
        if not path.exists() and needed:
            raise FileNotFoundError(f"{path} does not exist: run the stages before this one first")
        kind, config, sizes, _ = PARTS[part]
        model = kind(config.read(path.parent / "config.json" if path.exists() else sizes))
        if path.exists():
            load_weights(model, {key: value.float() for key, value in load_file(path).items()})
        return model_laid_out(model.to(device))

    def save(self, part, model, state):
        kind = torch.float16 if self.half else torch.float32
        tensors = {key: value.to(kind).cpu().contiguous() for key, value in state.items()}
        write_aside(self.weights(part), lambda aside: save_file(tensors, aside, metadata={"format": "pt"}))
        self.save_config(part, model)

    def save_config(self, part, model):
        kind = PARTS[part][0].__name__
        name = {"architectures": [kind], "model_type": "clip_text_model"} if part == "text_encoder" \
            else {"_class_name": kind}
        write_aside(self.folder / part / "config.json", lambda aside: model.config.write(aside, **name))

    def save_index(self):
        write_text(self.folder / "scheduler/scheduler_config.json", json.dumps(starter.SCHEDULER, indent=2) + "\n")
        write_text(self.folder / "generation_config.json", json.dumps(starter.GENERATION, indent=2) + "\n")
        write_text(self.folder / "model_index.json", json.dumps({
            "_class_name": "VidRDPipeline", "unet": ["vidrd", "UNet3DConditionModel"],
            "vae": ["vidrd", "AutoencoderKL"], "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["vidrd", "SentencePieceTokenizer"], "scheduler": ["diffusers", "DDIMScheduler"],
        }, indent=2) + "\n")


def temporal(name):
    return "temp_" in name


def parameters(model, wanted=lambda name: True):
    """The wanted parameters; the others are frozen."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(wanted(name))
    return [p for p in model.parameters() if p.requires_grad]


class Stage:
    """What a stage trains: `parts` by folder name, `groups` for the optimiser, `batch` on the loader's thread (`rng`
    decides), `loss` of a batch, and `figures` that judge it on held-out clips."""

    def __init__(self, options, folder, clips, device):
        self.options, self.folder, self.clips, self.device = options, folder, clips, device

    def figures(self):
        return {}


class AutoencoderStage(Stage):
    def __init__(self, *context):
        super().__init__(*context)
        self.vae = self.folder.load("vae", self.device, needed=False)
        self.parts = {"vae": self.vae}
        self.groups = [{"params": parameters(self.vae, lambda name: not temporal(name))}]

    def batch(self, rng, step):
        # Crops cost a quarter and teach as much; the last steps see whole frames, a quarter as many.
        batch, size = self.options.batch, starter.SIZE // 2
        if step >= CROP_SHARE * self.options.steps:
            batch, size = max(1, batch // 4), starter.SIZE
        numbers, _ = self.clips.windows(rng, batch, 1)
        places = rng.integers(starter.SIZE - size + 1, size=(batch, 2))
        return torch.stack([image[:, top: top + size, left: left + size] for image, (top, left)
                            in zip(self.clips.images(numbers, "cpu"), places)]).to(self.device)

    def loss(self, images):
        mean, log_variance = self.vae.encode(images)
        mean, log_variance = mean.float(), log_variance.float()
        z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        return autoencoder_loss(self.vae, z, images, mean, log_variance, self.options.kl_weight,
                                self.options.scale_equivariance)

    def figures(self):
        numbers, _ = self.clips.windows(numpy.random.default_rng(0), 16, 1, self.clips.held_out)
        images = self.clips.images(numbers, self.device)
        mean, log_variance = self.vae.encode(images)
        error = (self.vae.decode(mean).float().clamp(-1, 1) - images) / 2
        return {"psnr": -10 * error.square().mean().log10().item(), "latent_std": mean.std().item(),
                "log_variance": log_variance.mean().item()}


class DiffusionStage(Stage):
    frames = 1
    latents_name = "latents.npy"
    further = False  # whether it goes on with a model, and with the statistics of latents that this was trained on

    def __init__(self, *context):
        super().__init__(*context)
        vae = self.folder.load("vae", self.device).eval().requires_grad_(False)
        self.latents, mean, std = latents(self.clips, vae, self.folder.folder / self.latents_name, self.device)
        if not self.further and vae.config.latents_mean != mean:
            vae.config.latents_mean, vae.config.latents_std = mean, std
            self.folder.save_config("vae", vae)
        self.vae = vae
        self.tokenizer = Tokenizer(self.folder.folder / "tokenizer", self.clips)
        self.alphas = cosine_alphas().to(self.device)
        self.build()

    def build(self):
        self.unet = self.folder.load("unet", self.device, needed=self.further)
        self.text = self.folder.load("text_encoder", self.device, needed=self.further)
        self.parts = {"unet": self.unet, "text_encoder": self.text}
        self.groups = [{"params": parameters(self.unet, lambda name: not temporal(name)) + parameters(self.text)}]

    def clean(self, numbers):
        """Normalised latents `[b, channels, f, 16, 16]` of the frames `[b, f]`."""
        values = torch.from_numpy(self.latents[numbers].astype(numpy.float32)).to(self.device)
        return self.vae.normalise(values).transpose(1, 2)

    def batch(self, rng, step):
        numbers, captions = self.clips.windows(rng, self.options.batch, self.frames)
        captions = ["" if rng.random() < CAPTION_DROPOUT else caption for caption in captions]
        return self.clean(numbers), self.tokenizer(captions, self.device)

    def loss(self, batch, shift=TIMESTEP_SHIFT):
        clean, ids = batch
        t = stratified_timesteps(len(clean), len(self.alphas), shift, self.device)
        return self.error(clean, ids, t, self.noise(clean))

    def noise(self, clean):
        return torch.randn_like(clean)

    def error(self, clean, ids, t, noise):
        hidden, pooled = self.text(ids)
        noisy, target = noised(clean, noise, t, self.alphas)
        return velocity_loss(self.unet(noisy, told(self.unet.config, t, self.alphas), hidden, pooled).float(), target)

    def figures(self):
        """Held-out loss at three timesteps; for clips also with the temporal layers off, which must be worse."""
        numbers, captions = self.clips.windows(numpy.random.default_rng(0), 8, self.frames, self.clips.held_out)
        clean, ids = self.clean(numbers), self.tokenizer(captions, self.device)
        noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0)).to(self.device)
        apart = [x.transpose(1, 2).flatten(0, 1)[:, :, None] for x in (clean, noise)]
        found = {}
        for t in (300, 600, 850):
            steps = torch.full((len(clean) * self.frames,), t, device=self.device)
            found[f"loss_{t}"] = self.error(clean, ids, steps[: len(clean)], noise).item()
            if self.frames > 1:
                found[f"loss_{t}_off"] = self.error(
                    apart[0], ids.repeat_interleave(self.frames, 0), steps, apart[1]).item()
        return found


class CaptionsStage(DiffusionStage):
    latents_name, further = "latents-stills.npy", True


class VideoStage(DiffusionStage):
    frames, further, spatial_scale = starter.FRAMES, True, SPATIAL_SCALE

    def build(self):
        self.unet = self.folder.load("unet", self.device)
        self.text = self.folder.load("text_encoder", self.device).eval().requires_grad_(False)
        self.parts = {"unet": self.unet}
        self.unet.requires_grad_(True)
        named = list(self.unet.named_parameters())
        self.groups = [{"params": [p for name, p in named if temporal(name)]},
                       {"params": [p for name, p in named if not temporal(name)], "scale": self.spatial_scale}]

    def noise(self, clean):
        """A correlation between neighbouring frames that is drawn anew for each batch, more often strong than weak, so
        that sampling may choose any."""
        return correlated_noise(clean, 0.95 * (1 - torch.rand(()).item() ** 2))


class MotionStage(VideoStage):
    latents_name, spatial_scale = "latents-fresh.npy", MOTION_SPATIAL_SCALE


class StillsOfJoint(CaptionsStage):
    """What joint training draws single frames with: the models are the other stage's."""

    latents_name = "latents-explicit.npy"

    def build(self):
        pass


class JointStage(MotionStage):
    """Clips and single frames in each step, all layers and the text encoder (Ho et al., 2204.03458, section 4.3.1)."""

    def build(self):
        DiffusionStage.build(self)
        self.groups = [{"params": parameters(self.unet) + parameters(self.text)}]
        self.stills = StillsOfJoint(
            argparse.Namespace(**{**vars(self.options), "batch": JOINT_STILLS * self.options.batch}), self.folder,
            Clips(self.options.stills), self.device)
        self.stills.unet, self.stills.text = self.unet, self.text

    def batch(self, rng, step):
        return super().batch(rng, step), self.stills.batch(rng, step)

    def loss(self, batch):
        clips, stills = batch
        return super().loss(clips) + self.stills.loss(stills, JOINT_STILLS_SHIFT)


class DecoderStage(Stage):
    def __init__(self, *context):
        super().__init__(*context)
        self.vae = self.folder.load("vae", self.device)
        self.parts = {"vae": self.vae}
        parameters(self.vae, lambda name: name.startswith(("decoder.", "post_quant_conv.")))
        named = [(name, p) for name, p in self.vae.named_parameters() if p.requires_grad]
        self.groups = [{"params": [p for name, p in named if temporal(name)]},
                       {"params": [p for name, p in named if not temporal(name)], "scale": DECODER_SPATIAL_SCALE}]

    def batch(self, rng, step):
        numbers, _ = self.clips.windows(rng, self.options.batch, DECODER_FRAMES)
        return self.clips.images(numbers, self.device)

    def loss(self, images):
        with torch.no_grad():
            latents = self.vae.normalise(self.vae.encode(images)[0])
            levels = LATENT_NOISE * torch.rand(len(images) // DECODER_FRAMES, device=self.device)
            levels = levels.repeat_interleave(DECODER_FRAMES)[:, None, None, None]
            mean = self.vae.restore(latents + levels * torch.randn_like(latents))
        decoded = self.vae.decode(mean, DECODER_FRAMES).float()
        return reconstruction_loss(decoded, images) + change_loss(decoded, images, DECODER_FRAMES)

    def figures(self):
        numbers, _ = self.clips.windows(numpy.random.default_rng(0), 2, starter.FRAMES, self.clips.held_out)
        images = self.clips.images(numbers, self.device)
        mean = self.vae.encode(images)[0]
        errors = {name: (self.vae.decode(mean, frames).float().clamp(-1, 1) - images) / 2
                  for name, frames in (("psnr", starter.FRAMES), ("psnr_off", 1))}
        return {name: -10 * error.square().mean().log10().item() for name, error in errors.items()}


STAGES = {"autoencoder": AutoencoderStage, "image": DiffusionStage, "captions": CaptionsStage, "video": VideoStage,
          "motion": MotionStage, "joint": JointStage, "decoder": DecoderStage}


def train(options):
    device = torch.device(options.device)
    folder = ModelFolder(options.model, options.half)
    torch.manual_seed(options.seed)
    stage = STAGES[options.stage](options, folder, Clips(options.data), device)
    models = list(stage.parts.values())
    optimiser = Optimiser(stage.groups, models, options.rate, options.steps, kind=options.optimizer)
    checkpoint = folder.folder / f"state-{options.stage}.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        optimiser.load(saved["optimiser"])
        for model, state in zip(models, saved["models"]):
            model.load_state_dict(state)
    mixed = lambda: torch.autocast(device.type, torch.bfloat16, enabled=options.bf16)
    compute = torch.compile(stage.loss) if options.compile else stage.loss

    def save():
        states = optimiser.averaged_states()
        write_aside(checkpoint, lambda aside: torch.save(
            {"models": [model.state_dict() for model in models], "optimiser": optimiser.state()}, aside))
        for (part, model), state in zip(stage.parts.items(), states):
            folder.save(part, model, state)
        folder.save_index()

    # A step's draws depend on the seed and its number alone, so that an interrupted run repeats exactly.
    draw = lambda step: stage.batch(numpy.random.default_rng([options.seed, step]), step)
    with ThreadPoolExecutor(1) as loader:
        upcoming = loader.submit(draw, optimiser.taken) if optimiser.taken < options.steps else None
        total, since, start = 0.0, 0, time.monotonic()
        while optimiser.taken < options.steps:
            batch = upcoming.result()
            if optimiser.taken + 1 < options.steps:
                upcoming = loader.submit(draw, optimiser.taken + 1)
            torch.manual_seed(options.seed * 1_000_003 + optimiser.taken)
            with mixed():
                loss = compute(batch)
            if optimiser.step(loss):
                total, since = total + loss.detach(), since + 1
            done = optimiser.taken == options.steps
            if optimiser.taken % options.report == 0 or done:
                with torch.no_grad(), mixed():
                    figures = stage.figures()
                line = {"stage": options.stage, "step": optimiser.taken, "loss": float(total) / max(since, 1),
                        "examples_per_second": since * options.batch / (time.monotonic() - start), **figures}
                print(json.dumps({k: float(f"{v:.5g}") if isinstance(v, float) else v for k, v in line.items()}),
                      flush=True)
                total, since, start = 0.0, 0, time.monotonic()
            if optimiser.taken % options.save_every == 0 or done:
                save()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", required=True, help="folder with frames.u8 and captions.jsonl")
    parser.add_argument("--stills", help="the same of joint training's single frames")
    parser.add_argument("--model", required=True, help="model folder, read and written")
    parser.add_argument("--steps", type=int, help="steps of the whole stage, those before an interruption included")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--optimizer", choices=KINDS, default="muon")
    parser.add_argument("--rate", type=float, help="highest learning rate")
    parser.add_argument("--kl-weight", type=float, default=3e-4)
    parser.add_argument("--scale-equivariance", type=float, default=0.25,
                        help="weight of the error of pictures decoded from latents at half size (default: 0.25)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--bf16", action="store_true", help="mixed precision")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--half", action="store_true", help="write weights as float16")
    parser.add_argument("--report", type=int, default=100, help="steps between lines of progress")
    parser.add_argument("--save-every", type=int, default=1000)
    options = parser.parse_args()
    if options.stage == "joint" and not options.stills:
        parser.error("joint training needs --stills, a folder whose single frames are learnt beside the clips")
    batch, steps, rate = DEFAULTS[options.stage]
    options.batch, options.steps = options.batch or batch, options.steps or steps
    options.rate = options.rate or (rate if options.optimizer == "muon" else OTHERS_RATE * rate)
    train(options)


if __name__ == "__main__":
    main()
