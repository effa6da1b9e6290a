import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";

export const ROOT = join(import.meta.dirname, "..", "..");

const env = { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };

/** A port that nothing listens on, as the command takes it. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

/** Runs a command in a folder and gives what it printed; throws with all of it if the command fails. */
export function run(cwd: string, command: string, ...argv: readonly string[]): string {
  try {
    const stdio = ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"];
    return execFileSync(command, argv, { cwd, env, stdio, encoding: "utf8", maxBuffer: 1 << 28 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${argv.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

/** Runs a command that is meant to fail; one that still runs after a minute is ended. */
export function fails(
  cwd: string,
  command: string,
  ...argv: readonly string[]
): { readonly code: number | null; readonly err: string } {
  const options = { cwd, env, encoding: "utf8", timeout: 60_000 } as const;
  const { status, stderr } = spawnSync(command, argv, options);
  return { code: status, err: stderr };
}
