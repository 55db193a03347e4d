/** @file ONNX Runtime in Node: the CPU by default, other providers by name. Node only. */

import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
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

let channelBlock: Promise<number> | undefined;

/** The channel block of this machine's CPU, found once per process. */
function cpuChannelBlock(): Promise<number> {
  channelBlock ??= findChannelBlock(ort as unknown as OrtModule);
  return channelBlock;
}

/**
 * The backend for Node.
 * @throws ConfigError when the device's provider is not in this build of ONNX Runtime.
 */
export async function nodeBackend(options: NodeBackendOptions = {}): Promise<Backend> {
  const { device = "cpu", threads = availableParallelism() } = options;
  const present = ort.listSupportedBackends().map((backend) => backend.name);
  if (!present.includes(device)) {
    throw new ConfigError(`device "${device}" is not offered by this build of ONNX Runtime`, {
      help: `devices that are: ${DEVICES.filter((name) => present.includes(name)).join(", ")}`,
    });
  }
  return onnxBackend({
    name: `onnx-${device}`,
    ort: ort as unknown as OrtModule,
    channelBlock: device === "cpu" ? await cpuChannelBlock() : 0,
    session: {
      executionProviders: [device],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "basic",
      logSeverityLevel: 3,
      // Adam's second moments decay into subnormal numbers, which are many times slower to compute with.
      extra: { session: { set_denormal_as_zero: "1" } },
    },
  });
}
