#!/usr/bin/env bash
# Pillow 13.0.0 gives other pixels than 12.1.1 for Image.resize where the height shrinks by more than twice as many pixels as the width (an enlarged width counts as one
# that stays): it then goes along the columns first, and the result of the first pass is rounded to bytes. 12.2 and 12.3 did so only for images over a hundred times as
# high as wide. One in seven of the crops that torchvision's RandomResizedCrop(224) draws of a 500x375 photo is such a one, one in six of a photo on end: off by 1 of 255
# in a quarter of their values. So neither a training run on photos nor a stored set of small images is repeated bit for bit across the two versions.
# Observed with pillow 12.1.1, 13.0.0 and numpy 2.4.6. Fails if that changes.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
for version in 12.1.1 13.0.0; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "pillow==$version" numpy==2.4.6
done
cat > "$folder/crops.py" <<'PYTHON'
# Crops as RandomResizedCrop draws them (area .08 to 1, aspect 3/4 to 4/3), of one photo of noise.
import sys

import numpy as np
from PIL import Image

draws = np.random.default_rng(1)
shapes, results = [], []
for height, width in ((375, 500), (500, 375)):
    photo = Image.fromarray(draws.integers(0, 256, (height, width, 3), dtype=np.uint8))
    taken = 0
    while taken < 300:
        area = height * width * draws.uniform(0.08, 1)
        aspect = np.exp(draws.uniform(np.log(3 / 4), np.log(4 / 3)))
        w, h = round(np.sqrt(area * aspect)), round(np.sqrt(area / aspect))
        if w > width or h > height:
            continue
        x, y = draws.integers(0, width - w + 1), draws.integers(0, height - h + 1)
        small = photo.crop((x, y, x + w, y + h)).resize((224, 224), Image.Resampling.BILINEAR)
        shapes.append((height, h, w))
        results.append(np.asarray(small))
        taken += 1
np.savez(sys.argv[1], shapes=np.array(shapes), results=np.array(results))
PYTHON
for version in 12.1.1 13.0.0; do "$folder/$version/bin/python" "$folder/crops.py" "$folder/$version.npz"; done
"$folder/13.0.0/bin/python" - "$folder" <<'PYTHON'
import sys

import numpy as np

old, new = (np.load(f"{sys.argv[1]}/{version}.npz") for version in ("12.1.1", "13.0.0"))
apart = np.abs(old["results"].astype(int) - new["results"].astype(int))
changed = apart.reshape(len(apart), -1).any(1)
height, h, w = old["shapes"].T
expected = (h > 224) & (h - 224 > 2 * np.maximum(0, w - 224)) & (w != 224)
for photo in (375, 500):
    of = height == photo
    print(f"photo of height {photo}: {changed[of].mean():.3f} of the crops differ, by at most {apart[of].max()}, in {(apart[of & changed] > 0).mean():.2f} of their values")
assert (changed == expected).all(), "another rule than with pillow 13.0.0"
assert changed[height == 375].any() and apart.max() == 1
PYTHON
