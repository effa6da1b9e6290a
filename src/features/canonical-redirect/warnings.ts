import type { Bot } from "../../agent/bots.ts";
import { compilePathPattern } from "../../http/path-pattern.ts";
import { secondsOf } from "../../timing/duration.ts";
import type { PolicyWarning } from "../../pipeline/policy.ts";
import { includesBot } from "./audience.ts";
import { compileMaps } from "./maps.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";

type RedirectWarning = PolicyWarning<
  | "search-engine-redirected"
  | "nobody-redirected"
  | "map-repeats"
  | "loops-unseen"
  | "shared-caches"
>;

/** Warnings about a rule's options, given the bot table. */
export function canonicalRedirectWarnings(
  policy: CanonicalRedirectPolicy,
  bots: readonly Bot[],
): RedirectWarning[] {
  if (policy.mode === "off") return [];
  return [
    ...audienceWarnings(policy, bots),
    ...mapWarnings(policy),
    ...memoryWarnings(policy),
    ...cacheNotes(policy),
  ];
}

function audienceWarnings(
  { agents }: CanonicalRedirectPolicy,
  bots: readonly Bot[],
): RedirectWarning[] {
  const hit = bots.filter((bot) => !bot.robotsOnly && includesBot(agents, bot));
  if (hit.length === 0) {
    const message = "the rule redirects no bot of the table";
    return [{ level: "warning", code: "nobody-redirected", path: ["agents"], message }];
  }
  const engines = hit.filter(({ behaviours }) => behaviours.includes("Search"));
  if (engines.length === 0) return [];
  const names = engines.map(({ name }) => name).join(", ");
  const message = `search engines would be redirected: ${names}; add "Search" to exceptBehaviour`;
  return [{ level: "warning", code: "search-engine-redirected", path: ["agents"], message }];
}

/** Warns if a map also matches the target of a map, for a sample path. */
function mapWarnings({ maps }: CanonicalRedirectPolicy): RedirectWarning[] {
  const mapped = compileMaps(maps);
  return maps.flatMap(({ from, to }, i): RedirectWarning[] => {
    const start = sampleOf(from);
    const first = start === undefined ? undefined : mapped(start);
    const second = first === undefined ? undefined : mapped(new URL(first));
    if (second === undefined || second === first) return [];
    const message = `a map also matches "${to}", the target of "${from}", so crawlers are redirected twice`;
    return [{ level: "warning", code: "map-repeats", path: ["maps", i], message }];
  });
}

/** A page that a pattern matches: "x" for each of its groups. */
function sampleOf(pattern: string): URL | undefined {
  const compiled = compilePathPattern(pattern);
  if ("fault" in compiled) return undefined;
  const path = pattern.replaceAll(
    /\\(.)|:[\p{ID_Start}_$][\p{ID_Continue}$]*|\*/gu,
    (_all, escaped) => (typeof escaped === "string" ? escaped : "x"),
  );
  return URL.parse(path, "https://www.example.com") ?? undefined;
}

function memoryWarnings({ keepFor, rememberFor }: CanonicalRedirectPolicy): RedirectWarning[] {
  if (secondsOf(rememberFor ?? keepFor) > 0) return [];
  const message =
    "with keepFor off, the proxy does not detect chains, or loops of more than two pages";
  return [{ level: "warning", code: "loops-unseen", path: ["keepFor"], message }];
}

function cacheNotes({ mode, sharedCaches }: CanonicalRedirectPolicy): RedirectWarning[] {
  if (mode !== "enforce" || sharedCaches === "bypass") return [];
  const message =
    'a cache in front of the proxy can serve a stored page to a crawler; if there is one, write "bypass"';
  return [{ level: "note", code: "shared-caches", path: ["sharedCaches"], message }];
}
