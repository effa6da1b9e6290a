/** Names and contents of `<meta>` elements, in the order of the page. */
export type Metas = readonly (readonly [name: string, content: string])[];

/** Crawlers whose names do not end in "bot". */
const CRAWLERS = new Set(
  "robots slurp teoma yandex baiduspider facebookexternalhit google-extended applebot-extended".split(
    " ",
  ),
);

const LONGEST_NAME = 40;

/** Whether a `<meta>` of this name addresses robots, or reserves the right of text and data mining. */
export function isRobotsMeta(name: string): boolean {
  if (name.length > LONGEST_NAME) return false;
  const known = name.trim().toLowerCase();
  return isCrawler(known) || known === "tdm-reservation" || known === "tdm-policy";
}

function isCrawler(name: string): boolean {
  return CRAWLERS.has(name) || /^[a-z][a-z\d-]*bot(?:-[a-z]+)?$/.test(name);
}

/** The rules for one crawler; "" for all crawlers. */
interface Scope {
  readonly crawler: string;
  readonly rules: readonly string[];
}

/** Rules with a value; of other rules, a colon ends the name of a crawler. */
const VALUED = new Set([
  "max-snippet",
  "max-image-preview",
  "max-video-preview",
  "unavailable_after",
]);

/** Rules that say what is said anyway. */
const DEFAULTS = new Set(["", "all", "index", "follow"]);

/** The most rules that are read for one crawler, and the most crawlers. */
const MOST = 24;

/**
 * The lines of X-Robots-Tag for another form of a page: those of the response, and the rules of the
 * page's `<meta>` elements that these lack.
 *
 * @param own lines of the response; where both state one value, these count
 * @returns undefined if the page adds nothing
 */
export function robotsLines(own: readonly string[], metas: Metas): readonly string[] | undefined {
  const stated = own.flatMap(scopesOf);
  const added = statedByPage(metas).flatMap(({ crawler, rules }) => {
    const known = stated.filter((each) => each.crawler === crawler).flatMap((each) => each.rules);
    const names = new Set(known.map(keyOf));
    const fresh = rules.filter((rule) => !names.has(keyOf(rule)));
    return fresh.length === 0 ? [] : [{ crawler, rules: fresh }];
  });
  if (added.length === 0) return undefined;
  const lines = (isForAll: boolean): string[] =>
    added
      .filter(({ crawler }) => (crawler === "") === isForAll)
      .map(({ crawler, rules }) => `${crawler === "" ? "" : `${crawler}: `}${rules.join(", ")}`);
  // A crawler's name counts to the end, also of lines that are joined: rules for all come first.
  return [...lines(true), ...own, ...lines(false)];
}

/** The rules of a page, each crawler once. */
function statedByPage(metas: Metas): Scope[] {
  const byCrawler = new Map<string, Map<string, string>>();
  for (const [name, content] of metas) {
    const known = name.trim().toLowerCase();
    if (!isCrawler(known)) continue;
    const crawler = known === FOR_ALL ? "" : known;
    if (!byCrawler.has(crawler) && byCrawler.size >= MOST) continue;
    const rules = byCrawler.get(crawler) ?? new Map<string, string>();
    byCrawler.set(crawler, rules);
    for (const rule of splitRules(content)) {
      const isSendable = /^[a-z][\w -]*(?::[\w :,.+/()-]+)?$/.test(rule) && rule.length <= 100;
      if (!isSendable || DEFAULTS.has(rule) || rules.size >= MOST) continue;
      if (!rules.has(keyOf(rule))) rules.set(keyOf(rule), rule);
    }
  }
  return [...byCrawler].map(([crawler, rules]) => ({ crawler, rules: [...rules.values()] }));
}

/** The rules of one line of X-Robots-Tag, by crawler. */
function scopesOf(line: string): Scope[] {
  const scopes: { crawler: string; rules: string[] }[] = [{ crawler: "", rules: [] }];
  for (const part of splitRules(line)) {
    const colon = part.indexOf(":");
    const name = part.slice(0, colon).trim();
    const names = colon > 0 && !VALUED.has(name);
    if (names) scopes.push({ crawler: name, rules: [] });
    const rule = names ? part.slice(colon + 1).trim() : part;
    if (rule !== "") scopes.at(-1)?.rules.push(rule);
  }
  return scopes;
}

/** Splits a list of rules at its commas, but not in the date of `unavailable_after`. */
function splitRules(list: string): string[] {
  const rules: string[] = [];
  for (const part of list.slice(0, 2000).split(",")) {
    const rule = part.trim().replaceAll(/\s+/g, " ");
    const last = rules.at(-1) ?? "";
    if (/^\d/.test(rule) && last.includes("unavailable_after")) {
      rules[rules.length - 1] = `${last}, ${rule}`;
    } else if (rule !== "") rules.push(inOneSpelling(rule));
  }
  return rules;
}

/** The names in lower case, without a space around the colon; a date keeps its spelling. */
function inOneSpelling(rule: string): string {
  const found = /^([^:]*?) ?: ?(.*)$/.exec(rule);
  if (found === null) return rule.toLowerCase();
  const [, name = "", value = ""] = found;
  const isDate = name.toLowerCase() === "unavailable_after";
  return `${name.toLowerCase()}:${isDate ? ` ${value}` : value.toLowerCase()}`;
}

/** What a rule is about: its name, if it has a value. */
function keyOf(rule: string): string {
  const colon = rule.indexOf(":");
  return colon < 0 ? rule : rule.slice(0, colon);
}

/** A reservation of the right of text and data mining (TDM Reservation Protocol, W3C, §6). */
export interface TdmReservation {
  readonly isReserved: boolean;
  /** Reference of the terms under which the right is granted. */
  readonly policy: string | undefined;
}

/** The page's reservation; undefined if it states none. */
export function tdmReservation(metas: Metas): TdmReservation | undefined {
  const valueOf = (wanted: string): string | undefined =>
    metas.find(([name]) => name.trim().toLowerCase() === wanted)?.[1].trim();
  const value = valueOf("tdm-reservation");
  if (value !== "0" && value !== "1") return undefined;
  return { isReserved: value === "1", policy: value === "1" ? valueOf("tdm-policy") : undefined };
}

/** Whether the page's rules for all crawlers have this one. */
export function hasRobotsRule(metas: Metas, rule: string): boolean {
  return statedByPage(metas).some(({ crawler, rules }) => crawler === "" && rules.includes(rule));
}

/** Whether a value of X-Robots-Tag, or of a `<meta>` for robots, keeps a page out of the index of any crawler. */
export function forbidsIndexing(value: string | undefined): boolean {
  return scopesOf(value ?? "").some(
    ({ rules }) => rules.includes("noindex") || rules.includes("none"),
  );
}

/** The name of a meta element for all crawlers. */
const FOR_ALL = "robots";
