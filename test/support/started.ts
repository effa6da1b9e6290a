import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import process from "node:process";
import { builtCommand } from "./built-command.ts";
import { freePort } from "./runtimes.ts";

const LOCAL_NAMES = new URL("local-names.mjs", import.meta.url).href;

/** A `wayleave start` that runs. */
export interface StartedProxy {
  readonly url: string;
  readonly pid: number | undefined;
  /** All that it has said so far, on both streams. */
  said(): string;
  signal(name: NodeJS.Signals): void;
  /** Ends it with SIGTERM, if it still runs; gives its exit code, 128 and more for a signal. */
  stop(): Promise<number | null>;
}

/** Starts the proxy from the command line, in a folder, and waits until it says that it is ready. */
export async function startCommand(
  cwd: string,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<StartedProxy> {
  const [module, port] = await Promise.all([builtCommand(), freePort()]);
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", module, "start", ...argv, "--port", String(port)],
    {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", NODE_OPTIONS: `--import ${LOCAL_NAMES}`, ...env },
    },
  );
  const kill = (): void => void child.kill("SIGKILL");
  process.on("exit", kill);
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        const ready = /^ready (http\S+)$/m.exec(said)?.[1];
        if (ready !== undefined) resolve(ready);
      });
    }
    child.once("exit", () => reject(new Error(`the proxy ended:\n${said}`)));
  });
  return {
    url,
    pid: child.pid,
    said: () => said,
    signal: (name) => void child.kill(name),
    stop: async () => {
      process.off("exit", kill);
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      const { exitCode, signalCode } = child;
      // As a shell tells of a process that a signal has ended.
      return signalCode === null ? exitCode : 128 + constants.signals[signalCode];
    },
  };
}
