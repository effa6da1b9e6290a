import { createServer, type RequestListener, type Server } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { doctor } from "../../src/cli/doctor/command.ts";
import type { SetupFinding } from "../../src/cli/doctor/finding.ts";
import { lookAtDirectories, lookAtLists } from "../../src/cli/doctor/identity.ts";
import { sqliteStore } from "../../src/store/adapters/sqlite/store.ts";
import { makeAuthority, type Authority } from "../support/authority.ts";
import { send } from "../support/client.ts";
import { needs } from "../support/needs.ts";
import { RUNTIMES } from "../support/runtimes.ts";
import { startHttps } from "../support/tls-origins.ts";

let folder: string;
const servers: Server[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-doctor-"));
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function rulesFile(rules: object | string): string {
  const path = join(folder, "rules.json");
  writeFileSync(path, typeof rules === "string" ? rules : JSON.stringify(rules));
  return path;
}

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  let out = "";
  const code = await doctor.run({
    argv: ["--offline", "--json", ...argv],
    env,
    input: (async function* () {})(),
    color: false,
    out: (text) => (out += String(text)),
    err: () => {},
  });
  const { findings } = JSON.parse(out) as { readonly findings: readonly SetupFinding[] };
  return {
    code,
    of: (part: SetupFinding["part"]) => findings.filter((each) => each.part === part),
  };
}

describe("wayleave doctor", () => {
  it("finds nothing bad in a set-up that works", async () => {
    const origin = await serving((_request, response) => response.end("home"));
    const store = join(folder, "store.sqlite");
    sqliteStore(store, () => 0, { countsUse: false }).close?.();
    const { code, of } = await run([
      "--rules",
      rulesFile({}),
      "--origin",
      origin,
      "--store",
      `sqlite:${store}`,
    ]);
    expect(code).toBe(0);
    for (const part of ["versions", "rules", "store", "origin", "clock"] as const)
      expect(of(part)).toMatchObject([{ result: "ok" }]);
    expect(of("certificate")).toMatchObject([{ result: "unknown" }]);
    expect(of("proxy")).toMatchObject([{ result: "unknown", todo: "Give --proxy URL." }]);
  });

  it("names faults of the rules, the store and the origin server", async () => {
    const rules = rulesFile('{ "rulez": [] }');
    const missing = `sqlite:${join(folder, "missing.sqlite")}`;
    const { code, of } = await run([
      "--rules",
      rules,
      "--origin",
      "http://127.0.0.1:1",
      "--store",
      missing,
    ]);
    expect(code).toBe(1);
    expect(of("rules")).toMatchObject([{ result: "bad", says: `${rules} has 1 fault` }]);
    expect(of("store")).toMatchObject([{ result: "bad" }]);
    expect(of("origin")[0]?.says).toMatch(/can't be reached: .*ECONNREFUSED/);
  });

  it("compares the clock, and sees a redirect to the public origin", async () => {
    const origin = await serving((_request, response) => {
      response.setHeader("date", new Date(Date.now() - 3_700_000).toUTCString());
      response.writeHead(301, { location: "https://www.example.com/" }).end();
    });
    const rules = rulesFile({ publicOrigin: "https://www.example.com" });
    const { code, of } = await run(["--rules", rules, "--origin", origin]);
    expect(code).toBe(0);
    expect(of("origin")).toMatchObject([{ result: "doubtful" }]);
    expect(of("origin")[0]?.says).toContain("redirects to the public origin (301)");
    expect(of("clock")[0]?.says).toBe("61 minutes ahead of the origin server's");
  });

  it("reports an error of the origin server", async () => {
    const origin = await serving((_request, response) => response.writeHead(503).end());
    const { code, of } = await run(["--rules", rulesFile({}), "--origin", origin]);
    expect([code, of("origin")[0]?.says]).toEqual([1, `${origin}/ answers 503`]);
  });

  it("looks at each address of named origin servers, and says the name", async () => {
    const main = await serving((_request, response) => response.end("home"));
    const [shop, unused] = [
      await serving((_request, response) => response.writeHead(503).end()),
      "http://127.0.0.1:2",
    ];
    const rules = rulesFile({
      origins: { shop: { url: [shop, "http://127.0.0.1:1"] }, unused },
      rules: [{ name: "shop", match: { path: "/shop/*" }, origin: "shop" }],
    });
    const { code, of } = await run(["--rules", rules, "--origin", main]);
    expect(code).toBe(1);
    const says = of("origin").map((each) => each.says);
    expect(says).toHaveLength(3);
    expect(says[0]).toContain(`${main}/ answers 200`);
    expect(says[1]).toBe(`shop: ${shop}/ answers 503`);
    expect(says[2]).toMatch(/^shop: http:\/\/127\.0\.0\.1:1 can't be reached/);
  });

  describe("a certificate", needs("openssl"), () => {
    let authority: Authority;
    beforeAll(() => {
      authority = makeAuthority();
    });

    it("of a private authority needs originCa, and is named before it ends", async () => {
      const certificate = authority.issue("doctor", ["IP:127.0.0.1"], 40);
      const soon = authority.issue("soon", ["IP:127.0.0.1"], 3);
      const origins = [await startHttps(certificate), await startHttps(soon)];
      const [first, second] = origins.map(({ port }) => `https://127.0.0.1:${port}`) as [
        string,
        string,
      ];
      const without = await run(["--rules", rulesFile({}), "--origin", first]);
      expect(without.of("certificate")).toMatchObject([{ result: "bad" }]);
      const named = rulesFile({
        origins: { own: { url: first, ca: authority.caFile }, other: second },
        rules: [{ name: "other", match: { path: "/other/*" }, origin: "other" }],
      });
      const several = await run(["--rules", named, "--origin", first]);
      expect(several.of("certificate")).toMatchObject([
        { result: "ok", says: expect.stringMatching(/^own: /) as string },
        { result: "bad", todo: 'Name a private authority in "origins.other.ca" of the rules.' },
      ]);
      const rules = rulesFile({ originCa: authority.caFile });
      const found = await run(["--rules", rules, "--origin", first]);
      expect(found.of("certificate")[0]).toMatchObject({ result: "ok" });
      expect(found.of("certificate")[0]?.says).toMatch(/valid for (?:39|40) days/);
      const late = await run(["--rules", rules, "--origin", second]);
      expect(late.of("certificate")[0]).toMatchObject({ result: "doubtful", todo: "Renew it." });
      await Promise.all(origins.map((each) => each.close()));
    });
  });

  it("reads the state of a running proxy with its token, and judges trustedProxyHops", async () => {
    const details = {
      status: "ok",
      rules: { version: "abc", since: "2026-11-30T00:00:00.000Z" },
      refused: null,
      store: { works: false, since: "2026-11-30T00:00:01.000Z", event: "store-down" },
      lists: [{ url: "https://a.example/a.json", entries: 0, age: null, failure: "unreachable" }],
      origins: [
        {
          name: "shop",
          addresses: [
            { address: "http://a.internal", failures: 3, outFor: 4000 },
            { address: "http://b.internal", failures: 0, outFor: 0 },
          ],
        },
      ],
      clients: { hops: 0, requests: 100, innerPeers: 99, members: [1, 99, 0, 0, 0, 0, 0] },
    };
    const proxy = await serving((request, response) => {
      const has = request.headers.authorization === "Bearer the-token-of-this-very-test";
      response.end(JSON.stringify(has ? details : { status: "ok" }));
    });
    const argv = ["--rules", rulesFile({}), "--proxy", proxy];
    const { of } = await run(argv, { ADMIN_TOKEN: "the-token-of-this-very-test" });
    expect(of("proxy").map(({ result, says }) => `${result}: ${says}`)).toEqual([
      `ok: ${proxy} is up`,
      "ok: rules abc since 2026-11-30T00:00:00.000Z",
      "bad: its store fails since 2026-11-30T00:00:01.000Z",
      "doubtful: its origin server shop is used without http://a.internal, after failures",
      "doubtful: 1 of its 1 lists are old or were never read: https://a.example/a.json (unreachable)",
      "doubtful: agents.trustedProxyHops is 0, but most requests come from a proxy and name 1 in X-Forwarded-For",
    ]);
    expect((await run(argv)).of("proxy")[1]).toMatchObject({ result: "unknown" });
  });

  it.each([
    [undefined, 0, "ok"],
    ["203.0.113.7", 0, "doubtful"],
    ["203.0.113.7", 1, "ok"],
    ["203.0.113.7", 2, "bad"],
  ] as const)(
    "judges requests that arrive with X-Forwarded-For %s if trustedProxyHops is %d",
    async (field, hops, result) => {
      const adminToken = "the-token-of-this-very-test";
      const rules = { agents: { trustedProxyHops: hops } };
      const origin = await serving((_request, response) => response.end());
      const proxy = await RUNTIMES.node({ origin, rules, adminToken });
      const headers = field === undefined ? {} : { "x-forwarded-for": field };
      // Those of a monitor do not count, although they are more and earlier.
      for (let i = 0; i < 60; i++) await send(`${proxy.url}/.wayleave/ready`);
      for (let i = 0; i < 30; i++) await send(`${proxy.url}/page`, { headers });
      const argv = ["--rules", rulesFile(rules), "--proxy", proxy.url];
      const { of } = await run(argv, { ADMIN_TOKEN: adminToken });
      await proxy.close();
      const last = of("proxy").at(-1);
      expect(last?.says).toContain(`agents.trustedProxyHops is ${hops}`);
      expect([last?.result, last?.says]).toEqual([result, last?.says]);
    },
  );

  it("says if something else answers in place of a proxy", async () => {
    const other = await serving((_request, response) => response.end("<!doctype html>"));
    const missing = await serving((_request, response) => response.writeHead(404).end("{}"));
    for (const proxy of [other, missing, "http://127.0.0.1:1"]) {
      const { code, of } = await run(["--rules", rulesFile({}), "--proxy", proxy]);
      expect([code, of("proxy")[0]?.result]).toEqual([1, "bad"]);
    }
  });

  it("judges lists and directories by their age and failures", () => {
    const list = {
      url: "https://a.example/a.json",
      ranges: 3,
      refused: 0,
      age: 60,
      failure: undefined,
    };
    const says = (ipRanges: readonly object[]) =>
      lookAtLists({ directories: [], ipRanges: ipRanges as never }).map((each) => each.says);
    expect(says([])).toEqual(["the bot table names no address lists"]);
    expect(says([list])).toEqual(["1 list, the oldest 60 seconds old"]);
    expect(says([list, { ...list, age: undefined }])[0]).toMatch(/^1 list can't be read: https/);
    expect(says([{ ...list, age: 49 * 3600 }])[0]).toMatch(/^1 list older than 48 hours/);
    expect(says([{ ...list, refused: 2 }])[0]).toMatch(/^entries that are no addresses/);
    const directory = {
      url: "https://b.example/",
      keys: ["k"],
      age: 1,
      failure: undefined,
      card: undefined,
    };
    const of = (directories: readonly object[]) =>
      lookAtDirectories({ ipRanges: [], directories: directories as never }).map(
        (each) => each.says,
      );
    expect(of([directory])).toEqual(["all 1 can be read"]);
    expect(of([{ ...directory, age: undefined, failure: "directory-unavailable" }])[0]).toBe(
      "1 directory can't be read (directory-unavailable): https://b.example/",
    );
    expect(of([{ ...directory, keys: [] }])).toEqual(["no usable key in https://b.example/"]);
  });
});
