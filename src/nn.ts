/** @file `gantry/nn`: layers, initialisers, optimisers, schedules. Browser-safe. */

export * from "./nn/activation.ts";
export * from "./nn/bilinear.ts";
export * from "./nn/conv.ts";
export * from "./nn/dense.ts";
export * from "./nn/dropout.ts";
export * from "./nn/features.ts";
export * from "./nn/init.ts";
export * from "./nn/minibatch.ts";
export * from "./nn/module.ts";
export * from "./nn/norm.ts";
export * from "./nn/pack.ts";
export * from "./nn/shape.ts";
export * from "./nn/spectral-norm.ts";
export * from "./optim/adam.ts";
export * from "./optim/clip.ts";
export * from "./optim/ema.ts";
export * from "./optim/lookahead.ts";
export * from "./optim/optimistic.ts";
export { optimizers } from "./optim/optimizers.ts";
export * from "./optim/rmsprop.ts";
export * from "./optim/schedule.ts";
export * from "./optim/sgd.ts";
export * from "./optim/transform.ts";
export * from "./optim/weight-decay.ts";
