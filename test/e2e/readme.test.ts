import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shellLine } from "../support/cli.ts";
import { needs } from "../support/needs.ts";
import { sampleOf } from "../support/sample.ts";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;
const env = {
  ...process.env,
  ADMIN_TOKEN: "the-admin-token-of-the-documentation",
  PURGE_TOKEN: "the-token-of-the-documentation",
};
const docs = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)];
const pages = docs
  .filter((name) => name.endsWith(".md"))
  .map((name) => readFileSync(join(root, name), "utf8"));

interface Line {
  readonly command: string;
  readonly output: string;
}

/** Programs of the documentation's lines that not every machine has. */
const PROGRAMS = ["curl", "jq", "openssl", "zstd"];

const programsOf = (command: string): string[] =>
  PROGRAMS.filter((program) => new RegExp(`\\b${program} `).test(command));

/** The console blocks of README and docs: each `$ ` line with the output printed below it. */
function consoleLines(): Line[] {
  const lines: { command: string; output: string }[] = [];
  for (const [, block = ""] of pages.join("\n").matchAll(/```console\n([\s\S]*?)```/g)) {
    for (const line of block.split("\n").slice(0, -1)) {
      if (line.startsWith("$ ")) lines.push({ command: line.slice(2), output: "" });
      else (lines.at(-1) as { output: string }).output += `${line}\n`;
    }
  }
  return lines;
}

/** Lines that also start the command as they say. */
const withNpm = new Set(
  sampleOf(
    consoleLines()
      .map(({ command }) => command)
      .filter((command) => command.includes("npm run")),
    25,
  ),
);

/** Offers a dictionary, which the proxy keeps behind the response to the line before. */
const offers = (command: string): boolean => /Available-Dictionary|\/tmp\/offer/.test(command);

/** Commands of ours that ask no proxy print the same whatever runtime it has. */
const needsNoProxy = ({ command }: Line): boolean =>
  /npm run -s wayleave -- (?:check|explain|replay|test|verify)\b/.test(command) &&
  !command.includes("127.0.0.1:8787");

/** Metrics exist on Node alone, as docs/telemetry.md says. */
const isOfNode = ({ command }: Line): boolean => command.includes("/.wayleave/metrics");

describe.each(["workers", "node"])("the documentation on %s", (runtime) => {
  /** As the documentation says it; most without npm, which takes three quarters of the time. */
  const spoken = async (command: string): Promise<string> =>
    runtime === "workers" && withNpm.has(command)
      ? command
      : command.replaceAll("npm run -s wayleave --", await shellLine("wayleave"));
  let child: ChildProcess;
  let said = "";

  beforeAll(async () => {
    child = spawn("npm", ["start", "--", "--runtime", runtime], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env,
      detached: true,
    });
    const ready = new Promise<void>((resolve, reject) => {
      const listen = (text: string): void => {
        said += text;
        if (/^ready http:\/\/127\.0\.0\.1:8787$/m.test(said)) resolve();
      };
      child.stdout?.setEncoding("utf8").on("data", listen);
      child.stderr?.setEncoding("utf8").on("data", listen);
      child.once("exit", () => reject(new Error(`npm start ended:\n${said}`)));
    });
    await ready;
  });

  afterAll(() => {
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-(child.pid as number), "SIGKILL");
    }
  });

  const lines = consoleLines();
  for (const { command, output } of runtime === "node"
    ? lines.filter((line) => !needsNoProxy(line))
    : lines.filter((line) => !isOfNode(line))) {
    it(`prints what it says: ${command}`, needs("bash", ...programsOf(command)), async () => {
      if (offers(command)) await new Promise((resolve) => setTimeout(resolve, 100));
      const { stdout } = await run("bash", ["-c", await spoken(command)], { cwd: root, env });
      expect(stdout).toBe(output);
    });
  }

  it("prints the lines to try", () => {
    expect(said).toContain("curl -s -H 'Accept: text/markdown' http://127.0.0.1:8787/install/");
  });

  it("ends with all it started on Ctrl-C", async () => {
    const ended = once(child, "exit");
    process.kill(-(child.pid as number), "SIGINT");
    await ended;
    await expect(fetch("http://127.0.0.1:8787/.wayleave/ready")).rejects.toThrow();
  });
});
