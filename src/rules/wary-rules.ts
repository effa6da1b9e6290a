import { botOf } from "../agent/agent.ts";
import type { PathPattern } from "../http/path-pattern.ts";
import { readPath, type PathReadings } from "../http/path-readings.ts";
import { compileMatch, pathsOf, requiresProof, type Matcher, type MatchFacts } from "./match.ts";
import { waryParameters } from "../http/query-parameters.ts";
import { waryFolding, type PathFolding } from "./path-folding.ts";
import type { PathSettings } from "./paths-schema.ts";
import { RuleIndex } from "./rule-index.ts";
import type { RuleMatch } from "./schema.ts";

type WaryFacts = Omit<MatchFacts, "path">;

/** A rule that may apply. */
export interface WaryCandidate {
  /** The rule's number in the file; undefined for the defaults. */
  readonly rule: number | undefined;
  /** The reading of the path that the rule matches. */
  readonly reading: string;
}

/** Stands for a reading if a path has too many. */
export const TOO_MANY = "(more readings than are told apart)";

interface WaryRule {
  readonly number: number;
  readonly fitsOthers: Matcher;
  /** Undefined if any path matches. */
  readonly patterns: readonly PathPattern[] | undefined;
  readonly fitsExactly: Matcher;
  /** Whether it excludes later rules for verified agents only. */
  readonly isOfProven: boolean;
}

/**
 * The rules of a guard. A rule may apply if any reading of the path matches it in its widest sense;
 * it excludes later rules only if every reading does, and the canonical one exactly, and if the
 * agent is verified or the rule names no bots.
 */
export class WaryRules {
  readonly #rules: readonly WaryRule[];
  readonly #index: RuleIndex;
  readonly #folding: PathFolding;
  readonly #parameters: PathSettings["parameters"];
  readonly #formOf: (reading: string) => string;

  /**
   * @param exact matchers of all rules by number, for the canonical path
   * @param formOf folds the canonical path for those matchers
   */
  constructor(
    rules: readonly { readonly number: number; readonly match: RuleMatch }[],
    exact: readonly Matcher[],
    settings: PathSettings,
    formOf: (reading: string) => string,
  ) {
    this.#formOf = formOf;
    this.#folding = waryFolding(settings);
    this.#parameters = settings.parameters;
    const { patterns } = this.#folding;
    this.#index = new RuleIndex(
      rules.map(({ match }) => match),
      patterns,
    );
    this.#rules = rules.map(({ number, match }) => {
      const { path: _path, ...others } = match;
      return {
        number,
        fitsOthers: compileMatch(others, undefined, (query) =>
          waryParameters(query, settings.case !== "sensitive"),
        ),
        patterns: pathsOf(match, patterns),
        fitsExactly: exact[number] as Matcher,
        isOfProven: requiresProof(match),
      };
    });
  }

  /**
   * Finds all rules that may apply: for the request's own path the defaults too, for pages behind
   * it only rules.
   *
   * @param paths as received, the request's own first
   */
  find(facts: WaryFacts, paths: readonly string[]): WaryCandidate[] {
    const found: WaryCandidate[] = [];
    for (const [i, path] of paths.entries()) {
      const isCertain = this.#findAt(path, facts, found);
      if (!isCertain && i === 0) found.push({ rule: undefined, reading: path });
    }
    return found;
  }

  /** Adds the rules for one path; true if the last one surely matches and so excludes others. */
  #findAt(path: string, facts: WaryFacts, found: WaryCandidate[]): boolean {
    const read = readPath(path, { parameters: this.#parameters, isWary: true });
    const forms = this.#formsOf(read);
    const canonical = { ...facts, path: this.#formOf(read.paths[0]) };
    for (const at of this.#candidates(facts, forms)) {
      const { number, patterns, fitsOthers, fitsExactly, isOfProven } = this.#rules[at] as WaryRule;
      if (!fitsOthers(canonical)) continue;
      const mayExclude = !isOfProven || facts.agent.kind === "verified";
      if (patterns === undefined) {
        found.push({ rule: number, reading: path });
        if (mayExclude && fitsExactly(canonical)) return true;
        continue;
      }
      if (forms === undefined) {
        found.push({ rule: number, reading: TOO_MANY });
        continue;
      }
      const fitting = forms.filter((form) => patterns.some((pattern) => pattern.test(form)));
      const [reading] = fitting;
      if (reading === undefined) continue;
      found.push({ rule: number, reading });
      const isCertain = fitting.length === forms.length && fitsExactly(canonical);
      if (mayExclude && isCertain) return true;
    }
    return false;
  }

  /** The folded readings; undefined if there are too many. */
  #formsOf({ paths, isComplete }: PathReadings): readonly string[] | undefined {
    if (!isComplete) return undefined;
    if (paths.length === 1) return this.#folding.forms(paths[0]);
    return [...new Set(paths.flatMap((each) => this.#folding.forms(each)))];
  }

  /** Indexes of rules that may match, in ascending order. */
  #candidates({ host, agent }: WaryFacts, forms: readonly string[] | undefined): Iterable<number> {
    if (forms === undefined) return this.#rules.keys();
    const name = botOf(agent)?.name;
    const [form, another] = forms;
    const buckets = this.#index.find(form ?? "", host, name);
    if (another === undefined) {
      if (buckets.length === 0) return NONE;
      if (buckets.length === 1) return buckets[0] as readonly number[];
    }
    const more = forms.slice(1).flatMap((each) => this.#index.find(each, host, name));
    const all = new Set([...buckets, ...more].flat());
    return [...all].sort((a, b) => a - b);
  }
}

const NONE: readonly number[] = [];
