/** @file Products of rows with rows on the runtime that trains: what makes distances fast. */

import type { Backend, Executable } from "../../backend/backend.ts";
import { buildGraph } from "../../graph/graph.ts";
import * as t from "../../graph/tensor.ts";
import type { Products } from "../../metrics/products.ts";

/** {@link Products} on a backend. Each shape of block is compiled once. */
export class BackendProducts {
  private readonly backend: Backend;
  private readonly compiled = new Map<string, Promise<Executable>>();

  constructor(backend: Backend) {
    this.backend = backend;
  }

  readonly products: Products = async (a, b, dimensions) => {
    const executable = await this.prepare(a.length / dimensions, b.length / dimensions, dimensions);
    const { products } = await executable.run({ a, b });
    return products as Float32Array;
  };

  private prepare(n: number, m: number, dimensions: number): Promise<Executable> {
    const key = `${n}x${m}x${dimensions}`;
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const product = t.matmul(t.input("a", [n, dimensions]), t.input("b", [m, dimensions]), { transposeB: true });
    const executable = this.backend.compile(buildGraph({ products: product }));
    this.compiled.set(key, executable);
    return executable;
  }

  async release(): Promise<void> {
    for (const executable of this.compiled.values()) await (await executable).release();
    this.compiled.clear();
  }
}
