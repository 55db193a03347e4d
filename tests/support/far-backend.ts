/** @file A backend with memory of its own, as a GPU has, on any other; it notices what is used after its end, and what is left. */

import type { Backend, DeviceArray, HostArray } from "../../src/backend/backend.ts";

/** An array that only its device can compute with. */
class FarArray implements DeviceArray {
  readonly values: HostArray;
  private readonly alive: Set<DeviceArray>;

  constructor(values: HostArray, alive: Set<DeviceArray>) {
    this.values = values;
    this.alive = alive;
    alive.add(this);
  }

  async read(): Promise<HostArray> {
    if (!this.alive.has(this)) throw new Error("read after it was released");
    return this.values.slice();
  }

  release(): void {
    if (!this.alive.delete(this)) throw new Error("released twice");
  }
}

/** What a test may ask of a far backend. */
export interface FarBackend extends Backend {
  /** Arrays in its memory. */
  readonly alive: ReadonlySet<DeviceArray>;
  /** Executables that were not released. */
  readonly open: ReadonlySet<object>;
}

/** `near` with memory of its own. */
export function farBackend(near: Backend): FarBackend {
  const alive = new Set<DeviceArray>();
  const open = new Set<object>();
  return {
    ...near,
    alive,
    open,
    async compile(graph) {
      const executable = await near.compile(graph);
      open.add(executable);
      return {
        run: (feeds, into) => executable.run(feeds, into),
        release() {
          open.delete(executable);
          return executable.release();
        },
      };
    },
    async compileResident(graph, resident) {
      const executable = await near.compile(graph);
      open.add(executable);
      return {
        async run(feeds) {
          const here = Object.entries(feeds).map(([name, value]) => {
            if (!(value instanceof FarArray)) return [name, value as HostArray] as const;
            if (!alive.has(value)) throw new Error("fed after it was released");
            return [name, value.values] as const;
          });
          const results = Object.entries(await executable.run(Object.fromEntries(here)));
          const far = results.filter(([name]) => resident.includes(name));
          return {
            host: Object.fromEntries(results.filter(([name]) => !resident.includes(name))),
            device: Object.fromEntries(far.map(([name, values]) => [name, new FarArray(values, alive)])),
          };
        },
        release() {
          open.delete(executable);
          return executable.release();
        },
      };
    },
  };
}
