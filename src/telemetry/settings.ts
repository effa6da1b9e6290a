import type { AddressForm } from "../agent/shown-address.ts";

/** The parts of the rules that events depend on. */
export interface EventSettings {
  readonly addresses: AddressForm;
  /** The version of the rules, once it is known. */
  readonly rulesVersion: () => string | undefined;
  /** The pattern of a path that was answered with a status. */
  readonly patternOf: (path: string, status: number | undefined) => string;
}

/** The pattern of all paths that have no pattern of their own. */
export const OTHER_PATHS = "other";

/** The settings without rules. */
export const NO_SETTINGS: EventSettings = {
  addresses: "full",
  rulesVersion: () => undefined,
  patternOf: () => OTHER_PATHS,
};
