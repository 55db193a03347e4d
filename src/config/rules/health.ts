/** @file Rules about seeing failures. */

import type { Rule } from "./rule.ts";

/** A remedy is applied to what somebody saw. */
export const remediesNeedProbes: Rule = ({ health }) =>
  health.remedy !== "auto" || health.probes !== "off"
    ? null
    : {
        message: "health.remedy: auto applies remedies to failures that probes find, and health.probes is off",
        help: "set health.probes to standard, or health.remedy to suggest",
      };

/** A plateau is seen in looks. */
export const plateausNeedProbes: Rule = ({ health }) =>
  !health.stopAtPlateau || health.probes !== "off"
    ? null
    : {
        message: "health.stopAtPlateau: probes see when nothing improves any more, and health.probes is off",
        help: "set health.probes to standard, or leave out --stop-when-healthy-plateau",
      };
