// The lines of docs/access.md, with the rules that it shows, in front of a plain site.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { readRules } from "../../src/rules/load.ts";
import { parseFile } from "../../src/rules/parse.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import { policyTestsSchema } from "../../src/simulate/policy-tests/schema.ts";
import { runPolicyTests } from "../../src/simulate/policy-tests/run.ts";
import { needs } from "../support/needs.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const run = promisify(execFile);
const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/access.md", root), "utf8");
const bots = readFileSync(new URL("rules/bots.jsonc", root), "utf8");

/** The first block of a language. */
const blockOf = (language: string): string =>
  page.split(`\n\`\`\`${language}\n`)[1]?.split("\n```")[0] ?? "";

const rulesText = blockOf("jsonc");

/** Each line that begins with "$ ", with the output below it. */
const lines = blockOf("shell")
  .split(/^\$ /m)
  .slice(1)
  .map((text) => {
    const end = text.indexOf("\n");
    return { command: text.slice(0, end), output: text.slice(end + 1).trimEnd() };
  });

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("docs/access.md, on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    origin.missing = (request, response) => {
      const type = request.url === "/robots.txt" ? "text/plain" : "text/html";
      response.writeHead(200, { "content-type": type }).end("<p>a page</p>");
    };
    proxy = await RUNTIMES[runtime]({ origin: origin.url, rules: rulesOf() });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  it.each(lines)("prints what it says: $command", needs("bash", "curl"), async (line) => {
    const command = line.command.replaceAll("http://127.0.0.1:8787", proxy.url);
    const { stdout } = await run("bash", ["-c", command]);
    const printed = stdout.replaceAll("\r", "").trimEnd();
    expect(printed.replace(/^([\w-]+):/gm, (name) => name.toLowerCase())).toBe(line.output);
  });
});

/** The rules as a value. */
function rulesOf(): object {
  const read = readRules(rulesText, bots, () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  return JSON.parse(rulesText.replaceAll(/,(?=\s*[\]}])/g, "")) as object;
}

it("docs/access.md shows lines", () => {
  expect(lines.length).toBeGreaterThan(4);
});

it.each([
  ["docs/access.md", 5],
  ["docs/x402.md", 1],
])("%s shows rules without warnings", (name, count) => {
  const shown = readFileSync(new URL(name, root), "utf8");
  const blocks = [...shown.matchAll(/^```jsonc\n([^]*?)^```$/gm)].map(([, text = ""]) => text);
  expect(blocks.length).toBeGreaterThanOrEqual(count);
  for (const text of blocks) {
    const read = readRules(text, bots, () => undefined, FEATURES);
    expect([text, read.kind === "valid" ? findWarnings(read) : read]).toEqual([text, []]);
  }
});

it("docs/access.md shows policy tests that hold", async () => {
  const read = readRules(rulesText, bots, () => undefined, FEATURES);
  if (read.kind === "faulty") throw new Error(JSON.stringify(read.faults));
  const text = blockOf("json");
  expect(parseFile(text, policyTestsSchema(FEATURES)).kind).toBe("valid");
  const { results, faults } = await runPolicyTests(
    text,
    { ...read, now: () => 1_800_000_000 },
    () => undefined,
  );
  expect(faults).toEqual([]);
  expect(results.map(({ differences }) => differences)).toEqual([[], []]);
});
