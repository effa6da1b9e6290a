import { createHash, generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { parse } from "jsonc-parser";
import { parse as parseLinkset } from "@drupal/linkset";
import { SaxesParser } from "saxes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDemoOrigin, type DemoOrigin } from "../../src/cli/start/demo/origin.ts";
import { send, type RawResponse } from "../support/client.ts";
import { contentsOf } from "../support/rsl.ts";
import { faultsOfSecurityTxt } from "../support/security-txt.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const root = new URL("../..", import.meta.url).pathname;
const SITE = "https://lantern.example";

/** The rules of the example for the demo site, with what depends on the time or needs a key. */
const example = parse(
  readFileSync(join(root, "rules/examples/agent-ready.jsonc"), "utf8").replaceAll(
    "https://www.example.com",
    SITE,
  ),
  [],
  { allowTrailingComma: true },
) as { documents: object; defaults: object };
const RULES = {
  ...example,
  publicOrigin: SITE,
  agents: { ownDirectory: true },
  defaults: {
    ...example.defaults,
    compression: true,
    cache: true,
    canonicalRedirect: true,
    resourceMetadata: true,
  },
  documents: {
    ...example.documents,
    "/.well-known/security.txt": {
      text: `Contact: https://lantern.example/security\nExpires: ${new Date(Date.now() + 30 * 86_400_000).toISOString()}\n`,
    },
  },
};

type Get = (path: string, headers?: Record<string, string>) => Promise<RawResponse>;

const typeOf = ({ headers }: RawResponse) => (headers["content-type"] ?? "").split(";")[0];
const jsonOf = ({ body }: RawResponse) => JSON.parse(body.toString()) as Record<string, unknown>;

/** The name of the root element, by an independent XML parser. */
function rootOf(text: string): string | undefined {
  const names: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ local }) => names.push(local));
  parser.write(text).close();
  return names[0];
}

/** The checks of scanners that such a site can pass, as they send them. */
const CHECKS: Readonly<Record<string, (get: Get) => Promise<void>>> = {
  async robotsTxt(get) {
    const answer = await get("/robots.txt");
    expect([answer.status, typeOf(answer)]).toEqual([200, "text/plain"]);
    expect(answer.body.toString()).toMatch(/^user-agent:/im);
    expect(answer.body.toString()).not.toMatch(/<html/i);
  },
  async sitemap(get) {
    const answer = await get("/sitemap.xml");
    expect(answer.status).toBe(200);
    expect(rootOf(answer.body.toString())).toMatch(/^(?:urlset|sitemapindex)$/);
  },
  async linkHeaders(get) {
    const { headers } = await get("/");
    expect([headers["link"]].join()).toMatch(/rel="api-catalog".*rel="describedby"/);
  },
  async markdownNegotiation(get) {
    expect(typeOf(await get("/", { accept: "text/markdown" }))).toBe("text/markdown");
  },
  async robotsTxtAiRules(get) {
    expect((await get("/robots.txt")).body.toString()).toMatch(/^user-agent:\s*\S/im);
  },
  async contentSignals(get) {
    const text = (await get("/robots.txt")).body.toString();
    // Inside a group: after a User-agent line, with no blank line between.
    expect(text).toMatch(
      /^user-agent: \*\n(?:\S.*\n)*content-signal: search=yes, ai-input=yes, ai-train=no$/im,
    );
    expect(text).toMatch(/^license: https:\/\/lantern\.example\/license\.xml$/im);
  },
  async securityTxt(get) {
    const answer = await get("/.well-known/security.txt");
    expect([answer.status, typeOf(answer)]).toEqual([200, "text/plain"]);
    expect(faultsOfSecurityTxt(answer.body.toString(), Date.now())).toEqual([]);
  },
  async webBotAuth(get) {
    const answer = await get("/.well-known/http-message-signatures-directory");
    expect(answer.status).toBe(200);
    expect(jsonOf(answer)["keys"]).toHaveLength(1);
  },
  async apiCatalog(get) {
    const answer = await get("/.well-known/api-catalog", {
      accept: "application/linkset+json, application/json",
    });
    expect([answer.status, typeOf(answer)]).toEqual([200, "application/linkset+json"]);
    expect([...parseLinkset(answer.body.toString())].length).toBeGreaterThan(0);
  },
  async agentSkills(get) {
    const answer = await get("/.well-known/agent-skills/index.json");
    const [skill] = jsonOf(answer)["skills"] as { url: string; digest: string }[];
    const artifact = await get(
      new URL(skill?.url ?? "", `${SITE}/.well-known/agent-skills/index.json`).pathname,
    );
    expect(skill?.digest).toBe(
      `sha256:${createHash("sha256").update(artifact.body).digest("hex")}`,
    );
  },
  async ard(get) {
    const answer = await get("/.well-known/ai-catalog.json");
    expect([answer.status, typeOf(answer), answer.headers["access-control-allow-origin"]]).toEqual([
      200,
      "application/json",
      "*",
    ]);
    const { specVersion, entries } = jsonOf(answer) as { specVersion: string; entries: object[] };
    expect(typeof specVersion).toBe("string");
    for (const entry of entries) expect("url" in entry !== "data" in entry).toBe(true);
  },
  async license(get) {
    const answer = await get("/license.xml");
    expect(contentsOf(answer.body.toString())).toEqual([
      { url: "/", permits: ["search", "ai-input"], prohibits: ["ai-train"] },
    ]);
  },
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "agent readiness of the demo site on %s",
  (runtime) => {
    let origin: DemoOrigin;
    let proxy: Proxy;
    beforeAll(async () => {
      origin = await startDemoOrigin({ root: join(root, "fixtures", "site") });
      const key = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
      proxy = await RUNTIMES[runtime]({
        origin: origin.url,
        rules: RULES,
        ownKeys: JSON.stringify(key),
      });
    });
    afterAll(async () => {
      await proxy?.close();
      await origin?.close();
    });

    const get: Get = (path, headers = {}) =>
      send(proxy.url + path, { headers: { accept: "*/*", ...headers } });

    test.each(Object.keys(CHECKS))("%s", async (id) => {
      await CHECKS[id]?.(get);
    });

    test("nothing is invented: no card of an agent, a server or an authorization server", async () => {
      for (const path of [
        "agent-card.json",
        "mcp/server-card.json",
        "oauth-protected-resource",
        "openid-configuration",
      ]) {
        expect([path, (await get(`/.well-known/${path}`)).status]).toEqual([path, 404]);
      }
    });
  },
);
