import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { check } from "../../src/cli/check.ts";
import { explain } from "../../src/cli/explain/command.ts";

let folder: string;
const servers: Server[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-check-origin-"));
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

type Fields = Readonly<Record<string, string>>;

/** A site of a page that names scripts, and of the fields of each address. */
async function siteOf(fields: Readonly<Record<string, Fields>>) {
  const asked: string[] = [];
  const answer: RequestListener = (request, response) => {
    const target = request.url ?? "";
    asked.push(`${target}${request.headers.cookie === undefined ? "" : " with a cookie"}`);
    const own = fields[target];
    if (own === undefined) response.writeHead(404).end();
    else if (own["location"] !== undefined) response.writeHead(302, own).end();
    else if (target.endsWith(".js")) {
      response.writeHead(200, { "content-type": "text/javascript", ...own });
      response.end("call(1);\n".repeat(500));
    } else {
      const scripts = Object.keys(fields).filter((each) => each.endsWith(".js"));
      const tags = scripts.map((each) => `<script src="${each}"></script>`).join("\n");
      response.writeHead(200, { "content-type": "text/html", ...own });
      response.end(`<!doctype html><title>a</title>${tags}<p>${"text ".repeat(400)}`);
    }
  };
  const server = createServer(answer);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const AUTOMATIC = { defaults: { compression: { dictionary: true } } };

function rulesFile(rules: object): string {
  const path = join(folder, "rules.json");
  writeFileSync(path, JSON.stringify({ publicOrigin: "https://www.example.com", ...rules }));
  return path;
}

async function run(command: typeof check, argv: readonly string[]) {
  let out = "";
  const context = { env: {}, input: (async function* () {})(), color: false, err: () => {} };
  const code = await command.run({ ...context, argv, out: (text) => (out += String(text)) });
  return { code, out };
}

interface Found {
  readonly warnings: readonly { pointer: string; code: string; message: string }[];
  readonly responses: readonly { target: string; status: number; reason?: string }[];
}

async function probe(rules: object, origin: string, ...argv: string[]): Promise<Found> {
  const { out } = await run(check, [rulesFile(rules), "--json", "--origin", origin, ...argv]);
  const { warnings, responses } = JSON.parse(out) as Found;
  return { warnings: warnings.filter(({ code }) => code === "no-dictionary"), responses };
}

describe("wayleave check --origin", () => {
  it("says what keeps the site's files and pages from dictionaries, and the remedy", async () => {
    const { url, asked } = await siteOf({
      "/": { "cache-control": "no-cache", "content-security-policy": "default-src 'none'" },
      "/app-3f9c2b7a.js": { "cache-control": "public, max-age=86400" },
      "/none-3f9c2b7a.js": { "cache-control": "public" },
      "/none-8a1d04ce.js": { "cache-control": "public, max-age=0" },
      "/mine-3f9c2b7a.js": { "cache-control": "private, max-age=600" },
      "/quiet-3f9c2b7a.js": { "cache-control": "max-age=600" },
    });
    const { warnings, responses } = await probe(AUTOMATIC, url);
    expect(responses).toEqual([
      { target: "/", status: 200, reason: "csp-forbids-dictionary" },
      { target: "/app-3f9c2b7a.js", status: 200 },
      { target: "/none-3f9c2b7a.js", status: 200, reason: "not-fresh" },
      { target: "/none-8a1d04ce.js", status: 200, reason: "not-fresh" },
      { target: "/mine-3f9c2b7a.js", status: 200, reason: "not-public" },
      { target: "/quiet-3f9c2b7a.js", status: 200, reason: "cookies-not-public" },
    ]);
    expect(warnings.map(({ pointer }) => pointer)).toEqual(
      warnings.map(() => "/defaults/compression"),
    );
    const messages = warnings.map(({ message }) => message);
    expect(messages).toHaveLength(4);
    expect(messages[0]).toMatch(/^\/: .*forbids browsers to fetch.* Add 'self' to its connect-src/);
    expect(messages[1]).toMatch(/^\/none-3f9c2b7a\.js and 1 more: .*Send Cache-Control: max-age=/);
    expect(messages[2]).toMatch(/^\/mine-3f9c2b7a\.js: .*Cache-Control: public, max-age/);
    expect(messages[3]).toMatch(/^\/quiet-3f9c2b7a\.js: .*public, s-maxage or immutable/);
    expect(asked).toContain("/app-3f9c2b7a.js with a cookie");
    expect(asked.some((each) => each.startsWith("/ with"))).toBe(false);
  });

  it("names the rule, and follows a redirect of the page", async () => {
    const { url } = await siteOf({
      "/": { location: "/en/" },
      "/en/": { "cache-control": "max-age=60" },
      "/assets/app.1.js": {},
    });
    const rules = {
      rules: [
        {
          name: "bundles",
          match: { path: "/assets/*" },
          compression: { dictionary: { match: "/assets/app.*.js" } },
        },
      ],
    };
    const { warnings, responses } = await probe(rules, url);
    expect(responses.map(({ target, reason }) => [target, reason])).toEqual([
      ["/en/", undefined],
      ["/assets/app.1.js", "not-fresh"],
    ]);
    expect(warnings).toMatchObject([{ pointer: "/rules/0/compression" }]);
    const { out, code } = await run(check, [rulesFile(rules), "--origin", url]);
    expect(code).toBe(0);
    expect(out).toContain("2 responses of the origin server, 1 without a dictionary");
  });

  it("says that a policy forbids the stand-alone dictionary of a rule", async () => {
    const { url } = await siteOf({
      "/blog/a": {
        "cache-control": "public, max-age=60",
        "content-security-policy": "connect-src 'none'",
      },
    });
    const compression = { dictionary: { match: "/blog/*", from: "/blog.dict" } };
    const rules = { rules: [{ name: "blog", match: { path: "/blog/*" }, compression }] };
    const { responses } = await probe(rules, url, "--page", "/blog/a");
    expect(responses).toMatchObject([{ reason: "csp-forbids-dictionary" }]);
  });

  it("requests a bounded number of addresses of that site only", async () => {
    const names = Array.from({ length: 60 }, (_, i) => `/app${i}-3f9c2b7a.js`);
    const quiet = { "cache-control": "public, max-age=60" };
    const { url } = await siteOf({
      "/": {},
      "https://cdn.example.net/other.js": quiet,
      ...Object.fromEntries(names.map((name) => [name, quiet])),
    });
    const { responses, warnings } = await probe(AUTOMATIC, url);
    expect(responses).toHaveLength(24);
    expect(responses.every(({ target }) => target.startsWith("/"))).toBe(true);
    expect(warnings).toEqual([]);
  });

  it("fails if the origin server does not respond, and at wrong options", async () => {
    const file = rulesFile(AUTOMATIC);
    const silent = run(check, [file, "--origin", "http://127.0.0.1:1"]);
    await expect(silent).rejects.toThrow("no response from http://127.0.0.1:1/");
    for (const [argv, message] of [
      [[file, "--page", "/"], "--page needs --origin"],
      [[file, "--origin", "ftp://example.com"], "--origin must be an origin"],
      [[file, file + "x", "--origin", "http://127.0.0.1:1"], "can't read"],
      [[file, "--origin", "http://127.0.0.1:1", "--page", "a page"], "is not a path"],
    ] as const) {
      await expect(run(check, argv), message).rejects.toThrow(message);
    }
  });
});

describe("wayleave explain --origin", () => {
  it("prints the remedy for no dictionary beside a plain coding", async () => {
    const { url } = await siteOf({ "/none-3f9c2b7a.js": { "cache-control": "public" } });
    const argv = ["/none-3f9c2b7a.js", "--rules", rulesFile(AUTOMATIC), "--origin", url];
    const { out } = await run(explain, [...argv, "--header", "Accept-Encoding: br"]);
    const words = out.replaceAll(/\s+/g, " ");
    expect(words).toContain("as br; no delta: the response is not fresh");
    expect(words).toContain("→ Send Cache-Control: max-age=…");
  });

  it("says that the policy of a page forbids a dictionary, also before there is one", async () => {
    const { url } = await siteOf({ "/": { "content-security-policy": "default-src 'none'" } });
    const argv = ["/", "--rules", rulesFile(AUTOMATIC), "--origin", url];
    const { out } = await run(explain, [...argv, "--header", "Accept-Encoding: br"]);
    expect(out.replaceAll(/\s+/g, " ")).toContain("→ Add 'self' to its connect-src.");
  });
});
