#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { check } from "./check.ts";
import { canonicals } from "./canonicals/command.ts";
import { delta } from "./delta.ts";
import { deltas } from "./deltas/command.ts";
import { explain } from "./explain/command.ts";
import { keys } from "./keys.ts";
import { markdown } from "./markdown.ts";
import { packageRoot } from "./package-root.ts";
import { purge } from "./purge.ts";
import { sign } from "./sign.ts";
import { start } from "./start/command.ts";
import { verify } from "./verify/command.ts";
import { test } from "./test/command.ts";
import { CommandFailure, UsageError, type Command } from "./usage.ts";

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["start", start],
  ["check", check],
  ["explain", explain],
  ["test", test],
  ["verify", verify],
  ["keys", keys],
  ["sign", sign],
  ["delta", delta],
  ["deltas", deltas],
  ["canonicals", canonicals],
  ["markdown", markdown],
  ["purge", purge],
]);

/** Commands of a later version. */
const NOT_YET = new Set(["audit"]);

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...argv]: string[]): Promise<number> {
  // If the reader of the output closes the pipe, the process ends without a message.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit());
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    out(overview());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-v" || name === "version") {
    out(`${packageVersion()}\n`);
    return 0;
  }
  if (NOT_YET.has(name)) {
    err(`wayleave ${name}: not available in this version\n`);
    return 2;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) {
    err(`wayleave: unknown command ${JSON.stringify(name)}; see wayleave --help\n`);
    return 2;
  }
  if (argv.includes("--help") || argv.includes("-h")) {
    out(command.help);
    return 0;
  }
  try {
    return await command.run({
      argv,
      env: process.env,
      input: process.stdin,
      color: hasColor(),
      out,
      err,
    });
  } catch (error) {
    if (error instanceof CommandFailure) {
      err(`wayleave ${name}: ${error.message}\n`);
      return 1;
    }
    if (!isUsage(error) && !isOfFileSystem(error)) throw error;
    err(`wayleave ${name}: ${error.message}\n`);
    return 2;
  }
}

/** Whether output is colored: a NO_COLOR that is not empty switches color off (https://no-color.org). */
function hasColor(): boolean {
  return process.stdout.isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
}

function out(content: string | Uint8Array): void {
  process.stdout.write(content);
}

function err(text: string): void {
  process.stderr.write(text);
}

function isUsage(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" && code.startsWith("ERR_PARSE_ARGS_");
}

/** Whether an error is of the file system; its message names the file, so no stack is needed. */
function isOfFileSystem(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error)) return false;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined && path !== undefined;
}

function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

function overview(): string {
  const lines = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `wayleave <command> [options]\n\n${lines.join("\n")}\n\nwayleave <command> --help shows the options; wayleave --version prints the version.\n`;
}
