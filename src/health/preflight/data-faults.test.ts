/** @file A planted fault of the data for every check that looks at them. */

import { describe, expect, it } from "vitest";
import {
  type Faults,
  foundBy,
  grey,
  hash,
  images,
  labelled,
  points,
  twice,
} from "../../../tests/support/planted-preflight.ts";
import { ring } from "../../data/synthetic.ts";

/** The outer two pixels of 16 by 16. */
const isEdge = (place: number): boolean => {
  const [row, column] = [place >> 4, place & 15];
  return Math.min(row, column, 15 - row, 15 - column) < 2;
};

/** A ring of which a share of the points lies anywhere in a square of side 6. */
const sprinkled = (share: number) => {
  const clean = ring({ count: 4000 });
  const isNoise = (i: number) => hash(i >> 1) < 256 * share;
  return { ...clean, data: clean.data.map((value, i) => (isNoise(i) ? hash(7 * i + 3) / 42 - 3 + i / 1e6 : value)) };
};

describe.each<readonly [check: string, faults: Faults]>([
  [
    "samples-differ",
    [
      [
        "all equal images",
        { dataset: images(50, {}, (_, _image, place) => hash(place)) },
        /^error data-fault: all 50 samples are equal/,
      ],
      ["all equal points", { dataset: points(() => 0.5) }, /^error data-fault: all 500/],
      [
        "nearly equal images",
        { dataset: images(2000, {}, (value, _, place) => hash(place) * 0.9 + value / 128) },
        /^warning data-fault: images are nearly equal: .* 0\.\d+ of 255/,
      ],
      ["one image", { dataset: images(1, {}) }, /^error data-fault: there is one sample/],
      [
        "blank images",
        { dataset: images(100, {}, (value, image) => (image % 10 === 0 ? 255 : value)) },
        /^warning data-fault: 10 of 100 samples are of one flat colour/,
      ],
    ],
  ],
  [
    "value-range",
    [
      [
        "0..1.2 taken for 0..255",
        { dataset: images(2000, { valueRange: { min: 0, max: 1.2, convention: "0..255" } }, (value) => value & 1) },
        /^warning data-fault: .*levels 0 to 1 .*all but black/,
      ],
      [
        "0..1 read as -1..1",
        { dataset: images(2000, { valueRange: { min: 0, max: 1, convention: "-1..1" } }, (value) => 128 + value / 2) },
        /^warning data-fault: values from 0 to 1 were taken for -1..1/,
      ],
      [
        "a sixth of the range",
        { dataset: images(2000, {}, (value) => 100 + value / 6) },
        /^warning data-fault: images span levels 100 to 142 of 0 to 255/,
      ],
      [
        "dark figures on white before a classifier of digits",
        { dataset: images(2000, {}, (value) => 255 - value / 3), raw: { metrics: { features: "lenet_mnist" } } },
        /^warning data-fault: images are bright \(mean 21\d/,
      ],
      [
        "clipped images",
        { dataset: images(2000, {}, (value) => Math.min(255, Math.max(0, 2 * value - 128))) },
        /^info data-fault: 25 % of the values are 0 and 25 % are 255/,
      ],
    ],
  ],
  [
    "point-scale",
    [
      [
        "thousands",
        { dataset: points((value) => 1000 * value) },
        /^warning data-fault: standard deviations from 70\d to 7\d\d/,
      ],
      [
        "millimetres beside metres",
        { dataset: points((value, k) => (k === 0 ? value / 10 : 10 * value)) },
        /^warning mode-dropping: dimensions are uneven/,
      ],
      [
        "far from zero",
        { dataset: points((value) => value + 50) },
        /^warning vanishing-gradient: 2 of 2 dimensions lie more than 10/,
      ],
      [
        "a constant dimension",
        { dataset: points((value, k) => (k === 0 ? value : 3)) },
        /^warning vanishing-gradient: 1 of 2 dimensions never change/,
      ],
    ],
  ],
  [
    "frame",
    [
      [
        "a white frame, two pixels wide",
        { dataset: images(500, {}, (value, _, place) => (isEdge(place) ? 255 : value >> 1)) },
        /^warning data-fault: every image has the same edge: top 2 px of level 255, bottom 2 px of level 255, left 2 px of level 255, right 2/,
      ],
      [
        "a letterbox",
        { dataset: images(500, {}, (value, _, place) => (place < 3 * 16 || place >= 13 * 16 ? 0 : value)) },
        /^warning data-fault: every image has the same edge: top 3 px of level 0, bottom 3 px of level 0$/,
      ],
    ],
  ],
  [
    "outliers",
    [
      [
        "a third of the points anywhere",
        { dataset: sprinkled(1 / 3) },
        /^warning data-fault: (2|3)\d % of the points lie far from all others/,
      ],
      [
        "a tenth of the points anywhere",
        { dataset: sprinkled(0.11) },
        /^warning data-fault: (8|9|10|11)(\.\d)? % of the points/,
      ],
      ["a twentieth, which is not many", { dataset: sprinkled(0.05) }, /^ok: \d(\.\d)? % of the points lie far/],
    ],
  ],
  [
    "colours",
    [
      [
        "grey images in three channels",
        { dataset: images(2000, grey, (_, image, place) => hash(256 * image + (place % 256))) },
        /^warning data-fault: all 2000 images/,
      ],
      [
        "as was asked for",
        {
          dataset: images(2000, grey, (_, image, place) => hash(256 * image + (place % 256))),
          raw: { data: { channels: 3 } },
        },
        /^info data-fault/,
      ],
    ],
  ],
  [
    "conversion",
    [
      [
        "panoramas cut square",
        { dataset: images(1000, { conversion: { transparent: 0, enlarged: 0, cropped: 300 } }) },
        /^warning data-fault: 300 of 1000 images lost more than a third/,
      ],
      [
        "thumbnails",
        { dataset: images(1000, { conversion: { transparent: 0, enlarged: 900, cropped: 0 } }) },
        /^warning data-fault: 900 of 1000 images were scaled up/,
      ],
      [
        "a few thumbnails",
        { dataset: images(1000, { conversion: { transparent: 0, enlarged: 9, cropped: 0 } }) },
        /^info data-fault: 9 of 1000/,
      ],
      [
        "transparent logos",
        { dataset: images(1000, { conversion: { transparent: 1000, enlarged: 0, cropped: 0 } }) },
        /^info: 1000 of 1000 images have transparency/,
      ],
      [
        "broken files",
        {
          dataset: images(1000, {
            skipped: Array.from({ length: 30 }, (_, i) => ({ item: `${i}.png`, reason: "cut" })),
          }),
        },
        /^warning data-fault: 30 of 1030 items/,
      ],
    ],
  ],
  [
    "duplicates",
    [
      [
        "each image twice",
        { dataset: twice },
        /^warning memorization: 100 of 200 samples repeat another exactly \(50 %\), such as number 100 that of number 0/,
      ],
      ["with other labels", { dataset: twice }, /^warning data-fault: 100 of the 100 repeats have another label/],
      [
        "a part of the data",
        { dataset: images(400, {}, (_, image, place) => hash(256 * (image % 8) + place)), mostBytes: 100 * 256 },
        /^warning memorization: \d+ of 100 samples \(of 400, /,
      ],
    ],
  ],
  [
    "classes",
    [
      [
        "one class",
        {
          dataset: images(
            2000,
            labelled(2000, () => 3, [..."01234"]),
          ),
          raw: { conditioning: "projection" },
        },
        /^warning data-fault: all labels say 3, of 5 classes/,
      ],
      [
        "one class that nobody asks for",
        {
          dataset: images(
            2000,
            labelled(2000, () => 0, ["all"]),
          ),
        },
        /^info data-fault: all labels say all/,
      ],
      [
        "an empty class",
        {
          dataset: images(
            2000,
            labelled(2000, (i) => 2 * (i % 2), ["a", "b", "c"]),
          ),
          raw: { conditioning: "projection" },
        },
        /^warning data-fault: 1 of 3 classes have no samples, the first of them b/,
      ],
      [
        "a class of three",
        {
          dataset: images(
            2000,
            labelled(2000, (i) => (i < 3 ? 1 : 0), ["a", "b"]),
          ),
          raw: { conditioning: "projection" },
        },
        /^warning memorization: 1 of 2 classes have fewer than 20 samples, least b with 3/,
      ],
      [
        "uneven classes",
        {
          dataset: images(
            2000,
            labelled(2000, (i) => (i < 100 ? 1 : 0), ["a", "b"]),
          ),
        },
        /^warning mode-dropping: classes are uneven: a has 1900 samples, b 100/,
      ],
    ],
  ],
])("%s finds", (check, faults) => {
  it.each(faults)("%s", (_, planted, found) => {
    const all = foundBy(check, planted);
    expect(
      all.some((text) => found.test(text)),
      all.join("\n"),
    ).toBe(true);
  });
});
