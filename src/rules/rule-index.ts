import { anchorsOf, type Anchor, type AnchorKind, type Anchors } from "./anchors.ts";
import { WindowTable, WINDOW_SIZES, type RuleNumbers } from "./window-table.ts";
import type { FoldPattern } from "./match.ts";
import type { RuleMatch } from "./schema.ts";

/** So few rules are sooner tried than looked up. */
const FEW = 4;

/**
 * Finds the rules that may match a request without trying them all: each is filed under what is rarest
 * of what it asks for, be it a whole path, a piece of one, a host or the name of a bot.
 */
export class RuleIndex {
  readonly #always: number[] = [];
  readonly #paths = new Map<string, number[]>();
  readonly #hosts = new Map<string, number[]>();
  readonly #names = new Map<string, number[]>();
  readonly #windows: readonly WindowTable[];
  /** What every request is tried with; where that is all there is, nothing is looked up. */
  readonly #standard: readonly RuleNumbers[];
  readonly #isTrivial: boolean;

  /** @param fold for paths in another form @default paths as they are */
  constructor(matches: readonly RuleMatch[], fold?: FoldPattern) {
    const anchors = matches.map((match) => (matches.length > FEW ? anchorsOf(match, fold) : {}));
    const count = counter(anchors);
    const tables = { "=": this.#paths, "@": this.#hosts, "#": this.#names } as const;
    const pieces = new Map<number, Filed>();
    for (const size of WINDOW_SIZES) pieces.set(size, new Map());
    for (const [number, each] of anchors.entries()) {
      const chosen = rarest(each, count);
      if (chosen === undefined) this.#always.push(number);
      for (const anchor of chosen ?? []) {
        const text = anchor.slice(1);
        if (anchor.startsWith("~")) file(pieces.get(text.length) as Filed, text, number);
        else file(tables[anchor[0] as Exclude<AnchorKind, "~">], text, number);
      }
    }
    this.#windows = [...pieces].flatMap(([size, table]) =>
      table.size === 0 ? [] : [new WindowTable(size, table)],
    );
    this.#standard = this.#always.length === 0 ? [] : [this.#always];
    this.#isTrivial = matches.length <= FEW;
  }

  /** Numbers of the rules that may match a request, in ascending lists; no other rule does. */
  find(path: string, host: string, name: string | undefined): readonly RuleNumbers[] {
    if (this.#isTrivial) return this.#standard;
    const found = this.#standard.slice();
    const whole = this.#paths.get(path);
    if (whole !== undefined) found.push(whole);
    for (const table of this.#windows) table.collect(path, found);
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

/** A host as a rule without a port sees it. */
export function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "");
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

/** How many rules could be filed under an anchor. */
function counter(all: readonly Anchors[]): (anchor: Anchor) => number {
  const counts = new Map<Anchor, number>();
  for (const { paths = [], hosts = [], names = [] } of all) {
    for (const each of [...paths.flat(), ...hosts, ...names]) {
      counts.set(each, (counts.get(each) ?? 0) + 1);
    }
  }
  return (anchor) => counts.get(anchor) ?? 0;
}

/** What a rule is filed under; undefined if it could match whatever is asked. */
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
