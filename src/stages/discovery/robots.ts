/** What robots.txt (RFC 9309) says to everyone. */
export interface Robots {
  /** Addresses of sitemaps as written. */
  readonly sitemaps: readonly string[];
  isAllowed(path: string): boolean;
}

/** Lines that are read at most. */
const MAX_LINES = 20_000;

interface Rule {
  readonly allow: boolean;
  readonly parts: readonly string[];
  readonly isAnchored: boolean;
  readonly length: number;
}

/** Parses robots.txt: the group of `*`, and the sitemaps. */
export function parseRobots(text: string): Robots {
  const sitemaps: string[] = [];
  const rules: Rule[] = [];
  let isOurs = false;
  let inAgents = false;
  for (const raw of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/, MAX_LINES)) {
    const line = raw.split("#", 1)[0] ?? "";
    const colon = line.indexOf(":");
    if (colon === -1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "sitemap") sitemaps.push(value);
    else if (name === "user-agent") {
      // RFC 9309 §2.2.1: agent lines in a row share the rules that follow them.
      isOurs = value === "*" || (inAgents && isOurs);
      inAgents = true;
    } else if (name === "allow" || name === "disallow") {
      inAgents = false;
      if (isOurs && value !== "") rules.push(compile(value, name === "allow"));
    }
  }
  return { sitemaps, isAllowed: (path) => isAllowed(rules, path) };
}

/** RFC 9309 §2.2.2: the longest match counts; where two are equal, allow does. */
function isAllowed(rules: readonly Rule[], path: string): boolean {
  let best: Rule | undefined;
  for (const rule of rules) {
    if (!matches(rule, path)) continue;
    const isLonger = best === undefined || rule.length > best.length;
    if (isLonger || (rule.length === best?.length && rule.allow)) best = rule;
  }
  return best?.allow ?? true;
}

function compile(value: string, allow: boolean): Rule {
  const isAnchored = value.endsWith("$");
  const pattern = isAnchored ? value.slice(0, -1) : value;
  return { allow, parts: pattern.split("*"), isAnchored, length: value.length };
}

/** RFC 9309 §2.2.3: `*` is any run of characters, `$` the end. */
function matches({ parts, isAnchored }: Rule, path: string): boolean {
  const [first = "", ...rest] = parts;
  if (!path.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop();
  for (const part of rest) {
    const found = path.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  if (last === undefined) return !isAnchored || at === path.length;
  if (isAnchored) return path.length - last.length >= at && path.endsWith(last);
  return path.indexOf(last, at) !== -1;
}
