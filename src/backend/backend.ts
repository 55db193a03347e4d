/** @file The contract of a backend: compile a graph once, run it many times. */

import type { Graph } from "../graph/graph.ts";

/** Values as they cross the boundary: f32, i32, and u8 (also for bool). */
export type HostArray = Float32Array | Int32Array | Uint8Array;

/** Values by input or output name. */
export type HostArrays = Readonly<Record<string, HostArray>>;

/** A compiled graph. */
export interface Executable {
  /**
   * Runs the graph once. Every input must be fed an array of its exact length.
   *
   * Outputs named in `into` are written to the given arrays, which must not be fed in the same run; the others are fresh.
   */
  run(feeds: HostArrays, into?: HostArrays): Promise<HostArrays>;
  /** Frees what the executable holds. It cannot run afterwards. */
  release(): Promise<void>;
}

/** A way to execute graphs. */
export interface Backend {
  /** Such as `reference`, `onnx-cpu`. */
  readonly name: string;
  /** What whoever runs something on it should know, such as kernels that this machine cannot use. Default: nothing. */
  readonly notes?: readonly string[];
  compile(graph: Graph): Promise<Executable>;
}
