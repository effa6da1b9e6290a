import type { FeatureEvent, RequestEvent } from "../../telemetry/event.ts";
import { actionOf, nameOf, type Case, type Judges } from "./tally.ts";

/** The result of one feature under both rules files, for the requests for which they differ. */
export interface RulesDifference {
  readonly agent: string;
  readonly case: Case;
  readonly feature: string;
  /** Action and rule under the rules of `--rules`. */
  readonly before: Side;
  /** Under those of `--against`. */
  readonly after: Side;
  requests: number;
  readonly examples: Example[];
}

interface Side {
  readonly action: string;
  readonly rule: string;
  readonly mode: string;
}

/** A request for which the rules differ. */
export interface Example {
  readonly line: number;
  readonly method: string;
  readonly path: string;
}

const EXAMPLES = 3;

/** Compares the results of the same requests under two rules files. */
export class Differences {
  readonly #found = new Map<string, RulesDifference>();
  readonly #judges: Judges;

  constructor(judges: Judges) {
    this.#judges = judges;
  }

  compare(before: RequestEvent, after: RequestEvent, as: Case, line: number): void {
    for (const feature of featuresOf(before, after)) {
      const [a, b] = [this.#sideOf(before, feature), this.#sideOf(after, feature)];
      if (a.action === b.action && isDone(a) === isDone(b)) continue;
      const found = this.#differenceOf({ agent: nameOf(before.agent), case: as, feature }, a, b);
      found.requests++;
      const { method, path } = before;
      if (found.examples.length < EXAMPLES) found.examples.push({ line, method, path });
    }
  }

  /** Those that concern the most requests first. */
  list(): readonly RulesDifference[] {
    return [...this.#found.values()].sort((a, b) => b.requests - a.requests);
  }

  #sideOf({ features }: RequestEvent, feature: string): Side {
    const found = features.find((each) => each.feature === feature);
    if (found === undefined || !this.#judges(found)) return OFF;
    return { action: actionOf(found), rule: found.rule, mode: found.mode };
  }

  #differenceOf(
    about: Pick<RulesDifference, "agent" | "case" | "feature">,
    before: Side,
    after: Side,
  ): RulesDifference {
    const key = JSON.stringify([about, before, after]);
    const found = this.#found.get(key) ?? { ...about, before, after, requests: 0, examples: [] };
    this.#found.set(key, found);
    return found;
  }
}

const OFF: Side = { action: "off", rule: "", mode: "off" };

/** Whether the client notices the action. */
function isDone({ mode }: Side): boolean {
  return mode === "enforce";
}

function featuresOf(a: RequestEvent, b: RequestEvent): ReadonlySet<string> {
  return new Set([...a.features, ...b.features].map(({ feature }: FeatureEvent) => feature));
}
