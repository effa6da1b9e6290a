import type { Advice, AuditVerdict, CheckCategory, CheckId } from "./model.ts";
import type { SiteSigns } from "./signs.ts";
import type { AuditedSite } from "./site.ts";
import type { Trail } from "./trail.ts";

/** The context of a check. */
export interface CheckContext {
  readonly site: AuditedSite;
  readonly trail: Trail;
  /** Signs of the things that the site has; computed once. */
  readonly signs: () => Promise<SiteSigns>;
  readonly isCommerce: boolean;
  /** The address of a DNS-over-HTTPS service with a JSON interface; undefined asks none. */
  readonly dns: string | undefined;
}

/** A check of the public scanner. */
export interface AuditCheck {
  readonly id: CheckId;
  readonly category: CheckCategory;
  readonly title: string;
  /** The goal in one line, as the next level's requirement states it. */
  readonly goal: string;
  readonly specs: readonly string[];
  /** The name of the scanner's guide. */
  readonly guide: string;
  run(context: CheckContext): Promise<AuditVerdict>;
}

/** Makes the advice of a check; the prompt states site, goal and both ways to reach it. */
export function advise(site: AuditedSite, goal: string, advice: Omit<Advice, "prompt">): Advice {
  const { rules, origin } = advice;
  const inRules =
    rules === undefined
      ? ""
      : ` If wayleave stands in front of the site, merge these keys into its rules file and run "wayleave check": ${JSON.stringify(rules)}`;
  const prompt = `Goal for ${site.origin}: ${goal}. ${origin}${inRules} Publish nothing that the site does not have. Then run "wayleave audit ${site.origin}" again.`;
  return { ...advice, prompt };
}
