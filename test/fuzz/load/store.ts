import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  fstatSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startRedis } from "../../support/redis.ts";

/** Where the proxy stores things under load. */
export type StoreKind = "sqlite" | "redis";

/** A store that fails at times; no request may notice that. */
export interface FaultyStorage {
  /** For the option `--store`. */
  readonly option: string;
  /** Its faults: each begins one, and gives what ends it. */
  readonly faults: Readonly<Record<string, () => Promise<() => Promise<void> | void>>>;
  close(): Promise<void>;
}

/** Prepares it. @param folder of the run, for a file */
export function startStorage(kind: StoreKind, folder: string): Promise<FaultyStorage> {
  return kind === "redis" ? redis() : Promise.resolve(sqlite(folder));
}

const PAGE = 4096;

function sqlite(folder: string): FaultyStorage {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  // A disk of its own can be full; some containers allow none, not even to root.
  const mounts = spawnSync("mount", ["-t", "tmpfs", "-o", "size=24m", "none", disk]).status === 0;
  const file = join(disk, "store.sqlite");
  const ballast = join(disk, "ballast");
  const none = (): void => {};
  const damage = (act: (open: number) => void): (() => void) => {
    if (!existsSync(file)) return none;
    const open = openSync(file, "r+");
    act(open);
    closeSync(open);
    return none;
  };
  return {
    option: `sqlite:${file}`,
    faults: {
      async locked() {
        const database = new DatabaseSync(file);
        try {
          database.exec("PRAGMA busy_timeout = 200; BEGIN EXCLUSIVE");
        } catch {
          // Damaged a moment ago.
        }
        return () => database.close();
      },
      async damaged() {
        return damage((open) => {
          const pages = Math.floor(fstatSync(open).size / PAGE);
          const garbage = Buffer.alloc(PAGE, 0xa5);
          for (let page = 1; page < pages; page += 2) {
            writeSync(open, garbage, 0, PAGE, page * PAGE);
          }
        });
      },
      async truncated() {
        return damage((open) => ftruncateSync(open, Math.floor(fstatSync(open).size / 2)));
      },
      async removed() {
        for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true });
        return none;
      },
      ...(mounts && {
        async full() {
          try {
            writeFileSync(ballast, Buffer.alloc(32e6));
          } catch {
            // As far as it goes.
          }
          return () => rmSync(ballast, { force: true });
        },
      }),
    },
    async close() {
      if (mounts) execFileSync("umount", ["-l", disk]);
    },
  };
}

async function redis(): Promise<FaultyStorage> {
  const server = await startRedis();
  return {
    option: server.url,
    faults: {
      async killed() {
        await server.stop();
        return () => server.start();
      },
      async hanging() {
        server.freeze();
        return () => server.thaw();
      },
      async full() {
        await server.ask("CONFIG", "SET", "maxmemory", "1");
        return async () => void (await server.ask("CONFIG", "SET", "maxmemory", "0"));
      },
    },
    close: () => server.close(),
  };
}
