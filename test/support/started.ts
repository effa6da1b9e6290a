import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

/** A `wayleave start` that serves. */
export interface StartedCommand {
  readonly url: string;
  /** All that it printed, on both streams. */
  said(): string;
  stop(): Promise<void>;
}

/** Runs `wayleave start` in a folder until it says that it is ready; rejects where it ends. */
export async function startCommand(
  cwd: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<StartedCommand> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main, "start", ...argv],
    { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let text = "";
  const kill = (): void => void child.kill("SIGKILL");
  process.on("exit", kill);
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (piece: string): void => {
      text += piece;
      const ready = /^ready (\S+)$/m.exec(text)?.[1];
      if (ready !== undefined) resolve(ready);
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    child.once("close", () => reject(new Error(`it ended:\n${text}`)));
  });
  return {
    url,
    said: () => text,
    async stop() {
      process.off("exit", kill);
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
