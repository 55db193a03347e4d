/** @file `gantry/browser`: everything that runs in a page: compiler, layers, games, ONNX Runtime Web, event formats. */

export { webBackend } from "./backend/onnx/web.ts";
export * from "./gan.ts";
export * from "./graph.ts";
export { decodeEvent, encodeEvent } from "./run/store/event-codec.ts";
export type { RunEvent } from "./run/store/events.ts";
export { decodeSafetensors, encodeSafetensors, type StateArray } from "./run/store/safetensors.ts";
