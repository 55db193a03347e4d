/** @file `gantry/graph`: the compiler by itself. Trace functions of tensors, differentiate them, run them. Browser-safe. */

export { grad, pullback } from "./autodiff/grad.ts";
export type {
  Backend,
  DeviceArray,
  Executable,
  HostArray,
  HostArrays,
  ResidentExecutable,
  ResidentResults,
} from "./backend/backend.ts";
export { emitModel } from "./backend/onnx/emit.ts";
export { evaluate, referenceBackend } from "./backend/reference/reference.ts";
export { buildGraph, type Graph } from "./graph/graph.ts";
export type { ConvGeometry, DType, OpAttrs, OpName, Shape, Tensor } from "./graph/ops.ts";
export { printGraph } from "./graph/print.ts";
export { inScope } from "./graph/scope.ts";
export * from "./graph/tensor.ts";
export { verifyGraph } from "./graph/verify.ts";
export { optimize } from "./passes/pipeline.ts";
