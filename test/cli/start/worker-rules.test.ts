import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { workerRules } from "../../../src/cli/start/worker-rules.ts";
import { FEATURES } from "../../../src/features.ts";
import { loadRules } from "../../../src/rules/load.ts";

const folder = new URL("../../../rules", import.meta.url).pathname;
const builtIn = readFileSync(join(folder, "bots.jsonc"), "utf8");
const load = (text: string, files: Readonly<Record<string, string>> = {}) =>
  loadRules(text, "rules", builtIn, (path) => files[path], FEATURES);

/** The rules and bot table as a Worker reads them, and as the command has read them. */
function onBoth(text: string, files?: Readonly<Record<string, string>>) {
  const read = load(text, files);
  const { rules, bots } = load(workerRules(text, read.rules, read.bots));
  const { bots: _whole, ...agents } = rules.agents;
  const { bots: _named, ...expectedAgents } = read.rules.agents;
  return {
    worker: { ...rules, agents, table: bots },
    command: { ...read.rules, agents: expectedAgents, table: read.bots },
  };
}

const examples = readdirSync(join(folder, "examples"))
  .filter((name) => name.endsWith(".jsonc") && !name.endsWith(".test.jsonc"))
  .map((name) => `examples/${name}`);

describe("rules for a Worker of `wayleave start`", () => {
  it.each(["default.jsonc", ...examples])("are those of %s", (name) => {
    const { worker, command } = onBoth(readFileSync(join(folder, name), "utf8"));
    expect(worker).toEqual(command);
  });

  it.each([
    { action: "allow" },
    { action: "block" },
    { action: "challenge" },
    { action: "limit", requests: 1, per: "1m" },
    { action: "charge", price: "USD 0.01" },
  ])("admit the access $action", (access) => {
    const { worker, command } = onBoth(`\uFEFF${JSON.stringify({ defaults: { access } })}`);
    expect(worker).toEqual(command);
  });

  it("contain the bot table that the file names, and documents", () => {
    const text = `{
      // A comment.
      "agents": { "bots": "./own.jsonc" },
      "documents": { "/note.txt": "./note.txt" },
    }`;
    const bot = { name: "Own", operator: "Us", category: "AI Crawler", tokens: ["own"] };
    const files = { "./own.jsonc": JSON.stringify([bot]), "./note.txt": "Hi" };
    const { worker, command } = onBoth(text, files);
    expect(worker).toEqual(command);
    expect(worker.table.map(({ name }) => name)).toContain("Own");
  });
});
