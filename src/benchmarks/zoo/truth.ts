/**
 * @file What the oracle calls a failure: one written definition for each code, over the observations of a run and the norms of
 * its gradients. Docs: docs/zoo.md has the definitions in words.
 */

import type { FailureCode } from "../../health/codes.ts";
import type { Floor } from "../../health/zoo/program.ts";
import { median, type Observation } from "./observation.ts";
import type { TrainingReals } from "./oracle.ts";

/** Euclidean norms of the players' gradients over a training, as its log has them. */
export interface GradientNorms {
  readonly step: number;
  readonly generator: number;
  readonly discriminator: number;
}

/** What the oracle saw of a run. It is what is recorded: what it amounts to is judged when it is read. */
export interface Seen {
  /** Oldest first. */
  readonly observations: readonly Observation[];
  readonly gradients: readonly GradientNorms[];
  readonly reals: TrainingReals;
  /** Whether the training ended because a number was not finite, and at which step; null where it did not. */
  readonly brokeAt: number | null;
}

/** A code that was found, since when, and on what. */
export interface Found {
  readonly code: FailureCode;
  readonly onset: number;
  readonly why: string;
}

/**
 * What became of a run. `recovered`: the end is good, but before it the run had failed for more than a quarter of its looks, and an alarm was
 * right then. `unclear`: the end is neither clearly good nor bad twice in a row. Neither of these counts.
 */
export interface Truth {
  readonly outcome: "healthy" | "failing" | "recovered" | "unclear";
  /** The most telling first. A failing run may have none: it did not get good, and nothing here says why. */
  readonly found: readonly Found[];
  /** Since when it is bad for good; null where it is not. */
  readonly onset: number | null;
}

/** Limits of the definitions. Shares and ratios, 0 to 1 unless said. */
export const LIMITS = {
  /** Below this share of a program's floor an end is bad; between, it is neither good nor bad. So it is beside the limits of distances. */
  bad: 0.8,
  /** At most this share of the modes is a collapse; more, but fewer than 80 % of the program's floor, is dropping. */
  collapse: 0.25,
  /** Mean distance of two samples over that of reals. */
  dispersion: 0.25,
  /** Above this samples are spread like a learned set, not like one that has hardly begun. */
  spread: 0.5,
  /** Share of the looks, in a row, of more than which a failure that passes is no bad beginning any more. */
  passing: 0.25,
  /** Samples this much nearer to one another than reals repeat themselves. */
  apart: 0.05,
  /** Samples spread wider than this have flown off, and are not collapsed. */
  flown: 2,
  copying: 0.5,
  /** Share of the training reals that must be good. */
  goodReals: 0.85,
  /** AUC of training reals over unseen ones. */
  overfit: 0.75,
  /** AUC of training reals over samples: as good as perfect, and hardly better than chance. */
  separated: 0.99,
  fooled: 0.6,
  /** Norm of G's gradient over the largest there was. */
  vanished: 0.02,
  /** Norm of a gradient over the usual one of the first tenth; 1 or more. */
  exploded: 100,
  /** Mean total variation between the modes of two observations. */
  swing: 0.3,
  /** Way of a sample from one observation to the next, in mean distances of reals. */
  still: 0.02,
  /** The same of samples that left their beginning, at some observation. */
  moved: 0.05,
} as const;

type Definition = (seen: Seen, ends: Ends) => Omit<Found, "code"> | null;

/** What most definitions begin with. */
interface Ends {
  /** The last third of the observations, at least two. */
  readonly late: readonly Observation[];
  readonly floor: Floor;
  readonly badAtEnd: boolean;
  readonly badSince: number | null;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Whether samples are as the program's should be. */
export const isGood = ({ finite, held, quality, apart, dispersion }: Observation, floor: Floor): boolean =>
  finite &&
  held! >= floor.held &&
  quality! >= floor.quality &&
  apart! > LIMITS.apart &&
  dispersion! > LIMITS.dispersion;

/** Whether they are not even nearly so. */
const isBad = (seen: Observation, { held, quality }: Floor): boolean =>
  !isGood(seen, { held: LIMITS.bad * held, quality: LIMITS.bad * quality });

/** Whether they are, and would be if every distance were as much smaller as what is bad is below the floor. */
const isClearlyGood = (seen: Observation, floor: Floor): boolean => {
  const [apart, dispersion] = [LIMITS.bad * seen.apart!, LIMITS.bad * seen.dispersion!];
  const copies = seen.copying !== null && LIMITS.bad * seen.copying <= LIMITS.copying;
  return isGood({ ...seen, apart, dispersion }, floor) && !copies;
};

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Step of the first of the unbroken row of observations, up to the last, for which `test` holds; null where the last fails it. */
function sinceWhen(observations: readonly Observation[], test: (seen: Observation) => boolean): number | null {
  const last = observations.findLastIndex((seen) => !test(seen));
  return observations[last + 1]?.step ?? null;
}

/** As {@link sinceWhen}, but only where `test` holds of at least the last two. */
const forGood = (observations: readonly Observation[], test: (seen: Observation) => boolean): number | null =>
  observations.length >= 2 && observations.slice(-2).every(test) ? sinceWhen(observations, test) : null;

/** Whether the reals that are learned from are not what the program's data are. */
const faulty = ({ quality }: TrainingReals): boolean => quality < LIMITS.goodReals;

const collapsed = ({ finite, reached, apart, dispersion }: Observation): boolean =>
  finite &&
  ((reached! <= LIMITS.collapse && dispersion! <= LIMITS.flown) ||
    apart! <= LIMITS.apart ||
    dispersion! <= LIMITS.dispersion);

const hasMoved = (observations: readonly Observation[]): boolean =>
  observations.some(({ moved }) => moved !== null && moved > LIMITS.moved);

const separated = ({ aucFake }: Observation): boolean => aucFake !== null && aucFake >= LIMITS.separated;

/** Norms after the first tenth over the usual one in it, for the player whose grew most: the largest, and when the limit was passed. */
function growth(gradients: readonly GradientNorms[]): { readonly ratio: number; readonly step: number } {
  const begun = Math.max(1, Math.ceil(gradients.length / 10));
  const [first, rest] = [gradients.slice(0, begun), gradients.slice(begun)];
  const players = (["generator", "discriminator"] as const).map((player) => {
    const usual = median(first.map((norms) => norms[player]));
    const passed = usual > 0 ? rest.find((norms) => norms[player] >= LIMITS.exploded * usual) : undefined;
    return { ratio: passed ? Math.max(...rest.map((norms) => norms[player])) / usual : 0, step: passed?.step ?? 0 };
  });
  return players.reduce((a, b) => (b.ratio > a.ratio ? b : a));
}

/** The definitions; where several hold, what says most stands first. */
const DEFINITIONS: Readonly<Record<FailureCode, Definition>> = {
  "numerical-divergence": ({ brokeAt, observations }) => {
    if (brokeAt !== null) return { onset: brokeAt, why: `a number was not finite at step ${brokeAt}` };
    const onset = observations.find(({ finite }) => !finite)?.step;
    return onset === undefined ? null : { onset, why: "samples are not numbers, or too large to be compared" };
  },
  "data-fault": ({ reals }) => {
    const { held, quality } = reals;
    if (!faulty(reals)) return null;
    return {
      onset: 0,
      why: `of the reals that are learned from ${percent(quality)} are good, in ${percent(held)} of the modes`,
    };
  },
  memorization: ({ observations }) => {
    const onset = forGood(observations, ({ copying }) => copying !== null && copying <= LIMITS.copying);
    return onset === null
      ? null
      : {
          onset,
          why: `samples are ${observations.at(-1)!.copying!.toFixed(2)} times as far from training reals as unseen reals are`,
        };
  },
  "discriminator-overfitting": ({ observations }, { badAtEnd }) => {
    const onset = forGood(observations, ({ aucUnseen }) => aucUnseen !== null && aucUnseen >= LIMITS.overfit);
    // Samples may be good all the same, and then nothing has failed.
    return !badAtEnd || onset === null
      ? null
      : {
          onset,
          why: `training reals score above unseen ones in ${percent(observations.at(-1)!.aucUnseen!)} of pairs`,
        };
  },
  "exploding-gradient": ({ gradients, brokeAt }, { badAtEnd }) => {
    if (gradients.length === 0 || !(badAtEnd || brokeAt !== null)) return null;
    const { ratio, step } = growth(gradients);
    return ratio >= LIMITS.exploded
      ? { onset: step, why: `a gradient grew to ${ratio.toPrecision(3)} times its first size` }
      : null;
  },
  "vanishing-gradient": ({ gradients }, { badAtEnd, late }) => {
    if (!badAtEnd || !late.every(separated) || gradients.length === 0) return null;
    const norms = gradients.map(({ generator }) => generator);
    const largest = Math.max(...norms);
    const first = gradients.find(({ generator }) => generator <= LIMITS.vanished * largest);
    const end = median(norms.slice(-Math.ceil(norms.length / 5)));
    return end <= LIMITS.vanished * largest && first !== undefined
      ? {
          onset: first.step,
          why: `D tells all samples, and G's gradient is ${(end / largest).toPrecision(2)} of its largest`,
        }
      : null;
  },
  oscillation: ({ observations }, { badAtEnd, late }) => {
    if (!badAtEnd) return null;
    const swings = late.slice(1).map((seen, i) => variation(seen.shares, late[i]!.shares));
    return swings.length > 0 && mean(swings) >= LIMITS.swing
      ? {
          // What is learned at the beginning moves as well: the row of swings that does not break.
          onset: sinceWhen(observations, (one) => late.includes(one) || swingTo(one, observations) >= LIMITS.swing)!,
          why: `from one look to the next ${percent(mean(swings))} of the samples change their mode`,
        }
      : null;
  },
  "mode-collapse": ({ observations }) => {
    const onset = forGood(observations, collapsed);
    // What never left its beginning has not collapsed.
    if (onset === null || !hasMoved(observations)) return null;
    const { reached, apart, dispersion } = observations.at(-1)!;
    return {
      onset,
      why: `${percent(reached!)} of the modes are reached; spread ${dispersion!.toFixed(2)} and distance to the next sample ${apart!.toFixed(2)} of the reals'`,
    };
  },
  "discriminator-underfitting": (_, { floor, badAtEnd, late, badSince }) => {
    const fooled = late.every(
      ({ aucFake, quality }) => aucFake !== null && aucFake <= LIMITS.fooled && (quality ?? 0) < floor.quality,
    );
    if (!badAtEnd || !fooled) return null;
    return {
      onset: badSince!,
      why: `samples are bad, and D tells them in ${percent(late.at(-1)!.aucFake!)} of pairs only`,
    };
  },
  stalled: ({ observations }, { badAtEnd }) => {
    // The rates of most programs fall towards the end, where all stand still: it must have begun in the first half.
    // How far samples moved is unknown at the first look, and where this look's or the last's are no numbers: that is no rest.
    const rests = (seen: Observation): boolean =>
      seen.finite && (seen.moved === null ? seen === observations[0] : seen.moved <= LIMITS.still);
    const onset = forGood(observations, rests);
    if (!badAtEnd || onset === null || onset > observations.at(-1)!.step / 2) return null;
    return {
      onset,
      why: `samples stand still: ${observations.at(-1)!.moved!.toPrecision(2)} of the reals' distance from look to look`,
    };
  },
  "mode-dropping": ({ observations }, { floor }) => {
    // Some modes are drawn well and others are not; or, however well it draws, there are modes that it never comes near.
    const dropped = (seen: Observation): boolean =>
      seen.finite &&
      !collapsed(seen) &&
      ((seen.held! < LIMITS.bad * floor.held && seen.held! > 0 && seen.quality! >= floor.quality / 2) ||
        (seen.reached! < LIMITS.bad * floor.held &&
          seen.dispersion! >= LIMITS.spread &&
          seen.dispersion! <= LIMITS.flown));
    const onset = forGood(observations, dropped);
    if (onset === null || !hasMoved(observations)) return null;
    const { reached, held } = observations.at(-1)!;
    return { onset, why: `${percent(held!)} of the modes are held, ${percent(reached!)} are reached` };
  },
  "quality-regression": ({ observations }, { floor, badAtEnd, badSince }) => {
    if (!badAtEnd || !observations.some((seen) => isGood(seen, floor))) return null;
    const best = Math.max(...observations.map(({ quality }) => quality ?? 0));
    return {
      onset: badSince!,
      why: `good before: quality ${percent(best)} at best, ${percent(observations.at(-1)!.quality ?? 0)} at the end`,
    };
  },
};

const CODES = Object.keys(DEFINITIONS) as FailureCode[];

/** What can be said where the reals that are learned from are not those that judge. */
const KNOWN_OF_FAULTY: readonly FailureCode[] = ["numerical-divergence", "data-fault", "exploding-gradient"];

/** How many of the samples have changed their mode since the look before. */
const swingTo = (seen: Observation, observations: readonly Observation[]): number =>
  variation(seen.shares, observations[observations.indexOf(seen) - 1]?.shares ?? null);

function variation(a: readonly number[] | null, b: readonly number[] | null): number {
  if (a === null || b === null) return 0;
  return a.reduce((sum, share, i) => sum + Math.abs(share - b[i]!), 0) / 2;
}

/**
 * Whether samples that had left their beginning were bad, and nearly all alike or in other modes at every look, for more of the training
 * than its beginning takes.
 */
function hasFailed(observations: readonly Observation[], floor: Floor): boolean {
  const first = observations.findIndex(({ moved }) => moved !== null && moved > LIMITS.moved);
  // How far samples had come by the first look is not known: where they move at once, that counts.
  const begins = first === 1 ? 0 : first;
  let row = 0;
  return observations.some((seen, i) => {
    if (begins < 0 || i < begins) return false;
    const swings = swingTo(seen, observations) >= LIMITS.swing;
    row = isBad(seen, floor) && (collapsed(seen) || swings) ? row + 1 : 0;
    return row > LIMITS.passing * observations.length;
  });
}

/** Shares of the modes that the training reals hold: nobody can learn those that they lack. */
function relativeTo(reals: TrainingReals, seen: Observation): Observation {
  if (faulty(reals) || reals.held === 0) return seen;
  const of = (share: number | null) => (share === null ? null : Math.min(1, share / reals.held));
  return { ...seen, held: of(seen.held), reached: of(seen.reached) };
}

/** What became of a run of a program with this floor. Pure. */
export function judgeTruth(given: Seen, floor: Floor): Truth {
  const { reals, brokeAt } = given;
  const observations = given.observations.map((one) => relativeTo(reals, one));
  const seen = { ...given, observations };
  const badSince = forGood(observations, (one) => isBad(one, floor));
  const late = observations.slice(-Math.max(2, Math.floor(observations.length / 3)));
  const ends: Ends = { late, floor, badAtEnd: badSince !== null, badSince };
  const found = CODES.flatMap((code) => {
    if (faulty(reals) && !KNOWN_OF_FAULTY.includes(code)) return [];
    const finding = DEFINITIONS[code](seen, ends);
    return finding === null ? [] : [{ code, ...finding }];
  });
  const failing = brokeAt !== null || badSince !== null || found.length > 0;
  const healthy =
    !failing && observations.length >= 2 && observations.slice(-2).every((one) => isClearlyGood(one, floor));
  const onset = failing
    ? Math.min(...[badSince, ...found.map((one) => one.onset)].filter((step) => step !== null))
    : null;
  const good = hasFailed(observations, floor) ? "recovered" : "healthy";
  return { outcome: failing ? "failing" : healthy ? good : "unclear", found, onset };
}
