/** @file The protobuf wire format: just what writing an ONNX model needs. */

/** Collects encoded fields; nested messages are encoded first and added as bytes. */
export class ProtoWriter {
  private readonly parts: Uint8Array[] = [];
  /** Bytes written so far. */
  length = 0;

  private push(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.length += bytes.length;
  }

  /** An int32, int64 or enum field. Negative numbers take ten bytes, as the format demands. */
  int(field: number, value: number): this {
    this.push(varint(field * 8));
    this.push(varint(value));
    return this;
  }

  /** A float field. */
  float(field: number, value: number): this {
    this.push(varint(field * 8 + 5));
    this.push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** A string, bytes or message field. Bytes are not copied until {@link finish}. */
  bytes(field: number, value: string | Uint8Array | ProtoWriter): this {
    const body = typeof value === "string" ? new TextEncoder().encode(value) : value;
    this.push(varint(field * 8 + 2));
    this.push(varint(body.length));
    if (body instanceof ProtoWriter) {
      for (const part of body.parts) this.push(part);
    } else {
      this.push(body);
    }
    return this;
  }

  /** The encoded message. */
  finish(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}
