import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ConfigError } from "./errors.ts";
import { createFrom, entry, registry } from "./registry.ts";

const row = (name: string) =>
  entry({
    name,
    summary: "",
    paper: "",
    options: z.strictObject({ size: z.int().min(1).default(3) }),
    create: ({ size }) => `${name} of ${size}`,
  });
const table = registry([row("circle"), row("square")]);

describe("a registry", () => {
  it("creates what a choice names, with its options or their defaults", () => {
    expect(createFrom("shape", table, { name: "circle" })).toBe("circle of 3");
    expect(createFrom("shape", table, { name: "square", size: 5 } as { name: string })).toBe("square of 5");
  });

  it("refuses an unknown name and says which are known", () => {
    const wrong = () => createFrom("shape", table, { name: "cirle" });
    expect(wrong).toThrow(ConfigError);
    expect(wrong).toThrow('unknown shape "cirle". Did you mean "circle"?');
    try {
      wrong();
    } catch (error) {
      expect((error as ConfigError).help).toBe("known: circle, square");
    }
  });

  it("does not find what every object has", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(() => createFrom("shape", table, { name })).toThrow(`unknown shape "${name}"`);
    }
  });

  it("refuses unknown and impossible options", () => {
    const create = (options: object) => () => createFrom("shape", table, { name: "circle", ...options });
    expect(create({ sise: 1 })).toThrow(ConfigError);
    expect(create({ sise: 1 })).toThrow('the shape circle: unknown option "sise". Did you mean "size"?');
    expect(create({ size: 0 })).toThrow(ConfigError);
    expect(create({ size: 0 })).toThrow(/the shape circle: size: .*>=1/);
  });

  it("does not take two rows of one name", () => {
    expect(() => registry([row("circle"), row("circle")])).toThrow('two registry rows are called "circle"');
  });
});
