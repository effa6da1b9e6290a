import type { LoadedRules } from "../../rules/load.ts";
import { sitesOf } from "../robots/sites.ts";
import { UsageError } from "../usage.ts";
import type { LogSite } from "./past-request.ts";

/** The site for lines that have no host. */
export interface ReplaySite extends LogSite {
  /** E.g. "https://www.example.com". */
  readonly text: string;
}

/** The site of `--site`, else that of the rules. Throws a UsageError. */
export function siteFor(given: string | undefined, { rules, bots }: LoadedRules): ReplaySite {
  const [first] = sitesOf(rules);
  const text = given ?? first ?? "";
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/") {
    throw new UsageError(`--site must be the URL of a site, such as "https://www.example.com"`);
  }
  const scheme = url.protocol.slice(0, -1);
  return { scheme, host: url.host, text: url.origin, hops: rules.agents.trustedProxyHops, bots };
}
