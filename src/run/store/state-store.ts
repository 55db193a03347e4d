/**
 * @file The arrays that training carries, twice: a step reads one copy and writes the other, then they change places.
 *
 * Nothing is copied per step, and a step that fails half-way leaves the readable copy whole. While a device holds newer
 * values, nothing can be read: a stale array would be taken for the training's.
 */

import type { HostArray, HostArrays } from "../../backend/backend.ts";
import type { StateSpec } from "../../gan/game/game-state.ts";
import { sizeOf } from "../../graph/ops.ts";
import { DataError, invariant } from "../../util/errors.ts";
import type { StateArray } from "./safetensors.ts";

/** Where the moving average of `generator/…` lies. */
const AVERAGE = "ema/";

/** Named state arrays with double buffers. */
export class StateStore {
  readonly specs: readonly StateSpec[];
  private readonly front = new Map<string, Float32Array>();
  private readonly back = new Map<string, Float32Array>();
  private readonly elsewhere = new Set<string>();

  constructor(specs: readonly StateSpec[]) {
    this.specs = specs;
    for (const { name, shape } of specs) {
      this.front.set(name, new Float32Array(sizeOf(shape)));
      this.back.set(name, new Float32Array(sizeOf(shape)));
    }
  }

  /** Sets every array to its first value under `seed`. The moving average starts as a copy of the weights. */
  initialise(seed: number): void {
    this.requireHere();
    for (const { name, initial } of this.specs) this.front.get(name)!.set(initial(seed));
  }

  /** The readable arrays, by name. */
  read(): HostArrays {
    this.requireHere();
    return Object.fromEntries(this.front);
  }

  /** The writable copies of the arrays called `names`. */
  writable(names: Iterable<string>): Record<string, HostArray> {
    const out: Record<string, HostArray> = {};
    for (const name of names) {
      const array = this.back.get(name);
      if (array !== undefined) out[name] = array;
    }
    return out;
  }

  /** Makes the copies written by a step the readable ones. */
  swap(names: Iterable<string>): void {
    for (const name of names) {
      const [front, back] = [this.front.get(name), this.back.get(name)];
      if (front === undefined || back === undefined) continue;
      this.front.set(name, back);
      this.back.set(name, front);
    }
  }

  /** Says that the newest values of the arrays called `names` are on a device. */
  leave(names: Iterable<string>): void {
    for (const name of names) this.elsewhere.add(name);
  }

  /** The arrays that have not left, by name. */
  here(): HostArrays {
    return Object.fromEntries([...this.front].filter(([name]) => !this.elsewhere.has(name)));
  }

  /** Takes back arrays that had left. */
  bringBack(arrays: HostArrays): void {
    for (const [name, values] of Object.entries(arrays)) {
      this.front.get(name)!.set(values);
      this.elsewhere.delete(name);
    }
  }

  private requireHere(): void {
    invariant(this.elsewhere.size === 0, "the state is on a device and was not brought back");
  }

  /** The state as it is stored: packed arrays under the names of their parts, as views. */
  toArrays(): Map<string, StateArray> {
    this.requireHere();
    const out = new Map<string, StateArray>();
    for (const { name, shape, layout } of this.specs) {
      const data = this.front.get(name)!;
      if (layout === undefined) out.set(name, { shape, data });
      for (const part of layout?.entries ?? []) {
        out.set(`${name}/${part.name}`, {
          shape: part.shape,
          data: data.subarray(part.offset, part.offset + part.size),
        });
      }
    }
    return out;
  }

  /**
   * Takes over stored arrays.
   * @throws DataError when one is missing or has another shape; nothing is taken over then.
   */
  fromArrays(arrays: ReadonlyMap<string, StateArray>, source: string): void {
    const expected = this.toArrays();
    for (const [name, { shape }] of expected) {
      const found = arrays.get(name);
      if (found === undefined || found.shape.join() !== shape.join()) {
        const has = found === undefined ? "nothing" : `[${found.shape}]`;
        throw new DataError(`${source} does not fit this model: "${name}" should be [${shape}], it has ${has}`);
      }
    }
    for (const [name, { data }] of expected) (data as Float32Array).set(arrays.get(name)!.data);
  }

  /**
   * Takes over those stored arrays that have the name and shape of one of its own; the others stay as they are. A moving average
   * that is not stored begins as what it is the average of.
   */
  takeOver(arrays: ReadonlyMap<string, StateArray>): void {
    for (const [name, { shape, data }] of this.toArrays()) {
      const own = [name, ...(name.startsWith(AVERAGE) ? [name.slice(AVERAGE.length)] : [])];
      const found = own.map((stored) => arrays.get(stored)).find((stored) => stored?.shape.join() === shape.join());
      if (found !== undefined) (data as Float32Array).set(found.data);
    }
  }
}
