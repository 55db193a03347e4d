/** @file What a lowering rule is given. */

import type { ModelBuilder } from "./model.ts";

/** Facts about the machine that lowering may use. */
export interface LoweringOptions {
  /** Channel block of ONNX Runtime's NCHWc kernels on this machine (8 or 16), or 0 to use standard operators only. */
  readonly channelBlock: number;
  /** Whether shape operands are overridable; see {@link ModelBuilder}. Default false. */
  readonly openShapes?: boolean;
  /** Whether large slices of an input are fed as inputs of their own, as views; see emit.ts. Default true. */
  readonly views?: boolean;
  /** Whether ONNX Runtime's WebGPU kernels will run the model, whose faults are avoided then; see webgpu-faults.ts. Default false. */
  readonly webgpu?: boolean;
}

/** What a lowering rule sees. */
export interface LoweringContext extends LoweringOptions {
  readonly model: ModelBuilder;
  /** ONNX names of the operands. */
  readonly names: readonly string[];
}
