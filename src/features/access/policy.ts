import * as v from "valibot";
import type { RobotsLine } from "../../feature/define.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";

/** Levels of evidence that a rule can require, weakest first. */
const LEVELS = ["verified", "ip-range", "reverse-dns", "signature"] as const;

/** The options under `access`. */
export const accessOptions = v.strictObject({
  ...modeEntries,
  /**
   * The action for the request; "challenge" refuses agents with too little evidence, and asks for a
   * signature.
   * @default "allow"
   */
  action: v.optional(v.picklist(["allow", "challenge"]), "allow"),
  /** The least evidence that passes a challenge. @default "signature" */
  evidence: v.optional(v.picklist(LEVELS), "signature"),
  /**
   * Whether to allow or deny the request if the proxy fails to check its signature.
   * @default "allow"
   */
  onError: v.optional(v.picklist(["allow", "deny"]), "allow"),
  /**
   * "bypass" makes responses to challenged requests private, so that no cache in front serves them
   * to others.
   * @default "allow"
   */
  sharedCaches: v.optional(v.picklist(["allow", "bypass"]), "allow"),
  /** Sends the agent to the origin server in `Wayleave-Agent`. @default false */
  forwardAgent: v.optional(v.boolean(), false),
});

export type AccessPolicy = v.InferOutput<typeof accessOptions>;

/** The strictness of a policy: if a path has several readings, the strictest policy counts. */
export function accessStrictness({ action, evidence, onError }: AccessPolicy): number {
  if (action === "allow") return 0;
  return 1 + 2 * LEVELS.indexOf(evidence) + (onError === "deny" ? 1 : 0);
}

/** The effect of a policy on robots.txt, which has names and paths but no evidence. */
export function accessRobots({ action, evidence }: AccessPolicy): readonly RobotsLine[] {
  if (action === "allow") return [{ kind: "paths", name: "Allow" }];
  return [{ kind: "unsaid", why: `a challenge admits agents with the evidence "${evidence}"` }];
}
