"""Peer for `cargo xtask bench photos`: the same copies by Pillow, decoded at a fraction (draft).

python3 pillow_peer.py ROUNDS FILE...; prints one line of JSON.
"""

import hashlib
import io
import json
import re
import sys
import time

from PIL import Image, ImageOps


def peak_kib():
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])


def copy(data, pixels):
    picture = Image.open(io.BytesIO(data))
    picture.draft("RGB", (pixels, pixels))
    picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((pixels, pixels), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def take_in(data):
    for one in (data, copy(data, 1600), copy(data, 320)):
        hashlib.sha256(one).hexdigest()


def main():
    rounds, files = int(sys.argv[1]), sys.argv[2:]
    photos = [open(file, "rb").read() for file in files]
    base = peak_kib()
    for photo in photos:
        take_in(photo)
    first = peak_kib() - base
    took = [[] for _ in photos]
    begun = time.process_time()
    for _ in range(rounds):
        for index, photo in enumerate(photos):
            start = time.perf_counter()
            take_in(photo)
            took[index].append((time.perf_counter() - start) * 1000)
    cpu = (time.process_time() - begun) * 1000 / (rounds * len(photos))
    print(json.dumps({"ms": took, "cpu_ms": cpu, "first_kib": first, "peak_kib": peak_kib() - base}))


main()
