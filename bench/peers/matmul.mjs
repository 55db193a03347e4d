// The machine's own matrix-product rate, through the runtime Gantry trains on: the ceiling of the benchmark's table.
//
//     BENCH_THREADS=2 node bench/peers/matmul.mjs 1024
//
// Speaks the line protocol of README.md; one step is one product of two square float32 matrices, both given as inputs, as
// a training step has them. The ready line also gives `flopsPerStep`.
import * as ort from "onnxruntime-node";
import { normals, refuse, serve, THREADS, uniforms, versionOf } from "./serve.mjs";

// Just enough of protocol buffers to write a model of one node. Field numbers are those of onnx.proto.
const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const integer = (field, value) => [...varint(field << 3), ...varint(value)];
const bytes = (field, content) => [...varint((field << 3) | 2), ...varint(content.length), ...content];
const text = (field, value) => bytes(field, new TextEncoder().encode(value));

function matmulModel(size) {
  const dimension = bytes(1, integer(1, size));
  const squareFloat = bytes(2, bytes(1, [...integer(1, 1), ...bytes(2, [...dimension, ...dimension])]));
  const value = (name) => [...text(1, name), ...squareFloat];
  const node = [...text(1, "a"), ...text(1, "b"), ...text(2, "c"), ...text(4, "MatMul")];
  const values = [...bytes(11, value("a")), ...bytes(11, value("b")), ...bytes(12, value("c"))];
  const graph = [...bytes(1, node), ...text(2, "matmul"), ...values];
  return Uint8Array.from([...integer(1, 8), ...bytes(7, graph), ...bytes(8, integer(2, 17))]);
}

const size = Number(process.argv[2] ?? 1024);
if (!Number.isInteger(size) || size < 1 || size > 8192) refuse(`the size must be a whole number from 1 to 8192`);
const session = await ort.InferenceSession.create(matmulModel(size), {
  intraOpNumThreads: THREADS,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
});
const next = uniforms(1);
const matrix = (values) => new ort.Tensor("float32", values, [size, size]);
const feeds = { a: matrix(normals(next, size * size)), b: matrix(normals(next, size * size)) };
const fetches = { c: matrix(new Float32Array(size * size)) };

await serve(
  {
    peer: "matmul",
    version: `onnxruntime-node ${versionOf("onnxruntime-node")}`,
    threads: THREADS,
    flopsPerStep: 2 * size ** 3,
  },
  { step: () => session.run(feeds, fetches), losses: () => null },
);
