/** What a robots.txt says to one crawler (RFC 9309). */
export interface Robots {
  /** @param target path and query */
  isAllowed(target: string): boolean;
  /** Seconds between two requests that the site asks for. */
  readonly crawlDelay: number | undefined;
  readonly sitemaps: readonly string[];
}

/** RFC 9309 §2.5: at least the first 500 KiB are parsed. */
const MAX_LENGTH = 512_000;

interface Rule {
  readonly allow: boolean;
  readonly path: string;
}

interface Group {
  readonly agents: string[];
  readonly rules: Rule[];
  delay?: number;
}

/** Parses a robots.txt for the crawler with this product token. */
export function parseRobots(text: string, token: string): Robots {
  const groups: Group[] = [];
  const sitemaps: string[] = [];
  let group: Group | undefined;
  for (const line of text.slice(0, MAX_LENGTH).split(/\r\n|\r|\n/)) {
    const [name = "", value = ""] = split(line);
    if (name === "sitemap") sitemaps.push(value);
    else if (name === "user-agent") {
      // Lines of agents in a row begin one group.
      if (group === undefined || group.rules.length > 0 || group.delay !== undefined) {
        group = { agents: [], rules: [] };
        groups.push(group);
      }
      group.agents.push(value.toLowerCase());
    } else if (group === undefined) continue;
    else if (name === "allow" || name === "disallow") {
      group.rules.push({ allow: name === "allow", path: value });
    } else if (name === "crawl-delay" && /^\d+(?:\.\d+)?$/.test(value)) group.delay = Number(value);
  }
  // RFC 9309 §2.2.1: all groups that name the crawler, else those for all.
  const named = groups.filter(({ agents }) => agents.includes(token.toLowerCase()));
  const own = named.length > 0 ? named : groups.filter(({ agents }) => agents.includes("*"));
  const rules = own.flatMap(({ rules: each }) => each).filter(({ path }) => path !== "");
  return {
    isAllowed(target) {
      // RFC 9309 §2.2.2: the longest match decides, and Allow among equals.
      let best: Rule | undefined;
      for (const rule of rules) {
        if (!matches(rule.path, target)) continue;
        const longer = rule.path.length - (best?.path.length ?? -1);
        if (longer > 0 || (longer === 0 && rule.allow)) best = rule;
      }
      return best?.allow ?? true;
    },
    crawlDelay: own.find(({ delay }) => delay !== undefined)?.delay,
    sitemaps,
  };
}

function split(line: string): [name: string, value: string] | [] {
  const text = line.split("#", 1)[0] ?? "";
  const colon = text.indexOf(":");
  return colon === -1
    ? []
    : [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()];
}

/** RFC 9309 §2.2.3: `*` for anything, `$` for the end. */
function matches(pattern: string, target: string): boolean {
  const isAnchored = pattern.endsWith("$");
  const parts = (isAnchored ? pattern.slice(0, -1) : pattern).split("*");
  const first = parts[0] ?? "";
  if (!target.startsWith(first)) return false;
  let at = first.length;
  for (const [i, part] of parts.entries()) {
    if (i === 0) continue;
    const isLast = isAnchored && i === parts.length - 1;
    const found = isLast ? target.length - part.length : target.indexOf(part, at);
    if (found < at || (isLast && !target.endsWith(part))) return false;
    at = found + part.length;
  }
  return !isAnchored || at === target.length;
}
