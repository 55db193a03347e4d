import { expect, it } from "vitest";
import { parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import { ConfigError } from "../../util/errors.ts";

it("refuses a player that no array can hold, by how many numbers it would have", () => {
  const game = (width: number) =>
    gameFromConfig(parseConfig({ data: { source: "ring" }, model: { name: "mlp", width } }), {
      kind: "points",
      shape: [2],
    });
  expect(game(1000).generator.parameters.length).toBeGreaterThan(1e6);
  expect(() => game(100_000)).toThrow(ConfigError);
  expect(() => game(100_000)).toThrow(
    /the generator would have 10,0\d\d,\d{3},\d{3} parameters; 2,147,483,647 are the most/,
  );
});
