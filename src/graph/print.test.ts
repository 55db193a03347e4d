import { expect, test } from "vitest";
import { grad } from "../autodiff/grad.ts";
import { buildGraph } from "./graph.ts";
import { printGraph } from "./print.ts";
import { inScope } from "./scope.ts";
import * as t from "./tensor.ts";

test("a small program and its gradient", () => {
  const image = t.input("image", [4, 1, 8, 8], "u8");
  const filter = t.input("filter", [2, 1, 4, 4]);
  const geometry = { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1 } as const;
  const logits = inScope("discriminator", () => {
    const x = t.sub(t.mul(t.cast(image, "f32"), 1 / 127.5), 1);
    const hidden = inScope("conv1", () => t.leakyRelu(t.conv(x, filter, geometry), 0.2));
    return t.sum(hidden, [1, 2, 3]);
  });
  const loss = inScope("loss", () => t.mean(t.softplus(t.neg(logits))));
  const [gradient] = grad(loss, [filter]);
  expect(printGraph(buildGraph({ loss, gradient: gradient! }))).toMatchInlineSnapshot(`
    "%0 = input() {name=image} : u8[4,1,8,8]
    %1 = cast(%0) : f32[4,1,8,8] @ discriminator
    %2 = constant() {data=[0.007843138]} : f32[] @ discriminator
    %3 = mul(%1, %2) : f32[4,1,8,8] @ discriminator
    %4 = constant() {data=[1]} : f32[] @ discriminator
    %5 = sub(%3, %4) : f32[4,1,8,8] @ discriminator
    %6 = input() {name=filter} : f32[2,1,4,4]
    %7 = conv(%5, %6) {strides=[2,2], pads=[1,1,1,1], dilations=[1,1], groups=1} : f32[4,2,4,4] @ discriminator/conv1
    %8 = leakyRelu(%7) {slope=0.2} : f32[4,2,4,4] @ discriminator/conv1
    %9 = reduceSum(%8) {axes=[1,2,3]} : f32[4,1,1,1] @ discriminator
    %10 = reshape(%9) : f32[4] @ discriminator
    %11 = neg(%10) : f32[4] @ loss
    %12 = softplus(%11) : f32[4] @ loss
    %13 = reduceSum(%12) {axes=[0]} : f32[1] @ loss
    %14 = reshape(%13) : f32[] @ loss
    %15 = constant() {data=[0.25]} : f32[] @ loss
    %16 = mul(%14, %15) : f32[] @ loss
    %17 = constant() {data=[1]} : f32[]
    %18 = mul(%17, %15) : f32[] @ grad(loss)
    %19 = reshape(%18) : f32[1] @ grad(loss)
    %20 = broadcastTo(%19) : f32[4] @ grad(loss)
    %21 = sigmoid(%11) : f32[4] @ grad(loss)
    %22 = mul(%20, %21) : f32[4] @ grad(loss)
    %23 = neg(%22) : f32[4] @ grad(loss)
    %24 = reshape(%23) : f32[4,1,1,1] @ grad(discriminator)
    %25 = broadcastTo(%24) : f32[4,2,4,4] @ grad(discriminator)
    %26 = leakyReluGrad(%8, %25) {slope=0.2} : f32[4,2,4,4] @ grad(discriminator/conv1)
    %27 = convFilterGrad(%5, %26) {strides=[2,2], pads=[1,1,1,1], dilations=[1,1], groups=1, kernel=[4,4]} : f32[2,1,4,4] @ grad(discriminator/conv1)
    return {loss: %16, gradient: %27}"
  `);
});

test("attributes are written in short", () => {
  const long = t.constant(Float32Array.from({ length: 100 }, (_, i) => i / 3));
  const graph = buildGraph({
    a: t.slice(long, [1], [2]),
    b: t.pad(t.constant(Int32Array.of(7)), [1], [0]),
    c: t.matmul(t.full([2, 2], 0.1), t.full([2, 2], 1e-30), { transposeB: true }),
  });
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "%0 = constant() {data=[0,0.3333333,0.6666667,1,…100]} : f32[100]
    %1 = slice(%0) {starts=[1], sizes=[2]} : f32[2]
    %2 = constant() {data=[7]} : i32[1]
    %3 = pad(%2) {low=[1], high=[0]} : i32[2]
    %4 = constant() {data=[0.1]} : f32[]
    %5 = broadcastTo(%4) : f32[2,2]
    %6 = constant() {data=[1e-30]} : f32[]
    %7 = broadcastTo(%6) : f32[2,2]
    %8 = matmul(%5, %7) {transposeA=false, transposeB=true} : f32[2,2]
    return {a: %1, b: %3, c: %8}"
  `);
});

test("the same structure prints the same, whenever it was traced", () => {
  const trace = () => {
    const x = t.input("x", [3]);
    return printGraph(buildGraph({ y: t.sum(t.mul(t.exp(x), t.neg(x))) }));
  };
  expect(trace()).toBe(trace());
});
