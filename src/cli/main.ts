#!/usr/bin/env node
import process from "node:process";
import { packageVersion } from "./package-root.ts";
import { CommandFailure, UsageError, type Command } from "./usage.ts";

/** Milliseconds after the end of the proxy in which other modules may end. */
const LAST_MOMENTS = 2000;

/** Each loads its own modules alone: all of them take ten times as long as Node itself. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["start", async () => (await import("./start/command.ts")).start],
  ["check", async () => (await import("./check.ts")).check],
  ["explain", async () => (await import("./explain/command.ts")).explain],
  ["test", async () => (await import("./test/command.ts")).test],
  ["verify", async () => (await import("./verify/command.ts")).verify],
  ["keys", async () => (await import("./keys.ts")).keys],
  ["sign", async () => (await import("./sign.ts")).sign],
  ["delta", async () => (await import("./delta.ts")).delta],
  ["deltas", async () => (await import("./deltas/command.ts")).deltas],
  ["canonicals", async () => (await import("./canonicals/command.ts")).canonicals],
  ["audit", async () => (await import("./audit/command.ts")).audit],
  ["markdown", async () => (await import("./markdown/command.ts")).markdown],
  ["robots", async () => (await import("./robots/command.ts")).robots],
  ["ledger", async () => (await import("./ledger/command.ts")).ledger],
  ["replay", async () => (await import("./replay/command.ts")).replay],
  ["stats", async () => (await import("./stats/command.ts")).stats],
  ["init", async () => (await import("./init/command.ts")).init],
  ["doctor", async () => (await import("./doctor/command.ts")).doctor],
  ["warm", async () => (await import("./warm/command.ts")).warm],
  ["purge", async () => (await import("./purge.ts")).purge],
]);

process.exitCode = await main(process.argv.slice(2));
// A module that the operator loads, e.g. an exporter without an answer, must not delay the end.
if (process.argv[2] === "start") setTimeout(() => process.exit(), LAST_MOMENTS).unref();

async function main([name, ...argv]: string[]): Promise<number> {
  // If the reader of the output closes the pipe, the process ends without a message.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit());
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    out(await overview());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-v" || name === "version") {
    out(`${packageVersion()}\n`);
    return 0;
  }
  const load = COMMANDS.get(name);
  if (load === undefined) {
    err(`wayleave: unknown command ${JSON.stringify(name)}; see wayleave --help\n`);
    return 2;
  }
  const command = await load();
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
      isTerminal: process.stderr.isTTY,
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

/** Whether output is colored; NO_COLOR switches color off (https://no-color.org). */
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

async function overview(): Promise<string> {
  const lines = await Promise.all(
    [...COMMANDS].map(async ([name, load]) => `  ${name.padEnd(10)} ${(await load()).summary}`),
  );
  return `wayleave <command> [options]\n\n${lines.join("\n")}\n\nwayleave <command> --help shows the options; wayleave --version prints the version.\n`;
}
