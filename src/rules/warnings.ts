import { FEATURES, type FeatureName } from "../pipeline/policy.ts";
import { areDisjoint, covers, extentOf, type Extent } from "./cover.ts";
import { quote, toPointer, type Step, type Warning, type WarningCode } from "./fault.ts";
import type { ReadRules } from "./load.ts";
import type { Rule } from "./schema.ts";
import { nearest } from "./suggest.ts";
import { canonicalRedirectWarnings } from "../stages/canonical-redirect/warnings.ts";
import { botsMatched } from "./match.ts";

type ValidRules = Extract<ReadRules, { kind: "valid" }>;
type Warn = (path: readonly Step[], code: WarningCode, message: string) => void;

/** Names that stand for something else where a decision is recorded. */
const RESERVED = new Set(["defaults", "built-in"]);

/** What is allowed in these rules, and most likely not meant; in the order of the file. */
export function findWarnings(read: ValidRules): Warning[] {
  const warnings: Warning[] = [];
  const warn: Warn = (path, code, message) => {
    const place = read.places.key(path);
    warnings.push({ pointer: toPointer(path), ...place, code, message });
  };
  const { rules, defaults } = read.rules;
  const names = new Set<string>();
  const earlier: Earlier = new Map(FEATURES.map((feature) => [feature, []]));
  for (const [index, rule] of rules.entries()) {
    const path = ["rules", index];
    warnOfName(rule.name, names, path, warn);
    warnOfMatch(rule, read, path, warn);
    warnOfOrder(rule, earlier, path, warn);
    warnOfDictionary(rule, path, warn);
    warnOfRedirect(rule, read, path, warn);
  }
  warnOfRedirect(defaults, read, ["defaults"], warn);
  return warnings.sort((a, b) => a.line - b.line || a.column - b.column);
}

function warnOfName(name: string, names: Set<string>, path: readonly Step[], warn: Warn): void {
  const at = [...path, "name"];
  if (names.has(name)) {
    const message = `another rule is named ${quote(name)}; logs can't tell them apart`;
    warn(at, "duplicate-name", message);
  } else if (RESERVED.has(name)) {
    const message = `logs write ${quote(name)} where no rule decides; choose another name`;
    warn(at, "duplicate-name", message);
  }
  names.add(name);
}

/** Parts of a match that nothing fits. */
function warnOfMatch(
  { match }: Rule,
  { bots }: ValidRules,
  path: readonly Step[],
  warn: Warn,
): void {
  const each = (key: string, value: unknown, see: (word: string, at: readonly Step[]) => void) => {
    const at = [...path, "match", ...key.split(".")];
    if (Array.isArray(value) && value.length === 0) {
      warn(at, "never-matches", "an empty list matches nothing");
    }
    if (typeof value === "string") see(value, at);
    else if (Array.isArray(value)) value.forEach((word, i) => see(String(word), [...at, i]));
  };
  const oneOf = (known: readonly string[], kind: string) => (word: string, at: readonly Step[]) => {
    if (known.includes(word)) return;
    const suggestion = nearest(word, known);
    const hint = suggestion === undefined ? "" : `; did you mean ${quote(suggestion)}?`;
    warn(at, "never-matches", `no bot in the table has the ${kind} ${quote(word)}${hint}`);
  };
  each("path", match.path, () => {});
  each("method", match.method, (word, at) => {
    if (word === word.toUpperCase()) return;
    const hint = `methods are upper case, ${quote(word.toUpperCase())}`;
    warn(at, "never-matches", `no request has the method ${quote(word)}; ${hint}`);
  });
  each("host", match.host, (word, at) => {
    if (!/[/\s*]|\.$/.test(word)) return;
    const message = `no request has the host ${quote(word)}; write it like "www.example.com"`;
    warn(at, "never-matches", message);
  });
  const { agent } = match;
  each(
    "agent.name",
    agent?.name,
    oneOf(
      bots.map(({ name }) => name),
      "name",
    ),
  );
  each(
    "agent.operator",
    agent?.operator,
    oneOf(
      bots.map(({ operator }) => operator),
      "operator",
    ),
  );
  each("agent.category", agent?.category, () => {});
  each("agent.behaviour", agent?.behaviour, () => {});
}

/** For each feature, the rules before that mention it. */
type Earlier = ReadonlyMap<FeatureName, { readonly name: string; readonly extent: Extent }[]>;

/** For each feature the first rule that matches and mentions it decides: later ones may never. */
function warnOfOrder(rule: Rule, earlier: Earlier, path: readonly Step[], warn: Warn): void {
  const mentioned = FEATURES.filter((feature) => rule[feature] !== undefined);
  if (mentioned.length === 0) {
    warn(path, "no-effect", `rule ${quote(rule.name)} mentions no feature, so it decides nothing`);
    return;
  }
  const extent = extentOf(rule.match);
  const shadowed = mentioned.flatMap((feature) => {
    const before = earlier.get(feature) ?? [];
    const by = before.find((each) => covers(each.extent, extent));
    before.push({ name: rule.name, extent });
    return by === undefined ? [] : [{ feature, by: quote(by.name) }];
  });
  const [first] = shadowed;
  if (first !== undefined && shadowed.length === mentioned.length) {
    const why = `${first.by} comes before and matches all that it matches`;
    warn(path, "never-decides", `rule ${quote(rule.name)} never decides: ${why}`);
    return;
  }
  for (const { feature, by } of shadowed) {
    const message = `never decides ${feature}: rule ${by} comes before and matches the same`;
    warn([...path, feature], "never-decides", message);
  }
}

function warnOfDictionary({ match, compression }: Rule, path: readonly Step[], warn: Warn): void {
  if (typeof compression !== "object" || match.path === undefined) return;
  const { dictionary } = compression;
  if (typeof dictionary !== "object") return;
  const pattern = dictionary.match;
  if (pattern === undefined) return;
  if ([match.path].flat().some((each) => !areDisjoint(each, pattern))) return;
  const message = `no path that the rule matches fits the dictionary's pattern ${quote(pattern)}`;
  warn([...path, "compression", "dictionary", "match"], "no-effect", message);
}

/** What the stage itself has to say of its options, given the bots that the rule is for. */
function warnOfRedirect(
  from: Pick<Rule, "canonicalRedirect"> & Partial<Pick<Rule, "match">>,
  { bots }: ValidRules,
  path: readonly Step[],
  warn: Warn,
): void {
  const redirect = from.canonicalRedirect;
  if (typeof redirect !== "object") return;
  const concerned = botsMatched(from.match?.agent, bots);
  for (const { level, code, path: inner, message } of canonicalRedirectWarnings(
    redirect,
    concerned,
  )) {
    // Notes tell of what holds by default: nothing that was written is to blame.
    if (level === "warning") warn([...path, "canonicalRedirect", ...inner], code, message);
  }
}
