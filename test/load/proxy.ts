import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endClients } from "../fuzz/load/clients.ts";
import { startFaultyOrigin } from "../fuzz/load/origin.ts";
import { freePort } from "../support/runtimes.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";
import { memoryOf, probed, type MemorySample } from "./memory.ts";
import { EVERYTHING } from "./rules.ts";

/** A proxy with all features, in front of an origin server without faults. */
export interface LoadedProxy {
  readonly url: string;
  /** Its memory, after full collections. @param snapshot the beginning of paths for heap snapshots */
  memory(snapshot?: string): Promise<MemorySample>;
  /** Stops it. @returns its output if it did not end with 0 */
  stop(): Promise<readonly string[]>;
  /** Ends all that is left. */
  close(): Promise<void>;
}

const TOKEN = "the-token-of-the-operator";

/** The memory of the caches, from the metrics. */
async function cacheBytes(admin: string): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const metrics = await (await fetch(`http://${admin}/.wayleave/metrics`, { headers })).text();
  return Number(/^wayleave_cache_memory_bytes(?:\{[^}]*\})? ([\d.e+]+)$/m.exec(metrics)?.[1]);
}

/** Starts it in a folder of its own. @param options of `wayleave start` */
export async function startLoaded(options: readonly string[]): Promise<LoadedProxy> {
  const origin = await startFaultyOrigin();
  const folder = mkdtempSync(join(tmpdir(), "wayleave-load-"));
  const probes = join(folder, "probes");
  mkdirSync(probes);
  writeFileSync(join(folder, "rules.jsonc"), JSON.stringify(EVERYTHING));
  const argv = ["--runtime", "node", "--origin", origin.url, "--rules", "rules.jsonc"];
  argv.push("--store", "sqlite:store.sqlite", "--log", "access", "--log-file", "access.log");
  const admin = `127.0.0.1:${await freePort()}`;
  argv.push("--admin", admin);
  let proxy: StartedProxy | undefined;
  const close = async (): Promise<void> => {
    endClients();
    await proxy?.stop();
    await origin.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const env = { ...probed(probes), ADMIN_TOKEN: TOKEN };
    const started = (proxy = await startCommand(folder, [...argv, ...options], env));
    return {
      url: started.url,
      async memory(snapshot) {
        const caches = await cacheBytes(admin);
        return { ...(await memoryOf(probes, snapshot)), caches };
      },
      async stop() {
        endClients();
        const code = await started.stop();
        return code === 0 ? [] : [`ended with ${code}:\n${started.said().slice(-2000)}`];
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
