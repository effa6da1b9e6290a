import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

/** What a command left behind. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in a folder until it ends. */
export async function runCommand(
  cwd: string,
  argv: readonly string[],
  input?: string,
): Promise<Ended> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...argv], {
    cwd,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin?.end(input);
  const [code] = (await once(child, "close")) as [number];
  return { code, out, err };
}

/** A shell line in which `wayleave` is the command. */
export function shellLine(line: string): string {
  const command = `${process.execPath} --disable-warning=ExperimentalWarning ${main}`;
  return line.replaceAll("wayleave", command);
}
