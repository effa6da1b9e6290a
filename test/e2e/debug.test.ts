import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES } from "../support/runtimes.ts";
import { sampleOf } from "../support/sample.ts";
import { startCommand } from "../support/started.ts";

const RULES = {
  defaults: { markdown: true },
  rules: [{ name: "closed", match: { path: "/closed/*" }, access: { action: "challenge" } }],
};

let folder: string;
let origin: TestOrigin;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-debug-"));
  writeFileSync(join(folder, "rules.jsonc"), JSON.stringify(RULES));
  origin = await startOrigin();
  origin.routes.set("/page/", (_request, response) => {
    response.writeHead(200, { "content-type": "text/html", "cache-control": "public, max-age=60" });
    response.end("<main><h1>A</h1></main>");
  });
});

afterAll(async () => {
  await origin?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The trace of each response, without a token; undefined for those without one. */
async function tracesOf(url: string): Promise<readonly (string | undefined)[]> {
  const targets = ["/page/", "/closed/a", "/none"];
  const answers = await Promise.all(targets.map((target) => send(url + target)));
  return answers.map(({ headers }) => headers["wayleave-trace"] as string | undefined);
}

const ALL = [
  expect.stringContaining("markdown;mode=enforce"),
  expect.stringContaining('rule="closed"'),
  expect.stringContaining("anonymous"),
];
const NONE = [undefined, undefined, undefined];

// A Worker takes a while to start where the machine is busy.
describe.each(["node", "workers"])("start on %s", { timeout: 120_000 }, (runtime) => {
  const cases = [
    ["with --debug puts a trace on every response, for every client", ["--debug"], ALL],
    ["without it puts one on none", [], NONE],
  ] as const;
  // Without --debug, a Worker has DEBUG=0, as below.
  it.each(runtime === "node" ? cases : sampleOf(cases, 2))("%s", async (_name, argv, wanted) => {
    const own = ["--origin", origin.url, "--rules", "rules.jsonc", "--runtime", runtime];
    const proxy = await startCommand(folder, [...own, ...argv]);
    try {
      expect(await tracesOf(proxy.url)).toEqual(wanted);
    } finally {
      await proxy.stop();
    }
  });
});

it.each([
  ["1", ALL],
  ["0", NONE],
  ["true", NONE],
])("a Worker with DEBUG=%s does so as well, for 1 alone", async (DEBUG, wanted) => {
  const options = { origin: origin.url, rules: RULES, variables: { DEBUG } };
  const proxy = await RUNTIMES.workerd(options);
  try {
    expect(await tracesOf(proxy.url)).toEqual(wanted);
  } finally {
    await proxy.close();
  }
});
