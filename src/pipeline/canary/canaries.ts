import type { FeatureName } from "../policy.ts";
import {
  classOf,
  decideCanary,
  TIME_CLASSES,
  type CanaryBounds,
  type CanaryDecision,
  type CanarySide,
} from "./decide.ts";

/** The setting of a feature in a rule that is watched; a change of the setting begins anew. */
export interface CanaryKey {
  readonly feature: FeatureName;
  readonly rule: string;
  /** The options of the feature, as JSON. */
  readonly options: string;
}

/** A response to an agent of one of the two sides. */
export interface CanaryResponse {
  readonly isInside: boolean;
  readonly status: number;
  /** Milliseconds to the head of the response. */
  readonly time: number;
}

type CanaryStop = Extract<CanaryDecision, { kind: "stop" }>;

/** The state of one canary, for the operator. */
export interface CanaryState {
  readonly feature: FeatureName;
  readonly rule: string;
  readonly state: "watching" | "stopped";
  /** Responses of both sides that count at present. */
  readonly requests: { readonly inside: number; readonly outside: number };
  readonly stop?: CanaryStop | undefined;
}

/** Responses of one side after which its counts are halved, so that the latest count most. */
const HALVED_AT = 2000;
/** A decision is made after so many responses to the share. */
const LOOKS_EVERY = 10;
/** Settings that are watched, at most; rules files have fewer. */
const MOST = 1000;

/** Compares the responses for which rules with a `canary` act with those that they only observe. */
export class Canaries {
  readonly #watched = new Map<string, Canary>();
  readonly #onStop: (key: CanaryKey, stop: CanaryStop) => void;

  /** @param onStop called once for each rule that is switched to observe */
  constructor(onStop: (key: CanaryKey, stop: CanaryStop) => void) {
    this.#onStop = onStop;
  }

  isStopped(key: CanaryKey): boolean {
    return this.#watched.get(nameOf(key))?.stop !== undefined;
  }

  count(key: CanaryKey, bounds: CanaryBounds, response: CanaryResponse): void {
    const name = nameOf(key);
    let canary = this.#watched.get(name);
    if (canary === undefined) {
      if (this.#watched.size >= MOST) return;
      canary = new Canary(key);
      this.#watched.set(name, canary);
    }
    if (canary.stop !== undefined) return;
    const stop = canary.count(bounds, response);
    if (stop !== undefined) this.#onStop(key, stop);
  }

  /** Forgets settings that no rule has any more. */
  retain(keys: readonly CanaryKey[]): void {
    const names = new Set(keys.map(nameOf));
    for (const name of this.#watched.keys()) if (!names.has(name)) this.#watched.delete(name);
  }

  describe(): readonly CanaryState[] {
    return [...this.#watched.values()].map((each) => each.describe());
  }
}

class Canary {
  stop: CanaryStop | undefined;
  readonly #key: CanaryKey;
  readonly #inside = new Side();
  readonly #outside = new Side();

  constructor(key: CanaryKey) {
    this.#key = key;
  }

  /** Counts a response; returns the reason if it stops the rule. */
  count(bounds: CanaryBounds, { isInside, status, time }: CanaryResponse): CanaryStop | undefined {
    const side = isInside ? this.#inside : this.#outside;
    side.add(status, time);
    if (!isInside || side.requests % LOOKS_EVERY !== 0) return undefined;
    const decision = decideCanary(bounds, this.#inside, this.#outside);
    if (decision.kind === "stop") this.stop = decision;
    return this.stop;
  }

  describe(): CanaryState {
    const { feature, rule } = this.#key;
    const requests = { inside: this.#inside.requests, outside: this.#outside.requests };
    const { stop } = this;
    return { feature, rule, state: stop === undefined ? "watching" : "stopped", requests, stop };
  }
}

class Side implements CanarySide {
  requests = 0;
  errors = 0;
  status = 0;
  readonly times: number[] = Array.from({ length: TIME_CLASSES }, () => 0);

  add(status: number, time: number): void {
    if (this.requests >= HALVED_AT) this.#halve();
    this.requests++;
    if (status >= 500) this.errors++;
    else if (status >= 400) this.status++;
    const at = classOf(time);
    this.times[at] = (this.times[at] ?? 0) + 1;
  }

  #halve(): void {
    this.errors = Math.floor(this.errors / 2);
    this.status = Math.floor(this.status / 2);
    let requests = 0;
    for (const [at, count] of this.times.entries()) {
      this.times[at] = Math.floor(count / 2);
      requests += Math.floor(count / 2);
    }
    this.requests = requests;
  }
}

function nameOf({ feature, rule, options }: CanaryKey): string {
  return `${feature}\n${rule}\n${options}`;
}
