/** @file ONNX Runtime in Node: the CPU by default, other providers by name. Node only. */

import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
import { buildGraph } from "../../graph/graph.ts";
import { input, neg } from "../../graph/tensor.ts";
import { ConfigError } from "../../util/errors.ts";
import { requireThreads } from "../../util/threads.ts";
import type { Backend } from "../backend.ts";
import { type ChannelBlock, findChannelBlock } from "./channel-block.ts";
import { onnxBackend } from "./onnx.ts";
import type { OrtModule } from "./ort.ts";

/** Where a step can run. Everything but `cpu` needs hardware and a provider that this build of ONNX Runtime has. */
export const DEVICES = ["cpu", "webgpu", "cuda", "coreml", "dml"] as const;

/** A device name. */
export type Device = (typeof DEVICES)[number];

/** Options of {@link nodeBackend}. */
export interface NodeBackendOptions {
  /** Default `cpu`. */
  readonly device?: Device;
  /** Threads within an op. Default: the cores that this process may use. */
  readonly threads?: number;
}

/**
 * ONNX Runtime's Linux and macOS builds report their use to Microsoft unless this is set before the first session. Whoever
 * wants that sets it to 0. In a worker thread the environment is a copy: run/training/train.ts sets it before it
 * starts one.
 */
function declineTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
}

/**
 * Bytes of a graph's results from which its session is opened so as to hold less memory, though it takes longer: with the pattern
 * planned ahead the arena would hold two copies of the step's memory.
 */
const MEMORY_MATTERS = 2 ** 26;

let channelBlock: Promise<ChannelBlock> | undefined;

/** The channel block of this machine's CPU, found once per process. */
function cpuChannelBlock(): Promise<ChannelBlock> {
  channelBlock ??= findChannelBlock(ort as unknown as OrtModule);
  return channelBlock;
}

const sessionOptions = (device: Device, threads: number) =>
  ({
    enableMemPattern: false,
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "basic",
    logSeverityLevel: 3,
    // Subnormal numbers are not flushed: ONNX Runtime would do so on its own threads only, and the result would depend on
    // which thread computed what.
    extra: {
      session: {
        // How long an idle thread looks for work before it sleeps: long spins take the core from others, the other
        // threads of this process among them.
        intra_op: { spin_duration_us: "100" },
      },
    },
  }) as const;

/**
 * The backend for Node.
 * @throws ConfigError when the number of threads is not from 1 to 256, or the device's provider is not in this build of ONNX Runtime, or does not work on this machine.
 */
export async function nodeBackend(options: NodeBackendOptions = {}): Promise<Backend> {
  declineTelemetry();
  const { device = "cpu", threads = availableParallelism() } = options;
  requireThreads(threads);
  const present = ort.listSupportedBackends().map((backend) => backend.name);
  if (!present.includes(device)) {
    throw new ConfigError(`device "${device}" is not offered by this build of ONNX Runtime`, {
      help: `devices that are: ${DEVICES.filter((name) => present.includes(name)).join(", ")}`,
    });
  }
  const { block, reason } = device === "cpu" ? await cpuChannelBlock() : { block: 0 };
  const backend = onnxBackend({
    name: `onnx-${device}`,
    ort: ort as unknown as OrtModule,
    channelBlock: block,
    // Elsewhere than on x86 there are none, and nothing is amiss.
    ...(reason !== undefined && process.arch === "x64" && { notes: [`convolutions are slow here: ${reason}`] }),
    ...(device === "cpu" && { openShapesFrom: MEMORY_MATTERS }),
    webgpu: device === "webgpu",
    lendsMemory: device === "webgpu",
    session: sessionOptions(device, threads),
  });
  if (device !== "cpu") await tryDevice(backend, device);
  return backend;
}

/** Runs the smallest model: a build may offer a provider whose driver or library this machine does not have. */
async function tryDevice(backend: Backend, device: Device): Promise<void> {
  try {
    const smallest = await backend.compile(buildGraph({ y: neg(input("x", [1])) }));
    await smallest.run({ x: new Float32Array(1) });
    await smallest.release();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim().split("\n")[0]! : String(cause);
    // What stands before is the place in the runtime's source.
    const words = reason.slice(reason.lastIndexOf(" was false. ") + 1).replace(/^was false\. /, "");
    throw new ConfigError(`device "${device}" cannot be used on this machine: ${words}`, {
      help: "use the device cpu, or install the driver and libraries that the device needs",
      cause,
    });
  }
}

/** An input or output of a model that somebody else made. */
export interface ForeignValue {
  readonly name: string;
  /** Element type as ONNX Runtime names it, such as `float32`; undefined for what is no tensor. */
  readonly type: string | undefined;
  /** Numbers for fixed axes; names, or anything below 1, for free ones. Empty where the model does not say. */
  readonly shape: readonly (number | string)[];
}

/** What a foreign model computed. */
export interface ForeignResult {
  readonly type: string;
  readonly data: unknown;
  readonly shape: readonly number[];
}

/** A model that somebody else made, in a session on the CPU. */
export interface ForeignModel {
  readonly inputs: readonly ForeignValue[];
  readonly outputs: readonly ForeignValue[];
  /** Runs it on its one tensor input `name`. */
  run(
    name: string,
    type: "uint8" | "float32",
    data: Uint8Array | Float32Array,
    shape: readonly number[],
  ): Promise<Readonly<Record<string, ForeignResult>>>;
  release(): Promise<void>;
}

function describeValue(value: ort.InferenceSession.ValueMetadata): ForeignValue {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: value.shape }
    : { name: value.name, type: undefined, shape: [] };
}

/**
 * Opens an ONNX model out of its bytes, with the settings of {@link nodeBackend} on the CPU.
 * @throws ConfigError when the number of threads is not from 1 to 256; Error as ONNX Runtime words it, where the model is damaged
 * or its weights lie in other files.
 */
export async function openForeignModel(
  model: Uint8Array,
  { threads = availableParallelism() }: { readonly threads?: number | undefined } = {},
): Promise<ForeignModel> {
  requireThreads(threads);
  declineTelemetry();
  const session = await ort.InferenceSession.create(model, sessionOptions("cpu", threads));
  return {
    inputs: session.inputMetadata.map(describeValue),
    outputs: session.outputMetadata.map(describeValue),
    async run(name, type, data, shape) {
      const results = await session.run({ [name]: new ort.Tensor(type, data, shape) });
      return Object.fromEntries(
        Object.entries(results).map(([key, { type: element, data: values, dims }]) => [
          key,
          { type: element, data: values, shape: dims },
        ]),
      );
    },
    release: () => session.release(),
  };
}
