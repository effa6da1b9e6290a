import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

/** A project of somebody else's, with the built package in its node_modules. */
const home = mkdtempSync(join(tmpdir(), "wayleave-foreign-"));

/** A feature with its own key, options and reasons, as its author writes it. */
const FEATURE = `
import * as v from "valibot";
import { defineFeature, modeEntries } from "wayleave/feature";
import { FEATURES } from "wayleave/features";

export const greeting = defineFeature({
  key: "greeting",
  does: "Greets clients in a response field.",
  options: v.strictObject({ ...modeEntries, text: v.optional(v.string(), "hello") }),
  actions: { greet: { did: "greeted", would: "would be greeted" } },
  none: { name: "silence", says: "not greeted" },
  reasons: {
    greeted: { is: "done", says: ({ policy }) => \`the rule's text is \${policy.text}\` },
    status: { says: "only a 200 is greeted" },
  },
  warnings: ({ text }) =>
    text === "" ? [{ level: "warning", code: "empty", path: ["text"], message: "an empty greeting" }] : [],
  create: () => ({
    onResponse: ({ status }, _exchange, { text }) =>
      status === 200
        ? { kind: "amend", reason: "greeted", fields: { set: [["x-greeting", text]] } }
        : { kind: "declined", reason: "status" },
  }),
});

export const features = [greeting, ...FEATURES] as const;
export default features;

defineFeature({
  ...greeting,
  create: () => ({
    // @ts-expect-error: the feature names no such reason
    onRequest: () => ({ kind: "declined", reason: "no-mood" }),
  }),
});
`;

const RULES = `import type { RulesInput } from "wayleave";
import { features } from "./feature.js";

export const rules: RulesInput<typeof features> = {
  defaults: { greeting: { text: "welcome" } },
  rules: [{ name: "quiet", match: { path: "/quiet/*" }, greeting: false, markdown: true }],
};
// @ts-expect-error: the text is no number
export const wrong: RulesInput<typeof features> = { defaults: { greeting: { text: 7 } } };
// @ts-expect-error: no feature has this key
export const unknown: RulesInput<typeof features> = { defaults: { greting: true } };
`;

const PROGRAM = `import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { wayleave } from "wayleave";
import { NODE_DECODABLE, nodeIdentity, serve, streamEngine } from "wayleave/node";
import { loadRules } from "wayleave/rules";
import { memoryStore } from "wayleave/store";
import { features } from "./feature.js";
import { rules } from "./rules.js";

const now = () => Math.floor(Date.now() / 1000);
const origin = createServer((_request, response) => response.end("page")).listen(0, "127.0.0.1");
await new Promise((resolve) => origin.once("listening", resolve));
const { port } = origin.address() as AddressInfo;
const loaded = loadRules(JSON.stringify(rules), "rules", "[]", () => undefined, features);
const proxy = await serve(
  { ...loaded, dev: false, originServer: \`http://127.0.0.1:\${port}\` },
  {
    ...nodeIdentity({ dev: false }),
    store: memoryStore(),
    engine: streamEngine,
    codecs: [],
    decodable: NODE_DECODABLE,
    now,
    log: { info: () => {}, warn: () => {} },
  },
  { port: 0, host: "127.0.0.1" },
);
const app = new Hono();
app.use(wayleave({ rules, features }));
app.get("*", (context) => context.text("page"));
const greetings = async (get: (path: string) => Response | Promise<Response>) =>
  Promise.all(["/", "/quiet/x"].map(async (path) => (await get(path)).headers.get("x-greeting")));
const found = {
  node: await greetings((path) => fetch(proxy.url + path)),
  hono: await greetings((path) => app.request(path)),
};
console.log(JSON.stringify(found));
await proxy.close(0);
origin.close();
`;

const TSCONFIG = {
  compilerOptions: {
    target: "es2024",
    lib: ["es2024", "dom", "dom.iterable", "dom.asynciterable", "esnext.typedarrays"],
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ["node"],
  },
};

beforeAll(async () => {
  const modules = join(home, "node_modules");
  mkdirSync(join(modules, "wayleave"), { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  for (const part of ["package.json", "rules", "wasm", "scripts", "wrangler.jsonc"]) {
    cpSync(join(ROOT, part), join(modules, "wayleave", part), { recursive: true });
  }
  const dist = join(modules, "wayleave", "dist");
  await run(process.execPath, [join(ROOT, "scripts", "build.ts"), dist], { cwd: ROOT });
  writeFileSync(join(home, "package.json"), '{ "private": true, "type": "module" }');
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify(TSCONFIG));
  writeFileSync(join(home, "feature.ts"), FEATURE);
  writeFileSync(join(home, "rules.ts"), RULES);
  writeFileSync(join(home, "main.ts"), PROGRAM);
}, 120_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function wayleave(...argv: string[]) {
  const script = join(home, "node_modules", "wayleave", "scripts", "wayleave.mjs");
  const options = { cwd: home, env: { ...process.env, NO_COLOR: "1" } };
  return run(process.execPath, [script, ...argv], options).then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      out: stdout + stderr,
    }),
  );
}

describe("a feature of a foreign project", { timeout: 60_000 }, () => {
  test("is typed, with its reasons and in rules, and works on Node and in a Hono app", async () => {
    const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
    await run(process.execPath, [tsc, "-p", home], { cwd: home });
    const { stdout } = await run(process.execPath, ["main.js"], { cwd: home });
    expect(JSON.parse(stdout)).toEqual({ node: ["welcome", null], hono: ["welcome", null] });
  });

  test("is known to check, explain and policy tests", async () => {
    const rules = { defaults: { greeting: { text: "" } }, rules: [] };
    writeFileSync(join(home, "site.jsonc"), JSON.stringify(rules));
    const use = ["--features", "feature.js"];
    const checked = await wayleave("check", "site.jsonc", "--json", ...use);
    expect(JSON.parse(checked.out)).toMatchObject({
      faults: [],
      warnings: [{ pointer: "/defaults/greeting/text", code: "empty", line: 1 }],
    });
    const unknown = await wayleave("check", "site.jsonc");
    expect(unknown.code).toBe(1);
    expect(unknown.out).toContain('unknown key "greeting"');

    const explained = await wayleave("explain", "/", "--rules", "site.jsonc", ...use);
    expect(explained.out).toMatch(/greeting +greeted: the rule's text is {2}\(defaults, enforce\)/);

    const tests = [{ name: "greets", request: { url: "/" }, expect: { greeting: "greet" } }];
    writeFileSync(join(home, "site.test.jsonc"), JSON.stringify({ tests }));
    const tested = await wayleave("test", "--rules", "site.jsonc", ...use);
    expect(tested).toEqual({ code: 0, out: "site.test.jsonc: 1 test, 0 failed\n" });
  });
});
