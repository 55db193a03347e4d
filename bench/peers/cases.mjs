// The cases of cases.json, with what a case takes over from the one it is `like` filled in.
import { readFileSync } from "node:fs";

const raw = JSON.parse(readFileSync(new URL("./cases.json", import.meta.url), "utf8"));

const filled = ({ like, ...own }) => (like === undefined ? own : { ...filled(raw[like]), ...own });

/** Every case by name. */
export const cases = Object.fromEntries(Object.entries(raw).map(([name, spec]) => [name, filled(spec)]));
