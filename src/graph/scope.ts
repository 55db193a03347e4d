/** @file The place in the model that is being traced, so that an error can say `generator/block2/conv`. */

let current = "";

/** Runs `body` with `name` appended to the current scope. Scopes nest and end with `body`, also when it throws. */
export function inScope<T>(name: string, body: () => T): T {
  const outer = current;
  current = outer === "" ? name : `${outer}/${name}`;
  try {
    return body();
  } finally {
    current = outer;
  }
}

/** The current scope, or an empty string outside of any. */
export function currentScope(): string {
  return current;
}
