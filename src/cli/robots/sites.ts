import type { LoadedRules } from "../../rules/load.ts";

/** A site whose name stands for any other. */
const ANY = "https://site.example";

/** The sites of rules: each has a robots.txt of its own. */
export function sitesOf({
  publicOrigin,
  hosts = [],
  rules,
}: LoadedRules["rules"]): readonly string[] {
  if (publicOrigin !== undefined) return [new URL(publicOrigin).origin];
  if (hosts.length > 0) return hosts.map(siteOf);
  const named = rules.flatMap(({ match }) => [match.host ?? []].flat());
  return [...new Set([ANY, ...named.filter((host) => URL.canParse(siteOf(host))).map(siteOf)])];
}

function siteOf(host: string): string {
  return URL.parse(`https://${host}`)?.origin ?? ANY;
}
