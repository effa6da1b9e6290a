import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** The memory of the processes of a proxy, in bytes. */
export interface MemorySample {
  /** JavaScript objects, buffers and other memory that they own, after full collections. */
  readonly live: number;
  readonly resident: number;
  /** What the caches have stored, by their own count: it grows up to a limit. */
  readonly caches: number;
}

/** The environment with which a proxy tells its memory. @param folder of its socket files */
export function probed(folder: string): Readonly<Record<string, string>> {
  const names = new URL("../support/local-names.mjs", import.meta.url).href;
  const probe = new URL("probe.mjs", import.meta.url).href;
  return { WAYLEAVE_PROBE: folder, NODE_OPTIONS: `--import ${names} --import ${probe}` };
}

/** Asks all processes. @param snapshot the beginning of paths for heap snapshots @default none */
export async function memoryOf(
  folder: string,
  snapshot?: string,
): Promise<Omit<MemorySample, "caches">> {
  const sockets = readdirSync(folder).filter((name) => name.startsWith("probe."));
  const asked = sockets.map(async (name) => {
    const socket = connect(join(folder, name));
    socket.write(`${snapshot === undefined ? "" : `${snapshot}-${name}.heapsnapshot`}\n`);
    return JSON.parse(await text(socket)) as Record<"heapUsed" | "external" | "rss", number>;
  });
  const all = await Promise.all(asked);
  const sum = (of: (each: (typeof all)[number]) => number): number =>
    all.reduce((total, each) => total + of(each), 0);
  return { live: sum((each) => each.heapUsed + each.external), resident: sum(({ rss }) => rss) };
}
