/** @file The checksum of event files, by published values; and messages that are none. */

import { expect, test } from "vitest";
import { decodeEvent } from "./tf-events.ts";
import { crc32c, maskedChecksum } from "./tf-records.ts";

// RFC 3720, section B.4, and the check value of the polynomial.
test.each([
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  [new TextEncoder().encode("123456789"), 0xe3069283],
])("CRC-32C of known bytes", (bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});

test("the mask turns by 15 bits and adds a constant", () => {
  expect(maskedChecksum(new Uint8Array(0))).toBe(0xa282ead8);
});

test("a field whose length leads back is no message, and no loop", () => {
  const back = [0x32, 0xf5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
  expect(() => decodeEvent(Uint8Array.from(back))).toThrow(RangeError);
});
