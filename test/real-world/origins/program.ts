import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** An origin server that runs as a process of its own. */
export interface Origin {
  readonly url: string;
  /** Certificates in PEM that an https server's descends from. */
  readonly ca?: string;
  /** Where the same site is without HTTP/2, if `url` speaks nothing else. */
  readonly plainUrl?: string;
  /** What the process has written so far. */
  said(): string;
  stop(): Promise<void>;
}

/** A folder for a server's configuration and files, readable for the account it runs under. */
export function makeFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `wayleave-${name}-`));
  chmodSync(folder, 0o755);
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** How a server is started. */
export interface Program {
  readonly command: string;
  readonly argv: readonly string[];
  /** A folder that is removed once the server has stopped. */
  readonly folder: string;
  /** Written into the folder first. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly port: number;
  /** @default "http" */
  readonly scheme?: "http" | "https";
}

/** Starts a server and waits, for at most ten seconds, until it takes connections. */
export async function startProgram(program: Program): Promise<Origin> {
  const { command, argv, folder, files = {}, env, port, scheme = "http" } = program;
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const child = spawn(command, argv, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.on("exit", kill);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
  child.once("error", (error) => (said += String(error)));
  for (let left = 200; !(await isOpen(port)); left--) {
    if (left > 0 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    kill();
    throw new Error(`${command} did not start:\n${said}`);
  }
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    said: () => said,
    async stop() {
      process.off("exit", kill);
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        // A server that does not end by itself is ended: its children go with the signal before.
        child.kill("SIGTERM");
        const timer = setTimeout(kill, 3000);
        await ended;
        clearTimeout(timer);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
