/** @file Every protocol by benchmark and name. */

import { ConfigError } from "../util/errors.ts";
import { didYouMean } from "../util/suggest.ts";
import type { Protocol } from "./protocol.ts";
import { digitProtocols } from "./protocols/digits.ts";
import { pointProtocols } from "./protocols/points.ts";
import { fiveGaussians, twoClusters } from "./protocols/rs-gan.ts";
import { stackedProtocols } from "./protocols/stacked-mnist.ts";

/** All protocols. The first of a benchmark is the one that is run where none is named. */
export const protocols: readonly Protocol[] = [
  ...pointProtocols,
  twoClusters,
  fiveGaussians,
  ...stackedProtocols,
  ...digitProtocols,
];

/** The names of the benchmarks, in order. */
export const benchmarks: readonly string[] = [...new Set(protocols.map(({ benchmark }) => benchmark))];

/** The protocols of a benchmark, the usual one first. @throws ConfigError when there is no such benchmark. */
export function protocolsOf(benchmark: string): readonly Protocol[] {
  const found = protocols.filter((protocol) => protocol.benchmark === benchmark);
  if (found.length > 0) return found;
  throw new ConfigError(`unknown benchmark "${benchmark}".${didYouMean(benchmark, benchmarks)}`, {
    help: `benchmarks: ${benchmarks.join(", ")}`,
  });
}

/** A benchmark's protocol called `name`; its usual one where no name is given. @throws ConfigError when there is none. */
export function findProtocol(benchmark: string, name?: string): Protocol {
  const all = protocolsOf(benchmark);
  const found = name === undefined ? all[0] : all.find((protocol) => protocol.name === name);
  if (found !== undefined) return found;
  const names = all.map((protocol) => protocol.name);
  throw new ConfigError(`${benchmark} has no protocol "${name}".${didYouMean(name ?? "", names)}`, {
    help: `its protocols: ${names.join(", ")}`,
  });
}
