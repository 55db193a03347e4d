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

/** An array that lies in the memory of a backend's device, from one run to another. */
export interface DeviceArray {
  /** Brings the values to the host. To be called on one array at a time. */
  read(): Promise<HostArray>;
  /** Frees the memory. It can be neither fed nor read afterwards. */
  release(): void;
}

/** A compiled graph some of whose results stay on the device. */
export interface ResidentExecutable {
  /** Runs the graph once. Arrays that a run left on the device are fed as they are. */
  run(feeds: Readonly<Record<string, HostArray | DeviceArray>>): Promise<ResidentResults>;
  /** Frees what the executable holds, not the arrays that it left on the device; those can be fed elsewhere, and no longer be read. */
  release(): Promise<void>;
}

/** What a {@link ResidentExecutable} computed. */
export interface ResidentResults {
  readonly host: HostArrays;
  /** To be released by whoever ran it. */
  readonly device: Readonly<Record<string, DeviceArray>>;
}

/** A way to execute graphs. */
export interface Backend {
  /** Such as `reference`, `onnx-cpu`. */
  readonly name: string;
  /** What whoever runs something on it should know, such as kernels that this machine cannot use. Default: nothing. */
  readonly notes?: readonly string[];
  compile(graph: Graph): Promise<Executable>;
  /**
   * Compiles a graph whose results called `resident` stay on the device, so that a training need not carry its weights to and
   * fro at every step. Absent where the device computes in the host's memory, or does not lend its own.
   */
  readonly compileResident?: (graph: Graph, resident: readonly string[]) => Promise<ResidentExecutable>;
}
