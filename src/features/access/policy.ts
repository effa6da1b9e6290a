import * as v from "valibot";
import type { RobotsLine } from "../../feature/define.ts";
import { MOST_MICROS, parseAmount } from "../../http/amount.ts";
import { keyIssue } from "../../http/schemas.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";
import { blockEntries, blockFaults } from "./block/options.ts";
import { challengeEntries, LEVELS } from "./challenge/options.ts";
import { chargeEntries, chargeFaults } from "./charge/options.ts";
import { limitEntries, limitFaults } from "./limit/options.ts";
import { limitsOf, limitStrictness } from "./limit/quotas.ts";
import { noticeEntries } from "./notice/options.ts";

/** The actions, mildest first. */
const ACTIONS = ["allow", "challenge", "limit", "charge", "block"] as const;

/** The action of a policy. */
export type AccessAction = (typeof ACTIONS)[number];

/** The options that belong to one action or a few; all others belong to every action. */
const OPTIONS_OF: Readonly<Record<string, readonly AccessAction[]>> = {
  ...ofActions(challengeEntries, ["challenge"]),
  ...ofActions(limitEntries, ["limit"]),
  ...ofActions(chargeEntries, ["charge"]),
  ...ofActions(blockEntries, ["block"]),
  ...ofActions(
    noticeEntries,
    ACTIONS.filter((action) => action !== "allow"),
  ),
};

const entries = {
  ...modeEntries,
  /**
   * The action for the request. "allow" admits it; "challenge" refuses agents with too little
   * evidence, and asks for a signature; "limit" refuses clients that exceed a rate; "charge" asks for
   * a payment; "block" refuses every request.
   * @default "allow"
   */
  action: v.optional(v.picklist(ACTIONS), "allow"),
  /**
   * Whether to allow or deny the request if the proxy fails to decide, e.g. because a store is away.
   * @default "deny" for "charge", else "allow"
   */
  onError: v.optional(v.picklist(["allow", "deny"])),
  /**
   * "bypass" makes responses to challenged and limited requests private, so that no cache in front
   * serves them to others.
   * @default "allow"
   */
  sharedCaches: v.optional(v.picklist(["allow", "bypass"]), "allow"),
  /** Sends the agent to the origin server in `Wayleave-Agent`. @default false */
  forwardAgent: v.optional(v.boolean(), false),
  ...challengeEntries,
  ...limitEntries,
  ...chargeEntries,
  ...blockEntries,
  ...noticeEntries,
};

/** The options under `access`. */
export const accessOptions = v.pipe(
  v.strictObject(entries),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { action } = dataset.value;
    for (const key of Object.keys(dataset.value) as (keyof typeof entries)[]) {
      const actions = OPTIONS_OF[key];
      if (actions === undefined || actions.includes(action)) continue;
      const of = actions.map((each) => `"${each}"`).join(" and ");
      addIssue(keyIssue(dataset.value, key, `an option of ${of}, not of "${action}"`));
    }
    for (const { key, message } of faultsOf(dataset.value)) {
      addIssue(keyIssue(dataset.value, key, message));
    }
  }),
  v.transform((given) => ({
    ...given,
    evidence: given.evidence ?? ("signature" as const),
    onError: given.onError ?? (given.action === "charge" ? ("deny" as const) : ("allow" as const)),
  })),
);

export type AccessPolicy = v.InferOutput<typeof accessOptions>;

/** The faults of options that depend on one another. */
function faultsOf(options: v.InferOutput<v.StrictObjectSchema<typeof entries, undefined>>) {
  if (options.action === "block") return blockFaults(options);
  if (options.action === "charge") return chargeFaults(options);
  return options.action === "limit" ? limitFaults(options) : [];
}

function ofActions(of: object, actions: readonly AccessAction[]) {
  return Object.fromEntries(Object.keys(of).map((key) => [key, actions]));
}

/** The rank of each action; a policy of the next action is always stricter. */
const RANK: Readonly<Record<AccessAction, number>> = {
  allow: 0,
  challenge: 1,
  limit: 2,
  charge: 3,
  block: 4,
};

/** The strictness of a policy: if a path has several readings, the strictest policy counts. */
export function accessStrictness(policy: AccessPolicy): number {
  return RANK[policy.action] + withinAction(policy);
}

/** From 0 to below 1: the strictness among policies of the same action. */
function withinAction(policy: AccessPolicy): number {
  const { action, evidence, onError } = policy;
  if (action === "allow" || action === "block") return 0;
  const least =
    action === "challenge"
      ? LEVELS.indexOf(evidence) / LEVELS.length
      : action === "limit"
        ? limitStrictness(policy)
        : priceRank(policy) * 0.9;
  return least + (onError === "deny" ? 0.1 : 0);
}

/** From 0 to below 1, greater for a higher price; prices in several currencies can't be compared. */
function priceRank({ price }: AccessPolicy): number {
  const micros = parseAmount(price ?? "")?.micros ?? 0;
  return micros / (MOST_MICROS + 1);
}

/** The effect of a policy on robots.txt, which has names and paths but no evidence. */
export function accessRobots(policy: AccessPolicy): readonly RobotsLine[] {
  const { action, evidence, price } = policy;
  if (action === "allow") return [{ kind: "paths", name: "Allow" }];
  if (action === "block") return [{ kind: "paths", name: "Disallow" }];
  if (action === "limit") return [{ kind: "unsaid", why: `a limit admits ${limitsOf(policy)}` }];
  if (action === "charge") return [{ kind: "unsaid", why: `access is charged (${price})` }];
  return [{ kind: "unsaid", why: `a challenge admits agents with the evidence "${evidence}"` }];
}
