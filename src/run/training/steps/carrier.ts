/** @file Who carries the state from one step to the next: the host's arrays, or the memory of a device. */

import type {
  Backend,
  DeviceArray,
  Executable,
  HostArray,
  HostArrays,
  ResidentExecutable,
} from "../../../backend/backend.ts";
import type { Graph } from "../../../graph/graph.ts";
import { invariant } from "../../../util/errors.ts";
import type { StateStore } from "../../store/state-store.ts";

/** Runs a compiled phase on the state and on what is fed beside it; gives the results that are not state. */
export type Advance = (given: Readonly<Record<string, HostArray | undefined>>) => Promise<HostArrays>;

/** Carries a state through the phases of a step. */
export interface Carrier {
  compile(graph: Graph): Promise<Advance>;
  /** Brings all of the state to the host's arrays. Not to be called while a phase runs, or twice at once. */
  settle(): Promise<void>;
  /** Frees what was compiled, and what of the state lies on a device: it is lost where it was not settled. */
  release(): Promise<void>;
}

/** What is fed to a phase, out of `all`. A missing array is a fault of ours: the state was released. */
function feedsOf<T>({ inputs }: Graph, all: Readonly<Record<string, T | undefined>>): Readonly<Record<string, T>> {
  const feeds: Record<string, T> = {};
  for (const { attrs } of inputs) {
    const value = all[attrs.name];
    invariant(value !== undefined, `there is no "${attrs.name}" to feed`);
    feeds[attrs.name] = value;
  }
  return feeds;
}

/** The results of a phase that are state. */
const writesOf = ({ outputs }: Graph, { specs }: StateStore): readonly string[] =>
  specs.map(({ name }) => name).filter((name) => name in outputs);

/** The state lies in the host's arrays: a step reads one copy and writes the other. */
export class HostCarrier implements Carrier {
  private readonly state: StateStore;
  private readonly backend: Backend;
  private readonly executables: Executable[] = [];

  constructor(state: StateStore, backend: Backend) {
    this.state = state;
    this.backend = backend;
  }

  async compile(graph: Graph): Promise<Advance> {
    const { state } = this;
    const executable = await this.backend.compile(graph);
    this.executables.push(executable);
    const writes = writesOf(graph, state);
    const others = Object.keys(graph.outputs).filter((name) => !writes.includes(name));
    return async (given) => {
      const results = await executable.run(feedsOf(graph, { ...state.read(), ...given }), state.writable(writes));
      state.swap(writes);
      return Object.fromEntries(others.map((name) => [name, results[name]!]));
    };
  }

  async settle(): Promise<void> {}

  async release(): Promise<void> {
    for (const executable of this.executables.splice(0)) await executable.release();
  }
}

/** A backend whose device keeps results for later runs. */
export type LendingBackend = Backend & Required<Pick<Backend, "compileResident">>;

/** Whether a state can stay on the device of `backend`. */
export const lendsMemory = (backend: Backend): backend is LendingBackend => backend.compileResident !== undefined;

/** What a step has written stays on the device until somebody wants to see it. */
export class DeviceCarrier implements Carrier {
  private readonly state: StateStore;
  private readonly backend: LendingBackend;
  private readonly executables: ResidentExecutable[] = [];
  private readonly away = new Map<string, DeviceArray>();

  constructor(state: StateStore, backend: LendingBackend) {
    this.state = state;
    this.backend = backend;
  }

  async compile(graph: Graph): Promise<Advance> {
    const { state, away } = this;
    const writes = writesOf(graph, state);
    const executable = await this.backend.compileResident(graph, writes);
    this.executables.push(executable);
    return async (given) => {
      const fed = { ...state.here(), ...Object.fromEntries(away), ...given };
      const { host, device } = await executable.run(feedsOf(graph, fed));
      for (const [name, array] of Object.entries(device)) {
        away.get(name)?.release();
        away.set(name, array);
      }
      state.leave(writes);
      return host;
    };
  }

  async settle(): Promise<void> {
    const arrays: Record<string, HostArray> = {};
    for (const [name, array] of this.away) arrays[name] = await array.read();
    this.state.bringBack(arrays);
    this.forget();
  }

  async release(): Promise<void> {
    this.forget();
    for (const executable of this.executables.splice(0)) await executable.release();
  }

  private forget(): void {
    for (const array of this.away.values()) array.release();
    this.away.clear();
  }
}
