/** @file Checks of what reading did to images: colour, transparency, crops, and items that were left out. */

import { type Check, type Finding, found, ok, percent } from "./check.ts";

/** Share of images that may have been harmed without a warning. */
const FEW = 0.1;
/** Share of unreadable items worth a warning. */
const MANY_SKIPPED = 0.01;

/** Whether colour images have colours. */
export const colours: Check = {
  name: "colours",
  title: "Channels differ",
  looksAt: "whether the three channels of images agree everywhere",
  run: ({ config, data: { shape, statistics } }) => {
    if (statistics.images === undefined || shape[0] !== 3 || statistics.between === 0) return [];
    if (!statistics.images.grey) return [ok("the three channels differ")];
    return [
      found(
        config.data.channels === 3 ? "info" : "warning",
        `all ${statistics.looked} images looked at are grey in three channels`,
        "set data.channels=1: a third of the samples to compute, and no channels that must agree",
        "data-fault",
      ),
    ];
  },
};

/** Whether images came through conversion whole. */
export const conversion: Check = {
  name: "conversion",
  title: "Images are as they were",
  looksAt: "square crops, enlargement, transparency and unreadable items",
  run: ({ data: { kind, count, conversion, skipped } }) => {
    if (kind !== "images") return [];
    const { transparent = 0, enlarged = 0, cropped = 0 } = conversion ?? {};
    const out: Finding[] = [];
    const level = (number: number) => (number > FEW * count ? "warning" : "info");
    if (cropped > 0) {
      out.push(
        found(
          level(cropped),
          `${cropped} of ${count} images lost more than a third of themselves to the square crop`,
          "crop or pad them yourself, so that what matters stays",
          "data-fault",
        ),
      );
    }
    if (enlarged > 0) {
      out.push(
        found(
          level(enlarged),
          `${enlarged} of ${count} images were scaled up by more than a quarter, and are blurred`,
          "set a smaller data.size, or leave small images out",
          "data-fault",
        ),
      );
    }
    if (transparent > 0) {
      out.push(
        found(
          "info",
          `${transparent} of ${count} images have transparency, which was composited on white`,
          "composite them on another ground yourself if white is wrong",
        ),
      );
    }
    if (skipped > 0) {
      out.push(
        found(
          skipped > MANY_SKIPPED * (count + skipped) ? "warning" : "info",
          `${skipped} of ${count + skipped} items could not be read (${percent(skipped / (count + skipped))}) and were left out`,
          "`gantry data inspect --skip-corrupt` names them",
          "data-fault",
        ),
      );
    }
    return out.length > 0 ? out : [ok("nothing was cropped much, enlarged or left out")];
  },
};
