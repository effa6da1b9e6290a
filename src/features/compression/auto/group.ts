import * as v from "valibot";
import { count as time, digest } from "../../../cache/stored.ts";
import type { LedgerChange } from "../../../store/store.ts";
import { formatSketch, parseSketch, type Sketch } from "./sketch.ts";

/** A version of a group's content. Times are seconds since the epoch. */
export interface SeenVersion {
  /** SHA-256 of the content, in lower-case hexadecimal. */
  readonly hash: string;
  readonly size: number;
  /** Digests of the first two addresses of this version. */
  readonly addresses: readonly string[];
  readonly sketch: Sketch;
  readonly firstSeen: number;
  /** Rounded to the hour. */
  readonly lastSeen: number;
  /** The blob with its bytes for trials, and until when it is stored. */
  readonly stored: { readonly blob: string; readonly until: number } | undefined;
}

/** The gain of a delta from one version to another. */
export interface Trial {
  readonly hash: string;
  /** 1 − delta / plain; 0 if no other version was similar enough. */
  readonly gain: number;
  readonly deltaLength: number;
  readonly plainLength: number;
  readonly at: number;
}

/** The ledger's entries about a group. */
export interface Group {
  readonly versions: ReadonlyMap<string, SeenVersion>;
  readonly trials: ReadonlyMap<string, Trial>;
  readonly state: State;
  /** Keys of malformed entries. */
  readonly garbage: readonly string[];
}

const VERSION = "version/";
const TRIAL = "trial/";
const STATE = "state";
const MOST_ENTRIES = 100;

const count = v.pipe(time, v.integer());
const gain = v.pipe(v.number(), v.maxValue(1));
const versionEntry = v.strictTuple([
  count,
  v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.minLength(1), v.maxLength(2)),
  v.pipe(v.string(), v.maxLength(256)),
  time,
  time,
  v.nullable(v.strictTuple([digest, time])),
]);
const trialEntry = v.strictTuple([gain, count, count, time]);
const stateEntry = v.variant("kind", [
  v.strictObject({
    kind: v.literal("proven"),
    since: time,
    gain,
    deltaLength: count,
    plainLength: count,
    stops: count,
  }),
  v.strictObject({ kind: v.literal("stopped"), since: time, gain, stops: count }),
  v.strictObject({ kind: v.literal("too-costly"), since: time }),
]);

/** The state of a group. `stops` counts how often it was stopped. */
export type State = { readonly kind: "watching" } | v.InferOutput<typeof stateEntry>;

/** Parses a group's entries; ignores malformed ones. */
export function parseGroup(entries: ReadonlyMap<string, string>): Group {
  const versions = new Map<string, SeenVersion>();
  const trials = new Map<string, Trial>();
  let state: State = { kind: "watching" };
  const garbage: string[] = [];
  for (const [key, text] of [...entries].slice(0, MOST_ENTRIES)) {
    const known = key === STATE ? parse(stateEntry, text) : undefined;
    const version = parseVersion(key, text);
    const trial = parseTrial(key, text);
    if (known !== undefined) state = known;
    else if (version !== undefined) versions.set(version.hash, version);
    else if (trial !== undefined) trials.set(trial.hash, trial);
    else garbage.push(key);
  }
  return { versions, trials, state, garbage };
}

function parse<Schema extends v.GenericSchema>(schema: Schema, text: string) {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? parsed.output : undefined;
}

/** The hash in a key with this prefix. */
function hashIn(key: string, prefix: string): string | undefined {
  const hash = key.slice(prefix.length);
  return key.startsWith(prefix) && v.is(digest, hash) ? hash : undefined;
}

function parseVersion(key: string, text: string): SeenVersion | undefined {
  const hash = hashIn(key, VERSION);
  const parsed = hash && parse(versionEntry, text);
  if (!parsed) return undefined;
  const [size, addresses, sketched, firstSeen, lastSeen, bytes] = parsed;
  const sketch = parseSketch(sketched);
  if (sketch === undefined) return undefined;
  const stored = bytes === null ? undefined : { blob: bytes[0], until: bytes[1] };
  return { hash, size, addresses, sketch, firstSeen, lastSeen, stored };
}

function parseTrial(key: string, text: string): Trial | undefined {
  const hash = hashIn(key, TRIAL);
  const parsed = hash && parse(trialEntry, text);
  if (!parsed) return undefined;
  const [share, deltaLength, plainLength, at] = parsed;
  return { hash, gain: share, deltaLength, plainLength, at };
}

export function setVersion(version: SeenVersion, ttl: number): LedgerChange {
  const { hash, size, addresses, sketch, firstSeen, lastSeen, stored } = version;
  const bytes = stored === undefined ? null : [stored.blob, stored.until];
  const value = [size, addresses, formatSketch(sketch), firstSeen, lastSeen, bytes];
  return { key: VERSION + hash, value: JSON.stringify(value), ttl };
}

/** Removes a version and its trials. */
export function removeVersion(hash: string): LedgerChange[] {
  return [VERSION + hash, TRIAL + hash].map((key) => remove(key));
}

export function remove(key: string): LedgerChange {
  return { key, value: undefined, ttl: 0 };
}

export function setTrial(trial: Trial, ttl: number): LedgerChange {
  const value = [trial.gain, trial.deltaLength, trial.plainLength, trial.at];
  return { key: TRIAL + trial.hash, value: JSON.stringify(value), ttl };
}

export function setState(state: State, ttl: number): LedgerChange {
  if (state.kind === "watching") return remove(STATE);
  return { key: STATE, value: JSON.stringify(state), ttl };
}
