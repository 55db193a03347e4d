/** @file How the oracle knows the truth about samples: which mode of the data each is of, and whether it could be a real. */

import type { Backend } from "../../backend/backend.ts";
import type { Dataset, ImageDataset } from "../../data/dataset.ts";
import { SHAPE_MODES, shapeTemplates } from "../../data/shapes.ts";
import { nearest } from "../../metrics/distances.ts";
import { type Features, features } from "../../metrics/features.ts";
import type { Products } from "../../metrics/products.ts";
import { chooseExtractor, usualExtractor } from "../../run/evaluation/choose-extractor.ts";
import type { Samples } from "../../run/evaluation/extractor.ts";
import { DataError } from "../../util/errors.ts";
import type { Sorted } from "./observation.ts";

/** Samples, sorted, and where they lie. */
export interface Placed {
  readonly sorted: Sorted;
  readonly space: Features;
}

/** Sorts samples of one kind of data. */
export interface Sorter {
  /** Sorts samples, and gives the space in which their distances mean something. @throws DataError where they are not finite. */
  sort(samples: Samples): Promise<Placed>;
  release(): Promise<void>;
}

/** Samples further than this many standard deviations from their mode are not good: the rule of VEEGAN. */
const LIMIT = 3;
/** Parts of the spiral that count as modes, and points of its curve in each. */
const [ARCS, FINE] = [24, 20];
/** Noise across the spiral: `data/synthetic.ts` divides 0.25 by 7.5. */
const SPIRAL_STD = 0.25 / 7.5;
/** Share of unseen reals that are good by the nearest of the reals. */
const USUAL = 0.95;

/** The sorter for the data called `source`. @param reals Clean ones, as many as judge. */
export async function openSorter(
  source: string,
  reals: Dataset,
  unseen: Dataset,
  { backend, products }: { readonly backend: Backend; readonly products: Products },
): Promise<Sorter> {
  if (reals.kind === "points") {
    const known = source === "spiral" ? spiralPieces() : reals.modes;
    if (known === undefined) throw new DataError(`the oracle does not know the modes of ${source}`);
    const [modeOf, modes] = source === "spiral" ? [arcOf, ARCS] : [(k: number) => k, known.centres.length];
    return pointSorter(known, modeOf, modes, products);
  }
  if (source === "shapes") return templateSorter(reals, products);
  return classSorter(reals, unseen as ImageDataset, backend, products);
}

interface Centres {
  readonly centres: readonly (readonly number[])[];
  readonly std: number;
}

const arcOf = (piece: number): number => Math.floor(piece / FINE);

/** The curve of the swiss roll in small pieces, as `data/synthetic.ts` documents it. */
function spiralPieces(): Centres {
  const centres = Array.from({ length: ARCS * FINE }, (_, i) => {
    const t = 1.5 * Math.PI * (1 + (2 * (i + 0.5)) / (ARCS * FINE));
    return [(t * Math.cos(t)) / 7.5, (t * Math.sin(t)) / 7.5];
  });
  return { centres, std: SPIRAL_STD };
}

/** @throws DataError where a value is no number. */
function pointSorter(known: Centres, modeOf: (centre: number) => number, modes: number, products: Products): Sorter {
  const dimensions = known.centres[0]!.length;
  const centres = features(Float32Array.from(known.centres.flat()), dimensions, "points");
  return {
    async sort(samples) {
      const space = features(samples.data as Float32Array, dimensions, "points");
      const { distances, indices } = await nearest(space, centres, 1, products, false);
      const good = Uint8Array.from(distances, (distance) => (distance < LIMIT * known.std ? 1 : 0));
      return { sorted: { modes, mode: indices.map(modeOf), good }, space };
    },
    release: async () => {},
  };
}

const pixelsOf = (data: Uint8Array, size: number): Features =>
  features(
    Float32Array.from(data, (value) => value / 255),
    size,
    "pixels",
  );

/** The nearest template says which sprite it is; good ones are no further from it than nearly all reals are. */
async function templateSorter(reals: ImageDataset, products: Products): Promise<Sorter> {
  const size = reals.data.length / reals.count;
  const base = pixelsOf(shapeTemplates(), size);
  const find = (space: Features) => nearest(space, base, 1, products, false);
  const usual = Float64Array.from((await find(pixelsOf(reals.data, size))).distances).sort();
  // A generator's sprite may be blurred by as much again as brightness moves a real.
  const limit = 1.25 * usual[usual.length - 1]!;
  return {
    async sort({ data }) {
      const space = pixelsOf(data as Uint8Array, size);
      const { distances, indices } = await find(space);
      const good = Uint8Array.from(distances, (distance) => (distance <= limit ? 1 : 0));
      return { sorted: { modes: SHAPE_MODES.length, mode: indices, good }, space };
    },
    release: async () => {},
  };
}

/** A trained classifier says the class; good ones are as near to some real, in its features, as nearly all unseen reals are. */
async function classSorter(
  reals: ImageDataset,
  unseen: ImageDataset,
  backend: Backend,
  products: Products,
): Promise<Sorter> {
  const extractor = await chooseExtractor(usualExtractor(reals.name, reals), reals, backend);
  const base = (await extractor.extract(reals)).features;
  const own = (await extractor.extract(unseen)).features;
  const usual = Float64Array.from((await nearest(own, base, 1, products, false)).distances).sort();
  const limit = usual[Math.floor(USUAL * usual.length)]!;
  return {
    async sort(samples) {
      const { features: space, probabilities } = await extractor.extract(samples);
      if (probabilities === undefined) throw new DataError(`${extractor.name} does not say classes`);
      const { data, classes } = probabilities;
      const { distances } = await nearest(space, base, 1, products, false);
      const good = Uint8Array.from(distances, (distance) => (distance <= limit ? 1 : 0));
      const mode = Int32Array.from({ length: samples.count }, (_, i) => {
        const row = data.subarray(i * classes, (i + 1) * classes);
        return row.indexOf(Math.max(...row));
      });
      return { sorted: { modes: classes, mode, good }, space };
    },
    release: () => extractor.release(),
  };
}
