import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { digestOfText } from "../../../http/digest.ts";
import type { LedgerChange } from "../../../store/store.ts";
import { allowancePerHour, type Allowance } from "../../../timing/allowance.ts";
import { COSTS } from "../costs.ts";
import { elapsed, HOUR } from "./budget.ts";
import { createAttempts, type AutoParts, type Seen } from "./attempts.ts";
import { groupId } from "./group-memory.ts";
import {
  remove,
  removeVersion,
  setState,
  setTrial,
  setVersion,
  type Group,
  type SeenVersion,
} from "./group.ts";
import { decideSighting } from "./sighting.ts";
import { sketchOf } from "./sketch.ts";
import type { Template } from "./template.ts";

/** The most versions that a process remembers as written. */
const MOST_KNOWN = 5000;
/** Seconds for which a group is ignored after a failed write. */
const PAUSE = 60;

/** Creates the observer of one process. */
export class Observer {
  readonly #parts: AutoParts;
  readonly #groupAllowance: Allowance;
  readonly #byteAllowance: Allowance;
  /** Versions about which there is nothing to record for now. */
  readonly #settled = new BoundedCache<{ readonly from: number; readonly urls: readonly string[] }>(
    {
      name: "groups",
      max: MOST_KNOWN,
      sizeOf: ({ urls }) => urls.reduce((sum, { length }) => sum + 2 * length, 100),
    },
  );
  /** Groups that are ignored for a while. */
  readonly #paused = new BoundedCache<number>({ name: "groups", max: MOST_KNOWN });
  readonly #attempts: ReturnType<typeof createAttempts>;

  constructor(parts: AutoParts) {
    const { budget, now } = parts;
    this.#parts = parts;
    this.#groupAllowance = allowancePerHour(budget.groupsPerHour, now);
    this.#byteAllowance = allowancePerHour(budget.bytesPerHour, now);
    this.#attempts = createAttempts(parts);
  }

  /** Whether this process is running a trial for the group. */
  isTrying(key: string): boolean {
    return this.#attempts.isRunning(key);
  }

  /** Records a version; false if the process is busy: call again for the next response. */
  async see(key: string, template: Template, seen: Seen): Promise<boolean> {
    const { now, scheduler } = this.#parts;
    const name = `${key}\n${seen.hash}`;
    const last = this.#settled.get(name);
    const isFresh = last !== undefined && elapsed(now(), last.from) < HOUR;
    if (isFresh && isNoNews(template, last.urls, seen.url)) return true;
    if (elapsed(now(), this.#paused.get(key) ?? 0) < PAUSE) return true;
    // A version that arrives while the process is busy is recorded at a later response.
    const { network, content } = seen;
    const bytes = content.length;
    const milliseconds = bytes * COSTS.sketch;
    const work = scheduler.begin({ name: `sketch/${key}`, bytes, network, milliseconds });
    if (work === undefined) return false;
    try {
      const isDone = await this.#record(key, template, seen);
      const urls = isFresh ? [...last.urls, seen.url] : [seen.url];
      if (isDone) this.#settled.set(name, { from: isFresh ? last.from : now(), urls });
      else this.#paused.set(key, now());
      return true;
    } finally {
      work.end();
    }
  }

  /** Stores new facts, then starts a trial; false if it must be repeated. */
  async #record(key: string, template: Template, seen: Seen): Promise<boolean> {
    const { memory, candidates, now, budget } = this.#parts;
    const group = await memory.read(key);
    if (group === undefined) return false;
    // Long enough to distinguish two addresses of a group.
    const address = (await digestOfText(seen.url)).slice(0, 16);
    const { hash, content } = seen;
    const sketch = group.versions.get(hash)?.sketch ?? (await sketchOf(content));
    const facts = { hash, size: content.length, address, sketch };
    const sighting = decideSighting(template, group, facts, now(), budget);
    if (sighting.kind === "refused") return false;
    let known: Group = group;
    if (sighting.kind === "record") {
      // Invented addresses must not fill the store.
      if (group.versions.size === 0 && !this.#groupAllowance(1)) return false;
      let { version, stripped } = sighting;
      if (sighting.storesBytes && this.#byteAllowance(content.length)) {
        const blob = await candidates.store(await groupId(key), content, budget.keepFor);
        if (blob === undefined) stripped = [];
        else version = { ...version, stored: { blob, until: now() + budget.keepFor } };
      } else stripped = [];
      const changes: LedgerChange[] = [
        ...group.garbage.map((each) => remove(each)),
        ...sighting.evicted.flatMap(({ hash: gone }) => removeVersion(gone)),
        ...stripped.map((each) => setVersion({ ...each, stored: undefined }, budget.keepFor)),
        setVersion(version, budget.keepFor),
        ...this.#lastingOf(group, hash),
      ];
      if (!(await memory.change(key, changes))) {
        // Without the entry, nothing would refer to the bytes.
        if (group.versions.get(hash)?.stored?.blob !== version.stored?.blob)
          await this.#drop([version]);
        return false;
      }
      await this.#drop([...sighting.evicted, ...stripped]);
      known = { ...group, versions: versionsAfter(group, version, sighting.evicted, stripped) };
    }
    await this.#attempts.make(key, template, known, seen);
    return true;
  }

  /** Entries to write again, so that they last as long as versions of the group are seen. */
  #lastingOf({ state, trials }: Group, hash: string): LedgerChange[] {
    const { budget } = this.#parts;
    const trial = trials.get(hash);
    return [
      ...(state.kind === "watching" ? [] : [setState(state, budget.keepFor)]),
      ...(trial === undefined ? [] : [setTrial(trial, budget.keepFor)]),
    ];
  }

  async #drop(versions: readonly SeenVersion[]): Promise<void> {
    for (const { stored } of versions) {
      if (stored !== undefined) await this.#parts.candidates.drop(stored.blob);
    }
  }
}

function versionsAfter(
  { versions }: Group,
  version: SeenVersion,
  evicted: readonly SeenVersion[],
  stripped: readonly SeenVersion[],
): ReadonlyMap<string, SeenVersion> {
  const after = new Map(versions);
  for (const { hash } of evicted) after.delete(hash);
  for (const each of stripped) after.set(each.hash, { ...each, stored: undefined });
  return after.set(version.hash, version);
}

/** Whether an address adds nothing: two of a version are enough, or one without versions. */
function isNoNews(template: Template, urls: readonly string[], url: string): boolean {
  return template.kind !== "versioned" || urls.length > 1 || urls.includes(url);
}
