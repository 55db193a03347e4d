// Makes an .npy file, uint8 [N, size, size, 3], from the emoji pictures of the npm package emoji-datasource-google.
// The pictures are Noto's (Apache License 2.0). Transparency is composited on white.
//
//     node examples/make-emoji-npy.mjs data/emoji.npy [--size 64] [--limit 4000]
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { size: { type: "string", default: "64" }, limit: { type: "string" } },
});
const [out] = positionals;
const size = Number(values.size);
const limit = Number(values.limit ?? Number.MAX_SAFE_INTEGER);
if (out === undefined || !(Number.isInteger(size) && size > 0) || !(limit > 0)) {
  console.error("usage: node examples/make-emoji-npy.mjs FILE.npy [--size 64] [--limit N]");
  process.exit(2);
}

const root = dirname(createRequire(import.meta.url).resolve("emoji-datasource-google/package.json"));
const folder = join(root, "img", "google", "64");
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".png"))
  .sort()
  .slice(0, limit);

/** Version 1.0 of the format: magic, length, and a Python literal padded so that the data start at a multiple of 64. */
function npyHeader(shape) {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const padded = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11);
  const start = Buffer.from("\x93NUMPY\x01\x00\0\0", "latin1");
  start.writeUInt16LE(padded.length + 1, 8);
  return Buffer.concat([start, Buffer.from(`${padded}\n`, "latin1")]);
}

const bytes = size * size * 3;
const data = Buffer.alloc(files.length * bytes);
for (let at = 0; at < files.length; at += 64) {
  const some = files.slice(at, at + 64).map(async (name, i) => {
    const image = sharp(join(folder, name)).flatten({ background: "#fff" }).resize(size, size).toColourspace("srgb");
    (await image.raw().toBuffer()).copy(data, (at + i) * bytes);
  });
  await Promise.all(some);
}

mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, Buffer.concat([npyHeader([files.length, size, size, 3]), data]));
console.log(`${out}: ${files.length} images of ${size}x${size}, ${data.length} bytes`);
