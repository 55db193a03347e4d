/** @file By what samples are judged: the reals that the generator learned from, and reals that it never saw. */

import type { Config } from "../../config/config.ts";
import type { DataOptions, Dataset } from "../../data/dataset.ts";
import { loadDataset } from "../../data/sources.ts";
import { SYNTHETIC } from "../../data/synthetic.ts";
import { ConfigError, DataError } from "../../util/errors.ts";

/** A source of reals: a built-in name or a path. */
export interface RealSource {
  readonly source: string;
  readonly options: DataOptions;
}

/** Sources that are drawn by seed: another seed gives samples that nobody has seen. */
const DRAWN: readonly string[] = [...Object.keys(SYNTHETIC), "shapes", "stacked-mnist"];

/** Training sets and the test sets that belong to them. */
const TEST_SETS: Readonly<Record<string, string>> = { mnist: "mnist-test", "fashion-mnist": "fashion-mnist-test" };

/** Unseen reals for those of `reference`; undefined where none are known. */
export function usualHeldOut({ source, options }: RealSource): RealSource | undefined {
  if (DRAWN.includes(source)) return { source, options: { ...options, seed: options.seed === 0 ? 1 : 0 } };
  const test = Object.hasOwn(TEST_SETS, source) ? TEST_SETS[source] : undefined;
  return test === undefined ? undefined : { source: test, options };
}

/** What a caller says about the reals. */
export interface RealOptions {
  /** Default: the data that the run was trained on. */
  readonly reference?: string | undefined;
  /** Default {@link usualHeldOut}. */
  readonly heldOut?: string | undefined;
  readonly data?: DataOptions | undefined;
  /** Of sources that are drawn. Default that of the run, or 0. */
  readonly seed: number;
}

const named = (options: DataOptions): DataOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** The source of the reals, and of unseen ones where there are any. */
export interface RealSources {
  readonly reference: RealSource;
  readonly heldOut: RealSource | undefined;
}

/**
 * Says where the reals come from, for a run's config or for samples without one. Sources that are named take the size and channels of the run's data where none are given.
 * @throws ConfigError when samples have no reference, or the unseen reals are the reference itself.
 */
export function findReals(
  config: Pick<Config, "data" | "seed"> | undefined,
  { reference, heldOut, data = {}, seed }: RealOptions,
): RealSources {
  if (reference === undefined && config === undefined) {
    throw new ConfigError("samples alone do not say what they are to be judged by", {
      help: "name the data that they imitate: --reference mnist, or a path",
    });
  }
  const { mirror: _, holdOut: __, source: learned = "", ...own }: Partial<Config["data"]> = config?.data ?? {};
  const drawn = config?.seed ?? seed;
  const options = named({ size: data.size ?? own.size, channels: data.channels ?? own.channels, seed: drawn });
  const judge: RealSource =
    reference === undefined
      ? { source: learned, options: named({ ...own, ...named(data), seed: drawn }) }
      : { source: reference, options };
  const usual = usualHeldOut({ source: judge.source, options });
  if (heldOut === undefined) return { reference: judge, heldOut: usual };
  if (heldOut !== judge.source) return { reference: judge, heldOut: { source: heldOut, options } };
  if (usual?.source === heldOut) return { reference: judge, heldOut: usual };
  throw new ConfigError(`${heldOut} is the reference: these are not reals that the generator has not seen`, {
    help: "name other reals with --held-out",
  });
}

/** Loads one source. */
export const loadReals = ({ source, options }: RealSource): Promise<Dataset> => loadDataset(source, options);

/** Loads unseen reals. @throws DataError when they are of another kind or shape than the reference. */
export async function loadHeldOut(source: RealSource, reference: Dataset): Promise<Dataset> {
  const heldOut = await loadReals(source);
  if (heldOut.kind === reference.kind && heldOut.shape.join() === reference.shape.join()) return heldOut;
  throw new DataError(
    `the unseen reals ${heldOut.name} are ${heldOut.kind} of [${heldOut.shape}], the reference ${reference.name} has ${reference.kind} of [${reference.shape}]`,
    { help: "both must be of one kind and shape: for images, give --size and --channels" },
  );
}
