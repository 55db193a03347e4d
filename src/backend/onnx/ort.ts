/** @file The part of ONNX Runtime that is used: the same for onnxruntime-node and onnxruntime-web. */

import type { DType } from "../../graph/ops.ts";
import type { HostArray } from "../backend.ts";

/** The part of an ONNX Runtime tensor that is used here. */
export interface OrtTensor {
  readonly data: unknown;
}

/** One that lies on a device. */
export interface OrtDeviceTensor extends OrtTensor {
  /** Frees the device's memory. */
  dispose(): void;
}

/** The part of an ONNX Runtime session that is used here. */
export interface OrtSession {
  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor | null>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** The part of onnxruntime-node and onnxruntime-web that is used here; both packages have it. */
export interface OrtModule {
  readonly Tensor: new (type: string, data: HostArray, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
}

/** ONNX Runtime's names of element types. */
export const ORT_TYPE: Readonly<Record<DType, string>> = { f32: "float32", i32: "int32", u8: "uint8", bool: "bool" };
