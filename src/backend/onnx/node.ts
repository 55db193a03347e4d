/** @file ONNX Runtime in Node: the CPU by default, other providers by name. Node only. */

import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
import { buildGraph } from "../../graph/graph.ts";
import { input, neg } from "../../graph/tensor.ts";
import { ConfigError } from "../../util/errors.ts";
import type { Backend } from "../backend.ts";
import { findChannelBlock } from "./channel-block.ts";
import { type OrtModule, onnxBackend } from "./onnx.ts";

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

let channelBlock: Promise<number> | undefined;

/** The channel block of this machine's CPU, found once per process. */
function cpuChannelBlock(): Promise<number> {
  channelBlock ??= findChannelBlock(ort as unknown as OrtModule);
  return channelBlock;
}

/**
 * The backend for Node.
 * @throws ConfigError when the device's provider is not in this build of ONNX Runtime, or does not work on this machine.
 */
export async function nodeBackend(options: NodeBackendOptions = {}): Promise<Backend> {
  declineTelemetry();
  const { device = "cpu", threads = availableParallelism() } = options;
  const present = ort.listSupportedBackends().map((backend) => backend.name);
  if (!present.includes(device)) {
    throw new ConfigError(`device "${device}" is not offered by this build of ONNX Runtime`, {
      help: `devices that are: ${DEVICES.filter((name) => present.includes(name)).join(", ")}`,
    });
  }
  const backend = onnxBackend({
    name: `onnx-${device}`,
    ort: ort as unknown as OrtModule,
    channelBlock: device === "cpu" ? await cpuChannelBlock() : 0,
    // With the pattern planned ahead the arena would hold two copies of the step's memory.
    openShapes: device === "cpu",
    session: {
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
    },
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
