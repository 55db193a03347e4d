/** @file A model whose results stay in the memory of its device. */

import { buildGraph, type Graph } from "../../graph/graph.ts";
import { type DType, type Shape, sizeOf } from "../../graph/ops.ts";
import { input } from "../../graph/tensor.ts";
import { ConfigError, invariant } from "../../util/errors.ts";
import type { Backend, DeviceArray, HostArray, ResidentExecutable, ResidentResults } from "../backend.ts";
import { emitModel, type ModelFeed } from "./emit.ts";
import type { LoweringOptions } from "./lowering-context.ts";
import { ORT_TYPE, type OrtDeviceTensor, type OrtModule, type OrtSession, type OrtTensor } from "./ort.ts";

/** A result that ONNX Runtime left on the device. */
class OnnxDeviceArray implements DeviceArray {
  readonly tensor: OrtDeviceTensor;
  readonly length: number;
  readonly read: () => Promise<HostArray>;

  constructor(tensor: OrtDeviceTensor, length: number, read: (array: OnnxDeviceArray) => Promise<HostArray>) {
    this.tensor = tensor;
    this.length = length;
    this.read = () => read(this);
  }

  release(): void {
    this.tensor.dispose();
  }
}

interface ResidentOptions {
  readonly ort: OrtModule;
  /** Session options as ONNX Runtime takes them. */
  readonly session: object;
  readonly lowering: Omit<LoweringOptions, "openShapes" | "views">;
}

/** Compiles for one device, see {@link Backend.compileResident}. */
export const residentCompiler =
  (options: ResidentOptions): NonNullable<Backend["compileResident"]> =>
  (graph, resident) =>
    OnnxResidentExecutable.open(options, graph, resident);

class OnnxResidentExecutable implements ResidentExecutable {
  private readonly options: ResidentOptions;
  private readonly graph: Graph;
  private readonly session: OrtSession;
  private readonly feeds: readonly ModelFeed[];
  private readonly resident: ReadonlySet<string>;
  /** What reads arrays of a shape and type, see {@link read}. */
  private readonly readers = new Map<string, Promise<OnnxResidentExecutable>>();

  private constructor(
    options: ResidentOptions,
    graph: Graph,
    session: OrtSession,
    feeds: readonly ModelFeed[],
    resident: readonly string[],
  ) {
    this.options = options;
    this.graph = graph;
    this.session = session;
    this.feeds = feeds;
    this.resident = new Set(resident);
  }

  static async open(options: ResidentOptions, graph: Graph, resident: readonly string[]) {
    const { ort, session, lowering } = options;
    // A view of an array on the device cannot be fed.
    const { bytes, feeds } = emitModel(graph, { ...lowering, views: false });
    const places = Object.keys(graph.outputs).map((name) => [name, resident.includes(name) ? "gpu-buffer" : "cpu"]);
    const placed = { ...session, preferredOutputLocation: Object.fromEntries(places) };
    const opened = await ort.InferenceSession.create(bytes, placed);
    return new OnnxResidentExecutable(options, graph, opened, feeds, resident);
  }

  async run(fed: Readonly<Record<string, HostArray | DeviceArray>>): Promise<ResidentResults> {
    const tensors = Object.fromEntries(this.feeds.map((feed) => [feed.name, this.tensorOf(feed, fed[feed.source])]));
    const fetches = Object.fromEntries(Object.keys(this.graph.outputs).map((name) => [name, null]));
    const results = await this.session.run(tensors, fetches);
    const host: Record<string, HostArray> = {};
    const device: Record<string, DeviceArray> = {};
    for (const [name, { shape, dtype }] of Object.entries(this.graph.outputs)) {
      const result = results[name]!;
      if (this.resident.has(name)) {
        const read = (array: OnnxDeviceArray) => this.read(array, shape, dtype);
        device[name] = new OnnxDeviceArray(result as OrtDeviceTensor, sizeOf(shape), read);
      } else host[name] = result.data as HostArray;
    }
    return { host, device };
  }

  /** What is fed for an input. @throws ConfigError when it has another length. */
  private tensorOf({ source, length, shape, dtype }: ModelFeed, value: HostArray | DeviceArray | undefined): OrtTensor {
    const isHost = ArrayBuffer.isView(value);
    invariant(isHost || value === undefined || value instanceof OnnxDeviceArray, "an array of another backend is fed");
    if (value?.length !== length) {
      throw new ConfigError(`input "${source}" needs ${length} values, got ${value?.length ?? "none"}`);
    }
    return isHost ? new this.options.ort.Tensor(ORT_TYPE[dtype], value, shape) : value.tensor;
  }

  /**
   * Reads an array by a model that gives back what it is fed: the download that ONNX Runtime itself offers ends the process
   * (onnxruntime-node 1.30, "terminate called after throwing an instance of 'char const*'").
   */
  private async read(array: OnnxDeviceArray, shape: Shape, dtype: DType): Promise<HostArray> {
    const key = [dtype, ...shape].join();
    const echo = () => buildGraph({ values: input("array", shape, dtype) });
    const reader = this.readers.get(key) ?? OnnxResidentExecutable.open(this.options, echo(), []);
    this.readers.set(key, reader);
    const { host } = await (await reader).run({ array });
    return host.values!;
  }

  async release(): Promise<void> {
    for (const reader of this.readers.values()) await (await reader).release();
    await this.session.release();
  }
}
