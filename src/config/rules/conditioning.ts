/** @file Rules about what the generator is asked for. */

import type { Rule } from "./rule.ts";

/** A class is known to both players or to none. */
export const bothPlayersKnowTheClass: Rule = ({ conditioning: { generator, discriminator } = {} }) =>
  (generator === "none") === (discriminator === "none")
    ? null
    : {
        message:
          generator === "none"
            ? "conditioning: the discriminator is to know the classes and the generator is not: it could only lose"
            : "conditioning: the generator is told the class, but the discriminator would not know whether it heeds it",
        help: "choose a way for both, as --set conditioning=projection does, or none for both: --set conditioning=none",
      };

/** The generator is asked for one thing. */
export const askedForOneThing: Rule = ({ conditioning, code }) =>
  code === undefined || conditioning === undefined || conditioning.generator === "none"
    ? null
    : {
        message: "code and conditioning: the generator can be asked for a code or for classes, not for both",
        help: "leave one of them out",
      };

/** A code has parts. */
export const codeSaysSomething: Rule = ({ code }) =>
  code === undefined || code.categories + code.continuous > 0
    ? null
    : { message: "code: it has neither categories nor continuous codes", help: "e.g. --set code.categories=10" };
