/** @file The ONNX Runtime backend: emits a graph as one model and runs it. The same code serves Node and the browser. */

import type { Graph } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/ops.ts";
import { ConfigError } from "../../util/errors.ts";
import type { Backend, Executable, HostArray, HostArrays } from "../backend.ts";
import { emitModel, type ModelFeed } from "./emit.ts";
import type { LoweringOptions } from "./lowering-context.ts";
import { ORT_TYPE, type OrtModule, type OrtSession, type OrtTensor } from "./ort.ts";
import { residentCompiler } from "./resident.ts";

/** How to run models. */
export interface OnnxBackendOptions extends Omit<LoweringOptions, "openShapes" | "views"> {
  readonly name: string;
  /** See {@link Backend.notes}. */
  readonly notes?: readonly string[];
  readonly ort: OrtModule;
  /** Session options as ONNX Runtime takes them (providers, threads, …). */
  readonly session: object;
  /**
   * From how many bytes on, all results of a graph together, its shape operands are overridable (see `openShapes` of
   * {@link LoweringOptions}): that saves memory, and makes sessions of thousands of nodes ten times as slow to open.
   * Default: never.
   */
  readonly openShapesFrom?: number;
  /**
   * Whether the module writes results into output tensors it is given. onnxruntime-web takes them and leaves them as
   * they are, so there results are copied. Default true.
   */
  readonly writesInto?: boolean;
  /** Whether the device has memory of its own and this provider lends it, so that results can stay there. Default false. */
  readonly lendsMemory?: boolean;
}

class OnnxExecutable implements Executable {
  private readonly graph: Graph;
  private readonly session: OrtSession;
  private readonly feeds: readonly ModelFeed[];
  private readonly ort: OrtModule;
  private readonly fetchNames: readonly string[];
  private readonly writesInto: boolean;

  constructor(graph: Graph, session: OrtSession, feeds: readonly ModelFeed[], ort: OrtModule, writesInto: boolean) {
    this.graph = graph;
    this.session = session;
    this.feeds = feeds;
    this.ort = ort;
    this.fetchNames = Object.keys(graph.outputs);
    this.writesInto = writesInto;
  }

  async run(feeds: HostArrays, into: HostArrays = {}): Promise<HostArrays> {
    for (const { attrs } of this.graph.inputs) {
      const length = feeds[attrs.name]?.length;
      if (length !== sizeOf(attrs.shape)) {
        throw new ConfigError(`input "${attrs.name}" needs ${sizeOf(attrs.shape)} values, got ${length ?? "none"}`);
      }
    }
    const tensors: Record<string, OrtTensor> = {};
    for (const { name, source, offset, length, shape, dtype } of this.feeds) {
      const whole = feeds[source]!;
      const view = length === whole.length ? whole : whole.subarray(offset, offset + length);
      tensors[name] = new this.ort.Tensor(ORT_TYPE[dtype], view, shape);
    }
    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of this.fetchNames) {
      const target = this.writesInto ? into[name] : undefined;
      const node = this.graph.outputs[name]!;
      fetches[name] = target === undefined ? null : new this.ort.Tensor(ORT_TYPE[node.dtype], target, node.shape);
    }
    const results = await this.session.run(tensors, fetches);
    const out: Record<string, HostArray> = {};
    for (const name of this.fetchNames) {
      const target = into[name];
      const data = results[name]!.data as HostArray;
      if (target !== undefined && !this.writesInto) target.set(data);
      out[name] = target ?? data;
    }
    return out;
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** Bytes of all results of a graph's nodes, at four a number. */
const bytesOf = ({ nodes }: Graph): number => nodes.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);

/** A backend on top of an ONNX Runtime module. See `node.ts` and `web.ts` for the two that exist. */
export function onnxBackend(options: OnnxBackendOptions): Backend {
  const {
    name,
    notes = [],
    ort,
    session,
    writesInto = true,
    lendsMemory = false,
    channelBlock,
    webgpu = false,
    openShapesFrom = Number.POSITIVE_INFINITY,
  } = options;
  return {
    name,
    notes,
    async compile(graph) {
      const openShapes = bytesOf(graph) >= openShapesFrom;
      const { bytes, feeds } = emitModel(graph, { channelBlock, webgpu, openShapes });
      return new OnnxExecutable(graph, await ort.InferenceSession.create(bytes, session), feeds, ort, writesInto);
    },
    ...(lendsMemory && { compileResident: residentCompiler({ ort, session, lowering: { channelBlock, webgpu } }) }),
  };
}
