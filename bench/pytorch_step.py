#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a user would write in Python: one MedCL-UNet training step in plain PyTorch.

The yardstick for the C++ program (bench/side_by_side.py runs both), with the same shapes and number of threads. Same
work as one optimiser step of MedCL-UNet (Zhang & Patel, MIDL 2025, Sec. 2): two forward passes (images and their
inter-mix), partial cross-entropy and Dice, mixed cross-entropy, category, mix consistency, mapping (Sinkhorn), cluster
and anatomy terms, backward, Adam.
Data loading is left out on purpose: images are made once, in memory.

    /usr/bin/python3 pytorch_step.py --width 64 --size 256 --batch 4 --threads 2 --precision bf16
    python3 pytorch_step.py --device cuda --batch 64 --precision bf16 --compile      # PyTorch 2.x

Prints one JSON line: seconds per step (median), images per second (batch / seconds), peak memory.
"""
import argparse, contextlib, json, resource, statistics, time
import torch
from torch import nn
import torch.nn.functional as F


def double_conv(i, o, p):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.LeakyReLU(0.01), nn.Dropout(p),
        nn.Conv2d(o, o, 3, padding=1), nn.BatchNorm2d(o), nn.LeakyReLU(0.01))


class UNet(nn.Module):
    """Same-padding U-Net: width w gives w, 2w, 4w, 8w, 16w channels; nearest up-sampling + 3x3 conv."""

    def __init__(self, width, classes=4, channels=1):
        super().__init__()
        c = [width * 2 ** k for k in range(5)]
        drop = [0.025, 0.05, 0.1, 0.15, 0.25]
        self.down = nn.ModuleList(double_conv(channels if k == 0 else c[k - 1], c[k], drop[k]) for k in range(5))
        self.up = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(c[k + 1], c[k], 3, padding=1),
                          nn.BatchNorm2d(c[k]), nn.LeakyReLU(0.01)) for k in range(4))
        self.merge = nn.ModuleList(double_conv(2 * c[k], c[k], 0.0) for k in range(4))
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        skips = []
        for k, block in enumerate(self.down):
            x = block(x if k == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        for k in (3, 2, 1, 0):
            x = self.merge[k](torch.cat([skips[k], self.up[k](x)], 1))
        return self.head(x)


@torch.no_grad()
def sinkhorn(scores, eps=0.05, iterations=3):
    q = torch.exp((scores - scores.max()) / eps).t()
    q /= q.sum()
    d, n = q.shape
    for _ in range(iterations):
        q /= q.sum(1, keepdim=True) * d
        q /= q.sum(0, keepdim=True) * n
    return (q / q.sum(0, keepdim=True)).t()


def objective(p, p_mix, mapping, y, present, beta):
    """p, p_mix: softmax maps [B,4,H,W]; y: labels, 4 = not annotated; present: [B,4]; beta: [B,1,1,1]."""
    onehot = F.one_hot(y, 5).permute(0, 3, 1, 2)[:, :4].float()
    known = onehot.sum(1, keepdim=True)
    total = -(onehot * torch.log(p + 1e-10)).sum() / (onehot.sum() + 1e-10)
    inter, size = (p * onehot).sum((0, 2, 3)), (p * known).sum((0, 2, 3)) + onehot.sum((0, 2, 3))
    total = total + 1 - ((2 * inter + 1e-5) / (size + 1e-5)).mean()
    mixed = beta * onehot + (1 - beta) * onehot.flip(0)
    total = total - (mixed * torch.log(p_mix + 1e-10)).sum() / (mixed.sum() + 1e-10)
    total = total - torch.log((present[:, :, None, None] * p).sum(1) + 1e-10).mean()
    target = beta * p + (1 - beta) * p.flip(0)
    total = total + 1 - F.cosine_similarity(target.flatten(2), p_mix.flatten(2), dim=2).mean()
    maps = torch.cat([p[:, 1:], p[:, 1:3].sum(1, keepdim=True), p[:, 1:].sum(1, keepdim=True)], 1)
    codes = mapping(maps.flatten(2))                                   # [B, 2m-1, d]
    scores = codes.flatten(0, 1)
    total = total - (sinkhorn(scores.detach()) * F.log_softmax(scores / 0.1, 1)).sum(1).mean()
    centres = codes.mean(0, keepdim=True)
    near = torch.exp(F.cosine_similarity(codes[:, :3], centres[:, :3], dim=2) / 0.1)
    apart = torch.exp(F.cosine_similarity(centres[:, :3, None], centres[:, None, :3], dim=3) / 0.1)
    apart = apart.sum() - apart.diagonal(dim1=1, dim2=2).sum()
    total = total - torch.log(near / (near + apart)).mean()
    for row, members in ((3, [0, 1]), (4, [0, 1, 2])):
        total = total + 1 - F.cosine_similarity(centres[0, row], centres[0, members].sum(0), dim=0)
    return total


def main():
    a = argparse.ArgumentParser()
    a.add_argument('--width', type=int, default=64); a.add_argument('--size', type=int, default=256)
    a.add_argument('--batch', type=int, default=4); a.add_argument('--steps', type=int, default=3)
    a.add_argument('--threads', type=int, default=2); a.add_argument('--device', default='cpu')
    a.add_argument('--precision', choices=['fp32', 'bf16'], default='fp32')
    a.add_argument('--channels-last', action='store_true'); a.add_argument('--compile', action='store_true')
    a.add_argument('--predict', action='store_true', help='time prediction (eval mode, no gradients) instead')
    a = a.parse_args()
    torch.manual_seed(0); torch.set_num_threads(a.threads)
    layout = torch.channels_last if a.channels_last else torch.contiguous_format
    net = UNet(a.width).to(a.device, memory_format=layout)
    mapping = nn.Linear(a.size * a.size, 128, bias=False).to(a.device)
    run = torch.compile(net) if a.compile else net
    opt = torch.optim.Adam([*net.parameters(), *mapping.parameters()], 1e-4)
    x = torch.randn(a.batch, 1, a.size, a.size, device=a.device)
    y = torch.where(torch.rand(a.batch, a.size, a.size, device=a.device) < 0.05,
                    torch.randint(0, 4, (a.batch, a.size, a.size), device=a.device),
                    torch.full((a.batch, a.size, a.size), 4, device=a.device))
    present = torch.ones(a.batch, 4, device=a.device)
    half = lambda: torch.autocast(a.device, dtype=torch.bfloat16) if a.precision == 'bf16' else contextlib.nullcontext()
    sync = torch.cuda.synchronize if a.device == 'cuda' else (lambda: None)

    def train_step():
        beta = torch.distributions.Beta(0.5, 0.5).sample((a.batch, 1, 1, 1)).to(a.device)
        mixed = beta * x + (1 - beta) * x.flip(0)
        with half():
            logits, logits_mix = run(x.to(memory_format=layout)), run(mixed.to(memory_format=layout))
        loss = objective(logits.float().softmax(1), logits_mix.float().softmax(1), mapping, y, present, beta)
        opt.zero_grad(set_to_none=True); loss.backward(); opt.step()
        return float(loss.detach())

    @torch.no_grad()
    def predict_step():
        with half():
            return float(run(x.to(memory_format=layout)).float().softmax(1).argmax(1).sum())

    if a.predict: net.eval()
    step, seconds = (predict_step if a.predict else train_step), []
    for _ in range(2): step()
    for _ in range(a.steps):
        sync(); t = time.perf_counter(); step(); sync(); seconds.append(time.perf_counter() - t)
    s = statistics.median(seconds)
    print(json.dumps(dict(what='predict' if a.predict else 'train', torch=torch.__version__, device=a.device,
                          precision=a.precision, width=a.width, size=a.size, batch=a.batch, threads=a.threads,
                          channels_last=a.channels_last, compiled=a.compile, seconds_per_step=round(s, 4),
                          images_per_second=round(a.batch / s, 3),
                          peak_mib=round(torch.cuda.max_memory_allocated() / 2**20 if a.device == 'cuda'
                                         else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))))


if __name__ == '__main__':
    main()
