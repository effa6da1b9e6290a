import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { freePort } from "./runtimes.ts";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

/** A `wayleave start` that runs. */
export interface StartedProxy {
  readonly url: string;
  readonly pid: number | undefined;
  /** All that it has said so far, on both streams. */
  said(): string;
  signal(name: NodeJS.Signals): void;
  /** Ends it with SIGTERM; gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts the proxy from the command line, in a folder, and waits until it says that it is ready. */
export async function startCommand(
  cwd: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<StartedProxy> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main, "start", ...argv, "--port", String(port)],
    { cwd, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1", ...env } },
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
      if (child.exitCode !== null) return child.exitCode;
      const ended = once(child, "exit") as Promise<[number | null]>;
      child.kill("SIGTERM");
      const [code] = await ended;
      return code;
    },
  };
}
