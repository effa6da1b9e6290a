import type { BuiltDeltas, FeaturePlatform } from "../../feature/parts.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { sha256, toHex } from "../../http/digest.ts";
import { oncePer } from "../../http/once-per.ts";
import { builtDeltaName, parseBuiltDeltas, type BuiltDelta } from "./built.ts";

/** The source of prebuilt deltas, such as a folder. */
export interface BuiltSource {
  /** Reads `deltas.json` and its stamp, unless the stamp is current; undefined if absent. */
  list(
    stamp: string | undefined,
  ): Promise<{ readonly text: string; readonly stamp: string } | "unchanged" | undefined>;
  /** Reads a delta's file; undefined if it does not exist or is larger than `mostBytes`. */
  read(file: string, mostBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

export type BuiltDeltasParts = Pick<FeaturePlatform, "now" | "log">;

type DropReason =
  /** `deltas.json` does not have the expected form. */
  | "malformed"
  /** The source failed. */
  | "unreadable"
  /** A listed file does not exist, or has another length. */
  | "missing"
  /** A file does not have the listed hash. */
  | "altered";

/** Seconds between two checks for a new list. */
const LOOK_EVERY = 30;

/**
 * Serves deltas of a source. Reads the list on first use, and again if it changes. Logs faults.
 *
 * @param about facts of the source for the log
 */
export function builtDeltasFrom(
  source: BuiltSource,
  { now, log }: BuiltDeltasParts,
  about: Readonly<Record<string, string>> = {},
): BuiltDeltas {
  const onDropped = (file: string, reason: DropReason): void =>
    log.warn("built-delta-dropped", { ...about, file, reason });
  const cached = new BoundedCache<Uint8Array<ArrayBuffer>>({
    name: "content",
    sizeOf: (content) => content.byteLength,
  });
  let listed: Map<string, BuiltDelta> | undefined;
  let stamp: string | undefined;
  let lookAt = -Infinity;

  /** Reads the list. Callers share no promise: on Workers one request must not wait for another. */
  async function look(): Promise<void> {
    if (listed !== undefined && now() < lookAt) return;
    lookAt = now() + LOOK_EVERY;
    try {
      const found = await source.list(stamp);
      if (found === "unchanged") return;
      const deltas = found === undefined ? [] : parseBuiltDeltas(found.text);
      // If a new list can't be read, the previous one remains.
      if (deltas === undefined) onDropped("deltas.json", "malformed");
      else listed = new Map(deltas.map((delta) => [delta.file, delta]));
      stamp = found?.stamp;
    } catch {
      onDropped("deltas.json", "unreadable");
    }
    listed ??= new Map();
  }

  async function read(delta: BuiltDelta): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const recent = cached.get(delta.sha256);
    if (recent !== undefined) return recent;
    const drop = (reason: DropReason): undefined => {
      // The file stays unlisted until there is a new list.
      listed?.delete(delta.file);
      onDropped(delta.file, reason);
    };
    let content: Uint8Array<ArrayBuffer> | undefined;
    try {
      content = await source.read(delta.file, delta.length);
    } catch {
      return drop("unreadable");
    }
    if (content?.length !== delta.length) return drop("missing");
    if (toHex(await sha256(content)) !== delta.sha256) return drop("altered");
    cached.set(delta.sha256, content);
    return content;
  }

  return {
    names: (path) => look().then(() => listed !== undefined && isNamed(pathsOf(listed), path)),
    async find(content, dictionary, codings) {
      await look();
      for (const coding of codings) {
        const delta = listed?.get(builtDeltaName(content, dictionary, coding));
        const bytes = delta && (await read(delta));
        if (bytes !== undefined) return { coding, content: bytes };
      }
      return undefined;
    },
  };
}

/** The paths of new and older versions in a list. */
const pathsOf = oncePer(
  (listed: ReadonlyMap<string, BuiltDelta>): ReadonlySet<string> =>
    new Set([...listed.values()].flatMap(({ path, from }) => [path, from])),
);

/** Whether a path is that of a file; the folder of the build may be below the root of the site. */
function isNamed(paths: ReadonlySet<string>, path: string): boolean {
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    if (paths.has(path.slice(at + 1))) return true;
  }
  return false;
}
