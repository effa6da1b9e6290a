import { readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Damaged files of one database that remain on the disk; older ones are deleted. */
const MOST_SET_ASIDE = 3;

/** The identity of a file, which another file at its path lacks; undefined if there is no file. */
export function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/**
 * Renames a damaged database to `<path>.damaged-<time>`, with its `-wal` and `-shm`. Returns the
 * new name; undefined if another process has replaced the file meanwhile.
 *
 * @param seen the identity of the damaged file
 * @param now seconds since the epoch
 */
export function setAside(path: string, seen: string | undefined, now: number): string | undefined {
  if (seen === undefined || identityOf(path) !== seen) return undefined;
  const time = new Date(now * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  let target = `${path}.damaged-${time}`;
  for (let i = 2; identityOf(target) !== undefined; i++) target = `${path}.damaged-${time}.${i}`;
  renameSync(path, target);
  for (const part of ["-wal", "-shm"]) {
    if (identityOf(path + part) !== undefined) renameSync(path + part, target + part);
  }
  removeOldest(path);
  return target;
}

function removeOldest(path: string): void {
  const folder = dirname(path);
  const all = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.damaged-`) && !/-(?:wal|shm)$/.test(name))
    .toSorted();
  for (const name of all.slice(0, -MOST_SET_ASIDE)) {
    for (const part of ["", "-wal", "-shm"]) rmSync(join(folder, name + part), { force: true });
  }
}
