import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { silentLog } from "../../telemetry/log.ts";
import { openStoreToRead } from "../node-store.ts";
import type { StoreChoice } from "../store-choice.ts";
import { findingsOf, reasonOf, type SetupFinding } from "./finding.ts";

const { ok, doubtful, bad } = findingsOf("store");

/** Bytes that a disk should have left. */
const LEAST_FREE = 1e9;
/** Milliseconds for one read; in a proxy a store that is slower costs hits. */
const SLOW = 100;

/** Looks at a store: if it can be read, and how fast, and the disk of a file. */
export async function lookAtStore(
  choice: StoreChoice | undefined,
  now: () => number,
): Promise<readonly SetupFinding[]> {
  if (choice === undefined) {
    return [findingsOf("store").unknown("no store is named", "Give --store, as for start.")];
  }
  const findings: SetupFinding[] = [];
  try {
    const store = await openStoreToRead(choice, { now, log: silentLog });
    const began = performance.now();
    await store.index.get("doctor");
    const took = performance.now() - began;
    await store.close?.();
    const name = choice.kind === "sqlite" ? choice.path : "Redis";
    findings.push(
      took > SLOW
        ? doubtful(`${name} takes ${Math.round(took)} ms for one read`, "Move it nearer.")
        : ok(`${name} can be read`),
    );
  } catch (error) {
    findings.push(bad(reasonOf(error), "The proxy serves without a store meanwhile."));
  }
  if (choice.kind === "sqlite") findings.push(...diskOf(choice.path));
  return findings;
}

function diskOf(path: string): readonly SetupFinding[] {
  if (statSync(dirname(path), { throwIfNoEntry: false }) === undefined) return [];
  const { bavail, bsize } = statfsSync(dirname(path));
  const free = bavail * bsize;
  const gigabytes = `${(free / 1e9).toFixed(1)} GB`;
  if (free >= LEAST_FREE) return [];
  return [doubtful(`its disk has ${gigabytes} left`, "Make room: a full disk costs hits.")];
}
