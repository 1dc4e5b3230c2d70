#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""MedCL and PyTorch on one machine, in turn: medians and their ratio as a table in Markdown.

    bench/side_by_side.py --medcl build/medcl --what step --widths 16 32 64 --rounds 3
    bench/side_by_side.py --precision fp32 --avx2 --variants fp32 'fp32 channels-last'
    bench/side_by_side.py --what predict --widths 64 --batch 8 --python /usr/bin/python3 --python venv/bin/python

Every round runs each program once, one after the other, so that what disturbs the machine disturbs all. The
slow fp32 is measured with the first interpreter only.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

YARDSTICK = pathlib.Path(__file__).with_name('pytorch_step.py')
VARIANTS = {
    'fp32': ['--precision', 'fp32'],
    'fp32 channels-last': ['--precision', 'fp32', '--channels-last'],
    'bf16 channels-last': ['--precision', 'bf16', '--channels-last'],
    'bf16 channels-last compiled': ['--precision', 'bf16', '--channels-last', '--compile'],
}


def run(command, env):
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        sys.exit(f'{" ".join(map(str, command))} failed:\n{done.stderr[-2000:]}')
    return json.loads(done.stdout.strip().splitlines()[-1])


def torch_version(python):
    return subprocess.run([python, '-c', 'import torch; print(torch.__version__)'], capture_output=True,
                          text=True, check=True).stdout.strip()


def commands(a, width):
    """Name -> command of everything that is compared at this width."""
    shape = ['--width', str(width), '--size', str(a.size), '--batch', str(a.batch), '--steps', str(a.steps),
             '--threads', str(a.threads)]
    named = {'MedCL': [a.medcl, 'bench', a.what, *shape, '--precision', a.precision, '--json']}
    for python in a.python:
        version = torch_version(python)
        for variant in a.variants:
            if 'compiled' in variant and version.startswith('1.') or variant.startswith('fp32') and python != a.python[0]:
                continue
            named[f'PyTorch {version}, {variant}'] = [python, YARDSTICK, *shape, *VARIANTS[variant],
                                                      *(['--predict'] if a.what == 'predict' else [])]
    return named


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--medcl', default='build/medcl')
    p.add_argument('--python', action='append', help='an interpreter with torch; may be repeated')
    p.add_argument('--what', choices=['step', 'predict'], default='step')
    p.add_argument('--widths', type=int, nargs='+', default=[16, 32, 64])
    p.add_argument('--variants', nargs='+', choices=list(VARIANTS), default=list(VARIANTS))
    p.add_argument('--precision', choices=['auto', 'fp32', 'bf16'], default='auto', help='of MedCL')
    p.add_argument('--avx2', action='store_true', help='as on a processor without AVX-512, for all programs')
    p.add_argument('--size', type=int, default=256)
    p.add_argument('--batch', type=int, default=8)
    p.add_argument('--steps', type=int, default=3)
    p.add_argument('--threads', type=int, default=2)
    p.add_argument('--rounds', type=int, default=3)
    a = p.parse_args()
    a.python = a.python or ['/usr/bin/python3']
    env = {**os.environ, **({'ONEDNN_MAX_CPU_ISA': 'AVX2', 'ATEN_CPU_CAPABILITY': 'avx2'} if a.avx2 else {})}
    print(f'| {a.what} at {a.size} x {a.size}, batch {a.batch}, {a.threads} threads | images/s | MedCL is faster by '
          '| peak MiB | share of the convolutions |\n|---|---|---|---|---|')
    for width in a.widths:
        named = commands(a, width)
        reports = {name: [] for name in named}
        for _ in range(a.rounds):
            for name, command in named.items():
                reports[name].append(run(command, env))
        rate = {name: statistics.median(r['images_per_second'] for r in all_) for name, all_ in reports.items()}
        for name, all_ in reports.items():
            share = [r['convolution_fraction'] for r in all_ if 'convolution_fraction' in r]
            print(f'| width {width}, {name} | {rate[name]:.3g} | {rate["MedCL"] / rate[name]:.2f} | '
                  f'{max(r["peak_mib"] for r in all_)} | {f"{statistics.median(share):.2f}" if share else ""} |',
                  flush=True)


if __name__ == '__main__':
    main()
