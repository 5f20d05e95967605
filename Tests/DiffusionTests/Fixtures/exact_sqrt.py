"""Makes torch's float32 square root round correctly, which MKL's does not on every processor (torch 2.13 on
AVX-512: one result in five is off by a unit in the last place). diffusers divides by the square roots of numbers
near 0, so that without this its results depend on the machine by up to 1.5e-5."""

import torch

power = torch.Tensor.__pow__


def exact_sqrt(x):
    return power(x.double(), 0.5).to(x.dtype)


torch.Tensor.sqrt = exact_sqrt
torch.Tensor.__pow__ = lambda x, exponent: exact_sqrt(x) if exponent == 0.5 else power(x, exponent)
