import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { builtCommand } from "./built-command.ts";

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
  const module = await builtCommand();
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", module, ...argv],
    {
      cwd,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    },
  );
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin?.end(input);
  const [code] = (await once(child, "close")) as [number];
  return { code, out, err };
}

/** A shell line in which `wayleave` is the command. */
export async function shellLine(line: string): Promise<string> {
  const command = `${process.execPath} --disable-warning=ExperimentalWarning ${await builtCommand()}`;
  return line.replaceAll("wayleave", command);
}
