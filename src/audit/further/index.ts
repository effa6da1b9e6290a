import { cacheCodings } from "./cache-codings.ts";
import { cacheConditions } from "./cache-conditions.ts";
import { cacheRobots } from "./cache-robots.ts";
import { cacheVariants } from "./cache-variants.ts";
import { dictionaries } from "./dictionaries.ts";
import type { FurtherCheck } from "./further-check.ts";
import { llmsLinks } from "./llms-links.ts";
import { markdownPages } from "./markdown-pages.ts";
import { markdownParity } from "./markdown-parity.ts";
import { policyAgreement } from "./policy-agreement.ts";
import { signedAgent } from "./signed-agent.ts";

/** The checks beyond the public scanner, in the order of the report. */
export const FURTHER_CHECKS: readonly FurtherCheck[] = [
  markdownPages,
  markdownParity,
  cacheVariants,
  cacheConditions,
  cacheCodings,
  cacheRobots,
  llmsLinks,
  policyAgreement,
  signedAgent,
  dictionaries,
];
