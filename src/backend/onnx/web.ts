/**
 * @file ONNX Runtime for the web: WebAssembly, or WebGPU where the browser has it. Imports nothing of Node, and the
 * runtime itself only when a backend is asked for. It also runs in Node (WebAssembly), where the tests use it.
 */

import { ConfigError } from "../../util/errors.ts";
import type { Backend } from "../backend.ts";
import { onnxBackend } from "./onnx.ts";
import type { OrtModule } from "./ort.ts";

/** Where a step can run in a browser. */
export const WEB_DEVICES = ["wasm", "webgpu"] as const;

/** A device name. */
export type WebDevice = (typeof WEB_DEVICES)[number];

/** Options of {@link webBackend}. */
export interface WebBackendOptions {
  /** Default `wasm`. */
  readonly device?: WebDevice;
  /**
   * WebAssembly threads; default: what ONNX Runtime finds right. More than one needs a cross-origin isolated page. It
   * counts for the first backend of a process or page: the WebAssembly module is started once.
   */
  readonly threads?: number;
  /** Where a page serves ONNX Runtime's .wasm and .mjs files from; default: beside the script. */
  readonly wasmPaths?: string;
}

/** The part of the package's global settings that is used here. */
interface OrtWeb extends OrtModule {
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: unknown } };
}

function hasWebGpu(): boolean {
  return "gpu" in ((globalThis as { navigator?: object }).navigator ?? {});
}

/**
 * The backend for browsers.
 * @throws ConfigError when WebGPU is asked for and absent.
 */
export async function webBackend({ device = "wasm", threads, wasmPaths }: WebBackendOptions = {}): Promise<Backend> {
  if (device === "webgpu" && !hasWebGpu()) {
    throw new ConfigError('device "webgpu" is not offered by this browser (navigator.gpu is missing)', {
      help: "use wasm, or a browser with WebGPU switched on",
    });
  }
  const imported: unknown = await (device === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web"));
  const ort = imported as OrtWeb;
  if (threads !== undefined) ort.env.wasm.numThreads = threads;
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  return onnxBackend({
    name: `onnx-web-${device}`,
    ort,
    channelBlock: 0,
    webgpu: device === "webgpu",
    writesInto: false,
    session: { executionProviders: [device], graphOptimizationLevel: "basic", logSeverityLevel: 3 },
  });
}
