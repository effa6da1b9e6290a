import { createHash } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { open, send, type RawResponse } from "../support/client.ts";
import { startKv, type TestKv } from "../support/kv.ts";
import { underLoad, type Load } from "../support/load.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";
import { startCommand, type StartedProxy } from "../support/started.ts";

const TOKEN = "the-token-of-the-operator";
const markdown = { headers: { accept: "text/markdown" } };
const offline = { ipRanges: false };

/** Two versions that differ in what the runtime, the matching and a stage do of a request. */
const versions = {
  a: {
    health: true,
    publicOrigin: "https://a.example",
    agents: offline,
    defaults: { markdown: { tokens: true, keepFor: false } },
  },
  b: {
    health: true,
    publicOrigin: "https://b.example",
    agents: offline,
    rules: [{ name: "pages", match: { host: "b.example" }, markdown: { keepFor: false } }],
  },
};
const texts = { a: JSON.stringify(versions.a), b: JSON.stringify(versions.b) };
type Name = keyof typeof versions;

/** Which version made an answer; "neither" where parts of it are of different ones. */
function versionOf({ status, headers, body }: RawResponse): Name | "neither" {
  const [, name] = /^url: "https:\/\/([ab])\.example\/page\/"$/m.exec(body.toString()) ?? [];
  const isWhole = body.toString().endsWith("The end.\n") && status === 200;
  const hasTokens = headers["x-markdown-tokens"] !== undefined;
  if (!isWhole || name === undefined || hasTokens !== (name === "a")) return "neither";
  return name as Name;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

interface Health {
  readonly rules: { readonly version: string | null };
  readonly refused: { readonly version: string } | null;
}

async function health({ url }: { readonly url: string }): Promise<Health> {
  const got = await send(`${url}/healthz`, { headers: { authorization: `Bearer ${TOKEN}` } });
  return JSON.parse(got.body.toString()) as Health;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function inForce(proxy: { readonly url: string }, text: string): Promise<void> {
  await until(async () => (await health(proxy)).rules.version === hashOf(text));
}

/** How often it has been said that rules are in force; those of one text, if it is given. */
function timesTold(proxy: StartedProxy, text?: string): number {
  const lines = proxy.said().split("\n");
  const told = lines.filter((line) => line.includes('"event":"rules-in-force"'));
  return told.filter((line) => text === undefined || line.includes(hashOf(text))).length;
}

/** Waits for so many more answers that the change before has been seen, however slow this machine is. */
async function more(answers: readonly unknown[]): Promise<void> {
  const enough = answers.length + 110;
  await until(() => answers.length >= enough);
}

function expectWhole({ answers, failures }: Load): void {
  expect(failures).toEqual([]);
  const seen = answers.map(versionOf);
  expect(seen.filter((name) => name === "neither")).toEqual([]);
  expect(seen.length).toBeGreaterThan(100);
  for (const name of ["a", "b"] as const) {
    expect(seen.filter((each) => each === name).length).toBeGreaterThan(20);
  }
}

let origin: TestOrigin;

beforeAll(async () => {
  origin = await startOrigin();
  let count = 0;
  origin.routes.set("/page/", (_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.write("<h1>Page</h1>");
    // So that requests are under way in every phase when versions change.
    setTimeout(() => response.end("<p>The end.</p>"), count++ % 40);
  });
});
afterAll(() => origin?.close());

describe("rules in a file, on Node", { timeout: 120_000 }, () => {
  let folder: string;
  let proxy: StartedProxy;
  const file = (): string => join(folder, "rules.jsonc");
  /** As most editors and tools do it. */
  const replace = (text: string): void => {
    writeFileSync(`${file()}.new`, text);
    renameSync(`${file()}.new`, file());
  };
  const start = (...argv: string[]) =>
    startCommand(folder, ["--runtime", "node", "--rules", "rules.jsonc", ...argv], {
      ADMIN_TOKEN: TOKEN,
    });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-reload-"));
  });
  afterEach(async () => {
    await proxy?.stop();
    rmSync(folder, { recursive: true });
  });

  it("change under load: every answer is of one version, and none is lost", async () => {
    replace(texts.a);
    proxy = await start("--origin", origin.url);
    await inForce(proxy, texts.a);
    const load = await underLoad(`${proxy.url}/page/`, markdown, 16, async (answers) => {
      for (const name of ["b", "a", "b", "a"] as const) {
        replace(texts[name]);
        await inForce(proxy, texts[name]);
        await more(answers);
      }
    });
    expectWhole(load);
    expect(await proxy.stop()).toBe(0);
  });

  it("stay in force if a changed file has faults, and each fault is reported", async () => {
    writeFileSync(file(), texts.a);
    proxy = await start("--origin", origin.url);
    const broken = '{\n  "helth": true,\n  "defaults": { "markdwon": true }\n}';
    writeFileSync(file(), broken);
    await until(async () => (await health(proxy)).refused !== null);
    expect(await health(proxy)).toMatchObject({
      rules: { version: hashOf(texts.a) },
      refused: { version: hashOf(broken) },
    });
    expect(versionOf(await send(`${proxy.url}/page/`, markdown))).toBe("a");
    const line = proxy
      .said()
      .split("\n")
      .find((each) => each.includes("rules-refused"));
    const { faults } = JSON.parse(line ?? "{}") as { faults: string[] };
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/^rules:2:3: unknown key "helth"; did you mean "health"\?/);
    expect(faults[1]).toMatch(/^rules:3:17: unknown key "markdwon"/);
    // A stranger learns neither path nor fault.
    const told = JSON.stringify(await health(proxy));
    for (const secret of ["markdwon", folder, "rules.jsonc"]) expect(told).not.toContain(secret);
    rmSync(file());
    await until(() => proxy.said().includes("can't read the rules file"));
    replace(texts.b);
    await inForce(proxy, texts.b);
    expect((await health(proxy)).refused).toBeNull();
  });

  it("change with the bot table that they name", async () => {
    const rules = JSON.stringify({
      health: true,
      agents: { ...offline, bots: "./table.jsonc" },
      rules: [{ name: "probe", match: { agent: { name: "Probe" } }, markdown: true }],
    });
    const bot = { name: "Probe", operator: "x", category: "AI Crawler", behaviours: [] };
    const table = (token: string): string => JSON.stringify([{ ...bot, tokens: [token] }]);
    writeFileSync(file(), rules);
    writeFileSync(join(folder, "table.jsonc"), table("FirstBot"));
    proxy = await start("--origin", origin.url);
    await inForce(proxy, rules + table("FirstBot"));
    const typeFor = async (agent: string): Promise<string | undefined> => {
      const headers = { ...markdown.headers, "user-agent": agent };
      return (await send(`${proxy.url}/page/`, { headers })).headers["content-type"];
    };
    expect(await typeFor("FirstBot/1.0")).toContain("text/markdown");
    writeFileSync(join(folder, "table.jsonc"), table("SecondBot"));
    await inForce(proxy, rules + table("SecondBot"));
    expect(await typeFor("FirstBot/1.0")).toContain("text/html");
    expect(await typeFor("SecondBot/1.0")).toContain("text/markdown");
  });

  it("are read again on SIGHUP, and the proxy continues", async () => {
    writeFileSync(file(), texts.a);
    proxy = await start("--origin", origin.url);
    await inForce(proxy, texts.a);
    // The log line arrives through a pipe, perhaps after the response.
    await until(() => timesTold(proxy) === 1);
    proxy.signal("SIGHUP");
    await until(() => timesTold(proxy) === 2);
    expect(versionOf(await send(`${proxy.url}/page/`, markdown))).toBe("a");
    expect(await proxy.stop()).toBe(0);
  });

  it("may name another origin: a request under way ends at the one that it began with", async () => {
    const other = await startOrigin();
    other.routes.set("/where", (_request, response) => response.end("the other"));
    origin.routes.set("/where", (_request, response) => response.end("the first"));
    let finish = (): void => {};
    origin.routes.set("/slow", (_request, response) => {
      response.write("begun, ");
      finish = () => response.end("and ended");
    });
    const at = (url: string): string => JSON.stringify({ health: true, origin: url });
    writeFileSync(file(), at(origin.url));
    proxy = await start();
    const where = async (): Promise<string> => (await send(`${proxy.url}/where`)).body.toString();
    expect(await where()).toBe("the first");
    const slow = await open(`${proxy.url}/slow`);
    replace(at(other.url));
    await inForce(proxy, at(other.url));
    expect(await where()).toBe("the other");
    finish();
    let text = "";
    for await (const piece of slow) text += String(piece);
    expect(text).toBe("begun, and ended");
    replace('{ "health": true }');
    await until(() => proxy.said().includes("the rules no longer name an origin"));
    expect(await where()).toBe("the other");
    await other.close();
  });
});

describe("rules in a file, on workerd behind wrangler", { timeout: 120_000 }, () => {
  it("change without a restart, on SIGHUP too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wayleave-reload-"));
    const file = join(folder, "rules.jsonc");
    writeFileSync(file, texts.a);
    const argv = ["--runtime", "workers", "--rules", "rules.jsonc", "--origin", origin.url];
    const proxy = await startCommand(folder, argv, { ADMIN_TOKEN: TOKEN });
    await inForce(proxy, texts.a);
    writeFileSync(`${file}.new`, texts.b);
    renameSync(`${file}.new`, file);
    await inForce(proxy, texts.b);
    expect(versionOf(await send(`${proxy.url}/page/`, markdown))).toBe("b");
    // The command tells of each version, and so does the Worker, with its first request.
    await until(() => timesTold(proxy, texts.a) >= 2 && timesTold(proxy, texts.b) >= 2);
    const before = timesTold(proxy);
    proxy.signal("SIGHUP");
    await until(() => timesTold(proxy) > before);
    expect(versionOf(await send(`${proxy.url}/page/`, markdown))).toBe("b");
    // The Worker has started anew.
    await until(() => timesTold(proxy, texts.b) >= 4);
    await proxy.stop();
    rmSync(folder, { recursive: true });
  });
});

describe("rules in KV, on workerd", { timeout: 120_000 }, () => {
  let kv: TestKv;
  let proxy: Proxy | undefined;
  const start = async (): Promise<Proxy> => {
    const deployed = { ...versions.a, publicOrigin: "https://deployed.example" };
    proxy = await RUNTIMES.workerd({
      origin: origin.url,
      rules: deployed,
      kv: kv.url,
      adminToken: TOKEN,
    });
    return proxy;
  };

  beforeEach(async () => {
    kv = await startKv();
  });
  afterEach(async () => {
    await proxy?.close();
    await kv.close();
  });

  it("change under load: every answer is of one version, and none waits for KV", async () => {
    kv.entries.set("rules", texts.a);
    const { url } = await start();
    // The first request of all, too.
    expect(versionOf(await send(`${url}/page/`, markdown))).toBe("a");
    const began = Date.now();
    const load = await underLoad(`${url}/page/`, markdown, 16, async (answers) => {
      for (const name of ["b", "a", "b"] as const) {
        kv.entries.set("rules", texts[name]);
        await inForce({ url }, texts[name]);
        await more(answers);
      }
    });
    expectWhole(load);
    // Once a second at most, however many requests there are.
    const looks = kv.reads.filter((key) => key === "rules").length;
    expect(looks).toBeLessThanOrEqual((Date.now() - began) / 1000 + 4);
  });

  it("stay in force while KV has others with faults, in new isolates too", async () => {
    kv.entries.set("rules", texts.b);
    const first = await start();
    await inForce(first, texts.b);
    await until(() => kv.entries.has("rules/last-good"));
    const broken = '{ "defaults": { "markdwon": true } }';
    kv.entries.set("rules", broken);
    await until(async () => (await health(first)).refused?.version === hashOf(broken));
    expect(versionOf(await send(`${first.url}/page/`, markdown))).toBe("b");
    expect(first.log.join("")).toContain("rules:1:17: unknown key");
    await first.close();
    const second = await start();
    await inForce(second, texts.b);
    expect((await health(second)).refused?.version).toBe(hashOf(broken));
    expect(versionOf(await send(`${second.url}/page/`, markdown))).toBe("b");
  });

  it("bring along the bot table that they name", async () => {
    const rules = JSON.stringify({
      health: true,
      agents: { ...offline, bots: "./table.jsonc" },
      rules: [{ name: "probe", match: { agent: { name: "Probe" } }, markdown: true }],
    });
    const bot = { name: "Probe", operator: "x", category: "AI Crawler", behaviours: [] };
    const table = JSON.stringify([{ ...bot, tokens: ["ProbeBot"] }]);
    kv.entries.set("rules", rules);
    kv.entries.set("rules/table.jsonc", table);
    const { url } = await start();
    await inForce({ url }, rules + table);
    const headers = { ...markdown.headers, "user-agent": "ProbeBot/1.0" };
    const got = await send(`${url}/page/`, { headers });
    expect(got.headers["content-type"]).toContain("text/markdown");
  });

  it("no longer apply after their removal: those of the deploy do", async () => {
    kv.entries.set("rules", texts.a);
    const { url } = await start();
    await inForce({ url }, texts.a);
    kv.entries.delete("rules");
    await until(async () =>
      (await send(`${url}/page/`, markdown)).body.toString().includes("https://deployed.example"),
    );
  });

  it.each(["fails", "hangs"] as const)("are those of the deploy if KV %s", async (mode) => {
    kv.entries.set("rules", texts.b);
    kv.mode = mode;
    const { url } = await start();
    const got = await send(`${url}/page/`, markdown);
    expect(got.body.toString()).toContain("https://deployed.example");
    if (mode === "hangs") return;
    kv.mode = "works";
    await inForce({ url }, texts.b);
  });
});
