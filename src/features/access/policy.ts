import * as v from "valibot";
import type { RobotsLine } from "../../feature/define.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";

/** What is asked of an agent, weakest first. */
const ASKED = ["verified", "ip-range", "reverse-dns", "signature"] as const;

const ACTIONS = ["allow", "challenge"] as const;

/** Of two actions, the one that leaves a request less: block, charge, limit, challenge, allow. */
const STRICTNESS: Readonly<Record<(typeof ACTIONS)[number], number>> = { allow: 0, challenge: 100 };

/** What a rules file may say under `access`. */
export const accessOptions = v.strictObject({
  ...modeEntries,
  /** What becomes of the request; "challenge" asks who is not known well enough for a signature. @default "allow" */
  action: v.optional(v.picklist(ACTIONS), "allow"),
  /** The least evidence that passes a challenge. @default "signature" */
  evidence: v.optional(v.picklist(ASKED), "signature"),
  /** What becomes of the request where we fail to look at its signature. @default "allow" */
  onError: v.optional(v.picklist(["allow", "deny"]), "allow"),
  /** "bypass" makes what passed a challenge private, so that no cache in front of us hands it on. @default "allow" */
  sharedCaches: v.optional(v.picklist(["allow", "bypass"]), "allow"),
  /** Tells the origin server in `Wayleave-Agent` who asks. @default false */
  forwardAgent: v.optional(v.boolean(), false),
});

export type AccessPolicy = v.InferOutput<typeof accessOptions>;

/** How much a policy asks: where a path can be read in two ways, the stricter one counts. */
export function accessStrictness({ action, evidence, onError }: AccessPolicy): number {
  const among =
    action === "challenge" ? 2 * ASKED.indexOf(evidence) + (onError === "deny" ? 1 : 0) : 0;
  return STRICTNESS[action] + among;
}

/** What a policy means for robots.txt, which knows names and paths, and no evidence. */
export function accessRobots({ action, evidence }: AccessPolicy): readonly RobotsLine[] {
  if (action === "allow") return [{ kind: "paths", name: "Allow" }];
  return [{ kind: "unsaid", why: `a challenge lets pass who has the evidence "${evidence}"` }];
}
