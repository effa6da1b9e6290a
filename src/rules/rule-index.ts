import { anchorsOf, type Anchor, type AnchorKind, type Anchors } from "./anchors.ts";
import { withoutPort } from "./hosts.ts";
import { WindowTable, type RuleNumbers } from "./window-table.ts";
import type { FoldPattern } from "./match.ts";
import type { RuleMatch } from "./schema.ts";

/** Up to this number, trying every rule is faster than the lookup. */
const FEW = 4;

/** Finds the rules that may match a request; each rule is indexed by its rarest anchors. */
export class RuleIndex {
  readonly #always: number[] = [];
  readonly #paths = new Map<string, number[]>();
  readonly #hosts = new Map<string, number[]>();
  readonly #names = new Map<string, number[]>();
  /** Undefined if no rule is indexed by a part of a path. */
  readonly #windows: WindowTable | undefined;
  /** The rules that every request tries: those without an anchor, or all of a small file. */
  readonly #standard: readonly RuleNumbers[];
  readonly #isTrivial: boolean;
  /** @param fold maps patterns to the form of the paths that are compared @default unfolded */
  constructor(matches: readonly RuleMatch[], fold?: FoldPattern) {
    const anchors = matches.map((match) => (matches.length > FEW ? anchorsOf(match, fold) : {}));
    const count = counter(anchors);
    const tables = { "=": this.#paths, "@": this.#hosts, "#": this.#names } as const;
    const pieces: Filed = new Map();
    for (const [number, each] of anchors.entries()) {
      const chosen = rarest(each, count);
      if (chosen === undefined) this.#always.push(number);
      for (const anchor of chosen ?? []) {
        const text = anchor.slice(1);
        if (anchor.startsWith("~")) file(pieces, text, number);
        else file(tables[anchor[0] as Exclude<AnchorKind, "~">], text, number);
      }
    }
    this.#windows = pieces.size === 0 ? undefined : new WindowTable(pieces);
    this.#standard = this.#always.length === 0 ? [] : [this.#always];
    this.#isTrivial = matches.length <= FEW;
  }

  /** Numbers of the rules that may match a request, in ascending lists; no other rule can match. */
  find(path: string, host: string, name: string | undefined): readonly RuleNumbers[] {
    if (this.#isTrivial) return this.#standard;
    const found = this.#standard.slice();
    const whole = this.#paths.get(path);
    if (whole !== undefined) found.push(whole);
    this.#windows?.collect(path, found);
    if (this.#hosts.size > 0) this.#findHost(host, found);
    const named = name === undefined ? undefined : this.#names.get(name);
    if (named !== undefined) found.push(named);
    return found;
  }

  #findHost(host: string, found: RuleNumbers[]): void {
    const exact = this.#hosts.get(host);
    if (exact !== undefined) found.push(exact);
    const bare = withoutPort(host);
    const anyPort = bare === host ? undefined : this.#hosts.get(bare);
    if (anyPort !== undefined) found.push(anyPort);
  }
}

/** The first rule of several ascending lists for which a test holds; undefined if there is none. */
export function firstOf(
  buckets: readonly RuleNumbers[],
  test: (rule: number) => boolean,
): number | undefined {
  let best: number | undefined;
  for (const bucket of buckets) {
    for (const rule of bucket) {
      if (best !== undefined && rule >= best) break;
      if (!test(rule)) continue;
      best = rule;
      break;
    }
  }
  return best;
}

type Filed = Map<string, number[]>;

function file(table: Filed, text: string, number: number): void {
  const bucket = table.get(text);
  if (bucket === undefined) table.set(text, [number]);
  else if (bucket.at(-1) !== number) bucket.push(number);
}

/** Counts the rules that could be indexed by an anchor. */
function counter(all: readonly Anchors[]): (anchor: Anchor) => number {
  const counts = new Map<Anchor, number>();
  for (const { paths = [], hosts = [], names = [] } of all) {
    for (const each of [...paths.flat(), ...hosts, ...names]) {
      counts.set(each, (counts.get(each) ?? 0) + 1);
    }
  }
  return (anchor) => counts.get(anchor) ?? 0;
}

/** The anchors that index a rule: its hosts, its bots, or one for each path. */
function rarest(
  { paths, hosts, names }: Anchors,
  count: (anchor: Anchor) => number,
): readonly Anchor[] | undefined {
  const ofPaths = paths?.map((choices) =>
    choices.reduce((best, each) => (count(each) < count(best) ? each : best)),
  );
  const weight = (anchors: readonly Anchor[]): number =>
    anchors.reduce((sum, each) => sum + count(each), 0);
  const [best] = [ofPaths, hosts, names]
    .filter((anchors) => anchors !== undefined)
    .sort((a, b) => weight(a) - weight(b));
  return best;
}
