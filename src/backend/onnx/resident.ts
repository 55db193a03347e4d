/** @file A model whose results stay in the memory of its device. */

import { buildGraph, type Graph } from "../../graph/graph.ts";
import { type DType, type Shape, sizeOf } from "../../graph/ops.ts";
import { input } from "../../graph/tensor.ts";
import { ConfigError, invariant } from "../../util/errors.ts";
import type { Backend, DeviceArray, HostArray, ResidentExecutable, ResidentResults } from "../backend.ts";
import { emitModel, type ModelFeed } from "./emit.ts";
import { ORT_TYPE, type OrtDeviceTensor, type OrtModule, type OrtSession, type OrtTensor } from "./ort.ts";

/** Brings an array of the device to the host. */
type Fetch = (tensor: OrtDeviceTensor, shape: Shape, dtype: DType) => Promise<HostArray>;

/** A result that ONNX Runtime left on the device. */
class OnnxDeviceArray implements DeviceArray {
  readonly tensor: OrtDeviceTensor;
  readonly length: number;
  readonly read: () => Promise<HostArray>;

  constructor(tensor: OrtDeviceTensor, length: number, read: () => Promise<HostArray>) {
    this.tensor = tensor;
    this.length = length;
    this.read = read;
  }

  release(): void {
    this.tensor.dispose();
  }
}

/**
 * Fetches by models that give back what they are fed, one for each shape: the download that ONNX Runtime itself offers
 * ends the process (onnxruntime-node 1.30, "terminate called after throwing an instance of 'char const*'").
 */
function fetcher(ort: OrtModule, session: object): Fetch {
  const sessions = new Map<string, Promise<OrtSession>>();
  const open = (shape: Shape, dtype: DType) => {
    const { bytes } = emitModel(buildGraph({ values: input("array", shape, dtype) }), { channelBlock: 0 });
    return ort.InferenceSession.create(bytes, session);
  };
  return async (array, shape, dtype) => {
    const key = [dtype, ...shape].join();
    const opened = sessions.get(key) ?? open(shape, dtype);
    sessions.set(key, opened);
    const { values } = await (await opened).run({ array }, { values: null });
    return values!.data as HostArray;
  };
}

interface ResidentOptions {
  readonly ort: OrtModule;
  /** Session options as ONNX Runtime takes them. */
  readonly session: object;
  readonly channelBlock: number;
}

/** Compiles for one device, see {@link Backend.compileResident}. */
export function residentCompiler(options: ResidentOptions): NonNullable<Backend["compileResident"]> {
  const { ort, session, channelBlock } = options;
  const fetch = fetcher(ort, session);
  return async (graph, resident) => {
    // A view of an array on the device cannot be fed.
    const { bytes, feeds } = emitModel(graph, { channelBlock, views: false });
    const places = Object.keys(graph.outputs).map((name) => [name, resident.includes(name) ? "gpu-buffer" : "cpu"]);
    const placed = { ...session, preferredOutputLocation: Object.fromEntries(places) };
    const opened = await ort.InferenceSession.create(bytes, placed);
    return new OnnxResidentExecutable({ graph, session: opened, feeds, ort, resident: new Set(resident), fetch });
  };
}

/** What runs. */
interface Opened {
  readonly graph: Graph;
  readonly session: OrtSession;
  readonly feeds: readonly ModelFeed[];
  readonly ort: OrtModule;
  /** Results that stay on the device. */
  readonly resident: ReadonlySet<string>;
  readonly fetch: Fetch;
}

class OnnxResidentExecutable implements ResidentExecutable {
  private readonly opened: Opened;

  constructor(opened: Opened) {
    this.opened = opened;
  }

  async run(fed: Readonly<Record<string, HostArray | DeviceArray>>): Promise<ResidentResults> {
    const { graph, session, feeds, resident, fetch } = this.opened;
    const tensors = Object.fromEntries(feeds.map((feed) => [feed.name, this.tensorOf(feed, fed[feed.source])]));
    const fetches = Object.fromEntries(Object.keys(graph.outputs).map((name) => [name, null]));
    const results = await session.run(tensors, fetches);
    const host: Record<string, HostArray> = {};
    const device: Record<string, DeviceArray> = {};
    for (const [name, { shape, dtype }] of Object.entries(graph.outputs)) {
      if (!resident.has(name)) {
        host[name] = results[name]!.data as HostArray;
        continue;
      }
      const tensor = results[name] as OrtDeviceTensor;
      device[name] = new OnnxDeviceArray(tensor, sizeOf(shape), () => fetch(tensor, shape, dtype));
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
    return isHost ? new this.opened.ort.Tensor(ORT_TYPE[dtype], value, shape) : value.tensor;
  }

  async release(): Promise<void> {
    await this.opened.session.release();
  }
}
