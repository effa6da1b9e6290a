import { createServer, type RequestListener, type Server } from "node:http";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { init } from "../../../src/cli/init/command.ts";
import { readSite } from "../../../src/cli/init/read-site.ts";
import { UsageError } from "../../../src/cli/usage.ts";
import { draftFor, runHere } from "../../support/run-init.ts";

const HOME =
  "<!doctype html><title>Lamps</title><main><h1>Lamps</h1><p>Words of a page.</p></main>";
let folder: string;
let server: Server;
let url: string;
let listener: RequestListener;
const seen: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-init-"));
  seen.length = 0;
  listener = home;
  server = createServer((request, response) => {
    seen.push(request.url ?? "");
    listener(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const home: RequestListener = (_request, response) => {
  response.setHeader("content-type", "text/html");
  response.end(HOME);
};

const run = (...argv: readonly string[]) =>
  runHere(init, [url, "--out", join(folder, "rules.jsonc"), ...argv]);

/** Characters that could end a comment or a string, or change the look of a line. */
const BREAKERS = [
  '*/ }, "rules": [], //',
  'x\n  "access": { "action": "block" },\n//',
  'x\r"origin": "https://evil.example",',
  'x\u2028"origin": "https://evil.example",\u2029',
  "\u202Eevil\u2066\u200F",
  '"]}}, "rules": [{"name":"x"}], "y": {"z": ["',
  '\\"\\u0022',
  "\u0000\u001b[31m\u0085",
];

describe("a hostile site", () => {
  it.each(BREAKERS)("can't break out of comments and strings by %j", async (text) => {
    const encoded = encodeURIComponent(text);
    const attribute = text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    listener = (request, response) => {
      const path = (request.url ?? "").split("?", 1)[0];
      if (path === "/robots.txt") {
        response.setHeader("content-type", "text/plain");
        response.end(
          `User-agent: ${text}\nUser-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nContent-Signal: ${text}=yes, search=${text}\nSitemap: ${url}/${text}\n`,
        );
        return;
      }
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.setHeader("set-cookie", [`${encoded}=1`, "a*/b=1", "plain=1"]);
      response.setHeader("x-powered-by", `Next.js ${encoded}`);
      response.end(
        `<!doctype html><title>${attribute}</title><meta name="generator" content="Astro ${attribute}">` +
          `<link rel="canonical" href="/${attribute}?${attribute}"><link rel="alternate" type="application/rss+xml" href="/${attribute}.xml">` +
          `<script src="/assets/${attribute}-BqXz3k2a.js"></script><script src="/assets/*/app-BqXz3k2a.js"></script>` +
          `<script src="https://${encoded}.example/x.js"></script>` +
          `<a href="/account/${attribute}">${attribute}</a><a href="/${attribute}/account">x</a><a href="/${encoded}">x</a>` +
          "<main><p>Words.</p></main>",
      );
    };
    const { rules, tests, checked, tested } = await draftFor(url, folder);
    expect(checked.faults).toEqual([]);
    expect(tested.failed).toBe(0);
    expect(tested.passed).toBeGreaterThan(3);
    for (const file of [rules, tests]) {
      expect(file).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|[^\P{Cc}\n]/u);
      expect(file).not.toMatch(/^\s*"origin": "https:\/\/evil/m);
    }
    expect(rules.match(/^ {2}"rules":/gm)).toHaveLength(1);
    expect(rules.match(/"action": "block"/g)).toHaveLength(1);
  });

  it.each([
    ["redirects in a loop", 302, { location: "/" }, /the redirects form a loop/],
    ["answers with an error", 503, {}, /answers 503/],
    [
      "sends a head that is too long",
      200,
      { "x-long": "x".repeat(60_000) },
      /head of the response is too long/,
    ],
  ])("that %s is reported, and nothing is written", async (_name, status, fields, message) => {
    listener = (_request, response) =>
      void response.writeHead(status, fields as Record<string, string>).end();
    await expect(run()).rejects.toThrow(message);
    await expect(run()).rejects.toThrow(UsageError);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("that never ends its response is given up", async () => {
    listener = (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write(HOME);
    };
    await expect(run("--timeout", "1")).rejects.toThrow(/no complete response within 1 seconds/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("that sends pages in place of robots.txt and of everything else has no documents", async () => {
    const { survey, checked, tested } = await draftFor(url, folder);
    expect(survey).toMatchObject({
      robots: { isThere: false, refused: [] },
      hasLlmsTxt: false,
      feeds: [],
    });
    expect(survey["sitemap"]).toBeUndefined();
    expect([checked.faults, tested.failed]).toEqual([[], 0]);
  });

  it("of any size costs a bounded number of requests", async () => {
    listener = (request, response) => {
      response.setHeader(
        "content-type",
        request.url === "/robots.txt" ? "text/plain" : "text/html",
      );
      const links = Array.from(
        { length: 5000 },
        (_, i) => `<a href="${request.url ?? ""}${i}/">x</a>`,
      );
      const scripts = Array.from(
        { length: 500 },
        (_, i) => `<script src="/assets/part${"abcdefghij"[i % 10]}x${i}-BqXz3k2a.js"></script>`,
      );
      response.end(
        request.url === "/robots.txt"
          ? "User-agent: bot\nDisallow: /\n".repeat(20_000)
          : `${HOME}${links.join("")}${scripts.join("")}${"x".repeat(1_000_000)}`,
      );
    };
    const { rules, tests, checked, tested } = await draftFor(url, folder, ["--pages", "3"]);
    expect(seen.length).toBeLessThan(20);
    expect(rules.length + tests.length).toBeLessThan(20_000);
    expect([checked.faults, tested.failed]).toEqual([[], 0]);
  });

  it("gets no request that its robots.txt forbids, except for the home page", async () => {
    listener = (request, response) => {
      if (request.url !== "/robots.txt") return home(request, response);
      response.setHeader("content-type", "text/plain");
      response.end("User-agent: wayleave-audit\nDisallow: /\n");
    };
    await draftFor(url, folder);
    expect(seen).toEqual(["/", "/robots.txt"]);
    await draftFor(url, folder, ["--ignore-robots"]);
    expect(seen).toContain("/llms.txt");
  });

  it("that was public at first can't lead to an address of the inner network", async () => {
    const addresses = ["93.184.216.34", "127.0.0.1"];
    const start = new URL(url.replace("127.0.0.1", "public.example"));
    const progress = { check: () => {}, request: () => {}, end: () => {} };
    const work = readSite(start, {
      maxPages: 3,
      time: 60_000,
      ignoresRobots: false,
      progress,
      lookup: (_name, done) =>
        done(null, [{ address: addresses.shift() ?? "127.0.0.1", family: 4 }]),
    });
    await expect(work).rejects.toThrow(/127\.0\.0\.1/);
    expect(seen).toEqual([]);
  });
});

describe("files", () => {
  it.each(["rules.jsonc", "rules.test.jsonc"])("that exist are not replaced: %s", async (name) => {
    const file = join(folder, name);
    writeFileSync(file, "mine");
    await expect(run()).rejects.toThrow(`${file} exists`);
    expect([readFileSync(file, "utf8"), readdirSync(folder), seen]).toEqual(["mine", [name], []]);
    await run("--force");
    expect(readFileSync(file, "utf8")).not.toBe("mine");
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it("are not written through a link that leads nowhere", async () => {
    symlinkSync(join(folder, "elsewhere"), join(folder, "rules.jsonc"));
    await expect(run()).rejects.toThrow(/EEXIST/);
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });

  it.each(["", "rules", "rules.txt", "a.test.jsonc", ".jsonc"])(
    "must not be named %j",
    async (out) => {
      await expect(runHere(init, [url, "--out", out])).rejects.toThrow(
        /--out must be a file such as/,
      );
      expect(seen).toEqual([]);
    },
  );

  it("name the schema beside them, and are described for people", async () => {
    const { out, code } = await run();
    expect(code).toBe(0);
    expect(out).toMatch(/rules\.jsonc: 0 rules in observe mode, 0 faults,\s0\swarnings\n/);
    expect(out).toMatch(/rules\.test\.jsonc: 3 tests, 0\s+failed\n/);
    expect(out).toMatch(
      new RegExp(`^  wayleave start .*--rules \\S+rules\\.jsonc --origin ${url}$`, "m"),
    );
  });
});
