#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The image encoder of SAM as a user would write it in PyTorch, to compare `medcl bench encode` with.

ViT-B by default, random weights: patches, windowed and global attention with decomposed relative
positions whose scores are materialised as a whole, MLP, neck.

    bench/sam_encoder_yardstick.py --size 1024 --batch 1 --threads 2
    bench/sam_encoder_yardstick.py --device cuda --precision bf16 --batch 8 --compile

Prints one JSON line: seconds per image (median), images per second, CPU seconds per image, peak memory.
"""
import argparse
import contextlib
import json
import resource
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

MODELS = {  # width, depth, heads, global blocks
    'vit_b': (768, 12, 12, (2, 5, 8, 11)),
    'vit_l': (1024, 24, 16, (5, 11, 17, 23)),
    'vit_h': (1280, 32, 16, (7, 15, 23, 31)),
}
PATCH, WINDOW, OUT = 16, 14, 256


class Attention(nn.Module):
    def __init__(self, width, heads, side):
        super().__init__()
        self.heads, self.side = heads, side
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.rows = nn.Parameter(torch.randn(2 * side - 1, width // heads) * 0.02)
        self.columns = nn.Parameter(torch.randn(2 * side - 1, width // heads) * 0.02)

    def forward(self, x):
        b, h, w, c = x.shape
        q, k, v = self.qkv(x).reshape(b, h * w, 3, self.heads, -1).permute(2, 0, 3, 1, 4).flatten(1, 2)
        scores = (q / q.shape[-1] ** 0.5) @ k.transpose(1, 2)
        away = torch.arange(self.side, device=x.device)
        away = away[:, None] - away[None] + self.side - 1
        grid = q.reshape(-1, h, w, q.shape[-1])
        by_row = torch.einsum('mijc,ikc->mijk', grid, self.rows[away])
        by_column = torch.einsum('mijc,jkc->mijk', grid, self.columns[away])
        scores = (scores.view(-1, h, w, h, w) + by_row[..., None] + by_column[:, :, :, None, :]).view_as(scores)
        y = scores.softmax(-1) @ v
        return self.proj(y.view(b, self.heads, h, w, -1).permute(0, 2, 3, 1, 4).reshape(b, h, w, c))


class Block(nn.Module):
    def __init__(self, width, heads, grid, window):
        super().__init__()
        self.window = window
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attention = Attention(width, heads, window or grid)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        y = self.norm1(x)
        b, h, w, c = y.shape
        n = self.window
        if n:
            y = F.pad(y, (0, 0, 0, -w % n, 0, -h % n))
            rows, columns = y.shape[1] // n, y.shape[2] // n
            y = y.view(b, rows, n, columns, n, c).transpose(2, 3).reshape(-1, n, n, c)
            y = self.attention(y)
            y = y.view(b, rows, columns, n, n, c).transpose(2, 3).reshape(b, rows * n, columns * n, c)[:, :h, :w]
        else:
            y = self.attention(y)
        x = x + y
        return x + self.mlp(self.norm2(x))


class ChannelNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        mean = x.mean(1, keepdim=True)
        x = (x - mean) / ((x - mean) ** 2).mean(1, keepdim=True).add(1e-6).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class Encoder(nn.Module):
    def __init__(self, model, size):
        super().__init__()
        width, depth, heads, everywhere = MODELS[model]
        grid = size // PATCH
        self.patches = nn.Conv2d(3, width, PATCH, PATCH)
        self.positions = nn.Parameter(torch.zeros(1, grid, grid, width))
        self.blocks = nn.ModuleList(Block(width, heads, grid, 0 if k in everywhere else WINDOW) for k in range(depth))
        self.neck = nn.Sequential(nn.Conv2d(width, OUT, 1, bias=False), ChannelNorm(OUT),
                                  nn.Conv2d(OUT, OUT, 3, padding=1, bias=False), ChannelNorm(OUT))

    def forward(self, x):
        x = self.patches(x).permute(0, 2, 3, 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.neck(x.permute(0, 3, 1, 2))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--model', choices=list(MODELS), default='vit_b')
    p.add_argument('--size', type=int, default=1024)
    p.add_argument('--batch', type=int, default=1)
    p.add_argument('--steps', type=int, default=3)
    p.add_argument('--threads', type=int, default=2)
    p.add_argument('--device', default='cpu')
    p.add_argument('--precision', choices=['fp32', 'bf16'], default='fp32')
    p.add_argument('--compile', action='store_true')
    a = p.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(a.threads)
    net = Encoder(a.model, a.size).to(a.device).eval()
    run = torch.compile(net) if a.compile else net
    x = torch.randn(a.batch, 3, a.size, a.size, device=a.device)
    half = torch.autocast(a.device, dtype=torch.bfloat16) if a.precision == 'bf16' else contextlib.nullcontext()
    sync = torch.cuda.synchronize if a.device == 'cuda' else (lambda: None)
    seconds, cpu = [], []
    with torch.no_grad(), half:
        for i in range(a.steps + 1):
            sync()
            wall, used = time.perf_counter(), time.process_time()
            run(x)
            sync()
            if i:  # the first one warms up
                seconds.append((time.perf_counter() - wall) / a.batch)
                cpu.append((time.process_time() - used) / a.batch)
    peak = (torch.cuda.max_memory_allocated() / 2 ** 20 if a.device == 'cuda'
            else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    s = statistics.median(seconds)
    print(json.dumps(dict(what='encode', model=a.model, torch=torch.__version__, device=a.device, precision=a.precision,
                          compiled=a.compile, size=a.size, batch=a.batch, threads=a.threads,
                          seconds_per_image=round(s, 5), images_per_second=round(1 / s, 3),
                          cpu_seconds_per_image=round(statistics.median(cpu), 3), peak_mib=round(peak))))


if __name__ == '__main__':
    main()
