/** @file Series of readings as a log gives them, with resumed trainings that go back, and logs with millions of lines. */

import type { Facts, History, Reading } from "../history.ts";

/** A series longer than this is thinned: neighbours become their mean, as a tick is the mean of its steps. */
const MOST_POINTS = 2 ** 17;

/** One signal over the steps, in increasing order. */
export class Series {
  private steps: number[] = [];
  private values: number[] = [];
  /** How many values are one point, and those that are not a point yet. */
  private stride = 1;
  private pending = { count: 0, sum: 0, step: 0 };
  /** How often the training went back. */
  rewinds = 0;

  get lastStep(): number {
    return this.pending.count > 0 ? this.pending.step : (this.steps.at(-1) ?? Number.NEGATIVE_INFINITY);
  }

  get length(): number {
    return this.steps.length + Number(this.pending.count > 0);
  }

  /** Appends a value. When its step is not new, the training went back: what is known of this and later steps is dropped. */
  push(step: number, value: number): void {
    if (step <= this.lastStep) {
      this.cutFrom(step);
      this.rewinds++;
    }
    const { pending } = this;
    this.pending = { count: pending.count + 1, sum: pending.sum + value, step };
    if (this.pending.count === this.stride) this.settle();
  }

  /** Puts a value in its place; one that is there already stays. Says whether it was put. */
  insert(step: number, value: number): boolean {
    if (step > this.lastStep) {
      this.push(step, value);
      return true;
    }
    const at = this.indexOf(step);
    if (this.steps[at] === step) return false;
    this.steps.splice(at, 0, step);
    this.values.splice(at, 0, value);
    return true;
  }

  /** Drops all of `step` and later steps. */
  cutFrom(step: number): void {
    if (this.pending.step >= step) this.pending = { count: 0, sum: 0, step: 0 };
    const at = this.indexOf(step);
    this.steps.length = at;
    this.values.length = at;
  }

  *points(): Generator<readonly [step: number, value: number], void> {
    for (const [i, step] of this.steps.entries()) yield [step, this.values[i] as number];
    const { count, sum, step } = this.pending;
    if (count > 0) yield [step, sum / count];
  }

  /** Where the first step that is not before `step` stands. */
  private indexOf(step: number): number {
    let [low, high] = [0, this.steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.steps[middle] as number) < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes a point of what is pending; of two neighbours one, when there are too many. */
  private settle(): void {
    const { count, sum, step } = this.pending;
    this.steps.push(step);
    this.values.push(sum / count);
    this.pending = { count: 0, sum: 0, step: 0 };
    if (this.steps.length < MOST_POINTS) return;
    const pairs = Array.from({ length: this.steps.length >> 1 }, (_, i) => 2 * i);
    this.values = pairs.map((i) => ((this.values[i] as number) + (this.values[i + 1] as number)) / 2);
    this.steps = pairs.map((i) => this.steps[i + 1] as number);
    this.stride *= 2;
  }
}

/** Which list of a history a signal belongs to. */
export type Track = "scalars" | "looks" | "metrics";

/** How long a training had taken, at a step. */
export interface Moment {
  readonly step: number;
  readonly seconds: number;
}

/** What is gathered while a log is read. */
export class LogBook {
  private readonly tracks: Readonly<Record<Track, Map<string, Series>>> = {
    scalars: new Map(),
    looks: new Map(),
    metrics: new Map(),
  };
  private clock = new Series();
  private before = 0;
  private lastSeconds = 0;
  private wholeRewinds = 0;

  /** How often the training went back to an earlier step. */
  get rewinds(): number {
    const all = Object.values(this.tracks).flatMap((track) => Array.from(track.values(), ({ rewinds }) => rewinds));
    return Math.max(this.wholeRewinds, 0, ...all);
  }

  /** Signals of a track. */
  names(track: Track): string[] {
    return [...this.tracks[track].keys()];
  }

  series(track: Track, name: string): Series {
    const known = this.tracks[track];
    const found = known.get(name) ?? new Series();
    known.set(name, found);
    return found;
  }

  add(track: Track, name: string, step: number, value: number): void {
    this.series(track, name).push(step, value);
  }

  /** Says how long the process had been running at `step`. When it is less than before, another process went on. */
  time(step: number, seconds: number): void {
    if (!Number.isFinite(seconds)) return;
    if (seconds < this.lastSeconds) this.before += this.lastSeconds;
    this.lastSeconds = seconds;
    this.clock.push(step, this.before + seconds);
  }

  /** The last step of which it is known how long it took; 0 before any. */
  get reached(): number {
    return Math.max(0, this.clock.lastStep);
  }

  /** The training goes on from before `step`: what is known of this and later steps no longer counts. */
  rewind(step: number): void {
    this.wholeRewinds++;
    for (const track of Object.values(this.tracks)) for (const series of track.values()) series.cutFrom(step);
    this.clock.cutFrom(step);
  }

  moments(): Moment[] {
    return Array.from(this.clock.points(), ([step, seconds]) => ({ step, seconds }));
  }

  /** @param imagesAt Real images shown after so many steps. */
  history(facts: Facts, imagesAt: (step: number) => number): History {
    const { scalars, looks, metrics } = this.tracks;
    const of = (track: ReadonlyMap<string, Series>) => combine(track, imagesAt);
    return { facts, nulls: {}, scalars: of(scalars), looks: of(looks), metrics: of(metrics), trials: [] };
  }
}

/** Series side by side: a reading for each step that any of them has. */
export function combine(series: ReadonlyMap<string, Series>, imagesAt: (step: number) => number): Reading[] {
  const byStep = new Map<number, Record<string, number>>();
  for (const [name, one] of series) {
    for (const [step, value] of one.points()) {
      const values = byStep.get(step) ?? {};
      values[name] = value;
      byStep.set(step, values);
    }
  }
  return [...byStep].sort(([a], [b]) => a - b).map(([step, values]) => ({ step, images: imagesAt(step), values }));
}
