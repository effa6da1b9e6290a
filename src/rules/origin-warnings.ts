import type { ValidRules, Warn } from "./warn.ts";

/** Warns of origin servers that no request reaches, and of addresses that lead back to the proxy. */
export function warnOfOrigins({ rules: file, places }: ValidRules, warn: Warn): void {
  const used = new Set(file.rules.flatMap(({ origin }) => origin ?? []));
  const sites = [file.publicOrigin, ...(file.hosts ?? []).map((host) => `https://${host}`)];
  const hosts = new Set(sites.flatMap((site) => URL.parse(site ?? "")?.host ?? []));
  const leadsBack = (url: string): boolean => hosts.has(new URL(url).host);
  if (file.origin !== undefined && places.has(["origin"]) && leadsBack(file.origin)) {
    warn(["origin"], "origin-is-proxy", LEADS_BACK);
  }
  for (const [name, entry] of Object.entries(file.origins)) {
    const { url } = typeof entry === "string" ? { url: entry } : entry;
    const urls = typeof url === "string" ? [url] : url;
    if (!used.has(name) && urls[0] !== file.origin) {
      warn(["origins", name], "unused-origin", "no rule sends requests to this origin server");
    }
    if (urls.some(leadsBack)) warn(["origins", name], "origin-is-proxy", LEADS_BACK);
  }
}

const LEADS_BACK =
  "this is the site's public host: if it leads to the proxy, the proxy sends requests to itself";
