import { createHash } from "node:crypto";
import { parse as parseLinkset } from "@drupal/linkset";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { discoveryDocuments, SKILL } from "../support/discovery.ts";
import type { RuntimeName } from "../support/runtimes.ts";
import { valueOf, type Got } from "./client.ts";
import { decoded } from "./decoded.ts";
import { http1Client, isSecure, startFront, type Front, type Reached } from "./front.ts";
import type { Origin } from "./origins/program.ts";
import { CHANGED } from "./tree.ts";

const SITE = "www.lantern.example";
/** Sites whose robots.txt the origin server does not have, fails to send, or has elsewhere. */
const [GONE, BROKEN, MOVED] = ["gone.example", "broken.example", "moved.example"];

const CATALOG = "/.well-known/api-catalog";
const SECURITY = "/.well-known/security.txt";
const SKILLS = "/.well-known/agent-skills/index.json";
const SKILL_FILE = "/.well-known/agent-skills/lantern/SKILL.md";
const all = discoveryDocuments(`http://${SITE}`);
/** The origin server has a security.txt of its own. */
const documents = Object.fromEntries(
  [CATALOG, SECURITY, SKILLS, SKILL_FILE].map((path) => [path, all[path]]),
);

const RULES = {
  hosts: [SITE, GONE, BROKEN, MOVED],
  robots: { mode: "merge" },
  sitemap: true,
  documents,
  defaults: { compression: true, cache: true, markdown: true },
  rules: [
    { name: "no training", match: { agent: { name: "GPTBot" } }, access: { action: "block" } },
    { name: "drafts", match: { path: "/drafts/*" }, access: { action: "block" } },
  ],
};

/** What the rules say of GPTBot. */
const CLOSED = `Disallow: /
Allow: /sitemap.xml$
Allow: /llms.txt$
Allow: /.well-known/security.txt$
Allow: /security.txt$
Allow: /.well-known/http-message-signatures-directory$
Allow: ${CATALOG}$
Allow: ${SKILLS}$
Allow: ${SKILL_FILE}$
Allow: /sitemap.xml?
`;
const merged = (scheme: string): string =>
  `# Où est la porte ?
User-agent: *
Disallow: /private/
Allow: /private/open/
Crawl-delay: 2
Disallow: /drafts/

User-agent: GPTBot
Disallow: /dir/sub/
${CLOSED}
Sitemap: ${scheme}://${SITE}/sitemap.xml
`.replaceAll("\n", "\r\n");
const ofRules = (scheme: string): string => `User-agent: *
Disallow: /drafts/

User-agent: GPTBot
${CLOSED}
Sitemap: ${scheme}://${GONE}/sitemap.xml
`;
const OF_MOVED = `User-agent: *
Disallow: /moved/
Disallow: /drafts/

Sitemap: https://www.lantern.example/own.xml

User-agent: GPTBot
Disallow: /moved/
${CLOSED}`;

/** Sends a request to the proxy, or to the origin server as the proxy does. */
type Get = (target: string, fields?: Record<string, string>, method?: string) => Promise<Got>;

/** Tests robots.txt and the documents that the proxy adds to the site of an origin server. */
export function describeDocuments(
  origin: () => Origin,
  settings: readonly (readonly [RuntimeName, Front])[],
): void {
  describe.each(settings)(
    "robots.txt and documents in front of it on %s, over %s",
    (runtime, front) => {
      const scheme = isSecure(front) ? "https" : "http";
      let reached: Reached;
      beforeAll(async () => {
        const { url, ca } = origin();
        const trust = ca === undefined ? {} : { originCa: ca };
        reached = await startFront(front, runtime, { origin: url, rules: RULES, ...trust });
      });
      afterAll(async () => {
        reached?.client.close();
        await reached?.proxy.close();
      });

      const get: Get = (target, fields, method = "GET") => {
        const standard = { Host: SITE, "Accept-Encoding": "identity" };
        return reached.client.ask({ method, target, fields: { ...standard, ...fields } });
      };
      const directly: Get = async (target, fields) => {
        const { url, plainUrl = url, ca } = origin();
        const client = http1Client(plainUrl, ca);
        const got = await client.ask({ method: "GET", target, fields });
        client.close();
        return got;
      };
      testRobots(get, directly, scheme);
      testDocuments(get, directly, scheme);
    },
  );
}

function testRobots(get: Get, directly: Get, scheme: string): void {
  const text = merged(scheme);
  test("the origin server's robots.txt gets the lines of the rules", async () => {
    const own = await directly("/robots.txt");
    const got = await get("/robots.txt", { Range: "bytes=0-9" });
    expect([got.status, got.content.toString()]).toEqual([200, text]);
    expect(fieldsOf(got)).toEqual({
      "content-type": valueOf(own.lines, "content-type"),
      "content-length": String(Buffer.byteLength(text)),
      "cache-control": "public, max-age=300",
      "accept-ranges": "none",
    });
    const etag = valueOf(got.lines, "etag") ?? "";
    const head = await get("/robots.txt", {}, "HEAD");
    expect([head.status, fieldsOf(head), head.content.length]).toEqual([200, fieldsOf(got), 0]);
    const again = await get("/robots.txt", { "If-None-Match": etag });
    expect([again.status, again.content.length]).toEqual([304, 0]);
    const packed = await get("/robots.txt", { "Accept-Encoding": "gzip, br, zstd" });
    expect(decoded(packed)?.toString()).toBe(text);
  });

  test("robots.txt follows the origin server's 404, 503 and redirect", async () => {
    const gone = await get("/robots.txt", { Host: GONE });
    expect([gone.status, gone.content.toString()]).toEqual([200, ofRules(scheme)]);
    expect(valueOf(gone.lines, "content-type")).toBe("text/plain; charset=utf-8");
    const own = await directly("/robots.txt", { "X-Forwarded-Host": BROKEN });
    const broken = await get("/robots.txt", { Host: BROKEN });
    expect([broken.status, broken.content.toString()]).toEqual([503, own.content.toString()]);
    const moved = await get("/robots.txt", { Host: MOVED });
    expect([moved.status, moved.content.toString()]).toEqual([200, OF_MOVED]);
    expect(valueOf(moved.lines, "location")).toBeUndefined();
  });
}

function testDocuments(get: Get, directly: Get, scheme: string): void {
  test("the origin server's own document stays, and the others are those of the rules", async () => {
    const [own, through] = [await directly(SECURITY), await get(SECURITY)];
    expect([through.status, through.content]).toEqual([200, own.content]);
    const catalog = await get(CATALOG);
    expect(catalog.status).toBe(200);
    expect(fieldsOf(catalog)).toMatchObject({
      "content-type": expect.stringMatching(/^application\/linkset\+json; profile=/),
      "access-control-allow-origin": "*",
      "accept-ranges": "none",
    });
    const links = [...parseLinkset(catalog.content.toString())];
    expect(links.map(({ rel }) => rel)).toEqual(["service-desc", "service-doc"]);
    const etag = valueOf(catalog.lines, "etag") ?? "";
    expect((await get(CATALOG, { "If-None-Match": etag })).status).toBe(304);
    const head = await get(CATALOG, {}, "HEAD");
    expect([head.status, fieldsOf(head), head.content.length]).toEqual([200, fieldsOf(catalog), 0]);
  });

  test("a skill has the bytes of its digest, whatever the client accepts", async () => {
    const { skills } = JSON.parse((await get(SKILLS)).content.toString());
    for (const coding of ["identity", "gzip, br, zstd"]) {
      const { status, lines, content } = await get(SKILL_FILE, { "Accept-Encoding": coding });
      expect([status, valueOf(lines, "content-encoding")]).toEqual([200, undefined]);
      expect(content.toString()).toBe(SKILL);
      const digest = createHash("sha256").update(content).digest("hex");
      expect(skills[0].digest).toBe(`sha256:${digest}`);
    }
  });

  test("the sitemap has the pages of the origin server, with their dates", async () => {
    let got = await get("/sitemap.xml");
    for (let left = 50; left > 0 && got.status === 503; left--) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      got = await get("/sitemap.xml");
    }
    expect([got.status, valueOf(got.lines, "content-type")]).toEqual([200, "application/xml"]);
    const changed = CHANGED.toISOString().replace(".000Z", "Z");
    expect(got.content.toString()).toContain(
      `<url><loc>${scheme}://${SITE}/</loc><lastmod>${changed}</lastmod></url>`,
    );
  });
}

/** The fields of a document that do not depend on the time. */
function fieldsOf({ lines }: Got): Record<string, string | undefined> {
  const names =
    "content-type content-length content-encoding content-range cache-control last-modified accept-ranges access-control-allow-origin location";
  const found = names.split(" ").map((name) => [name, valueOf(lines, name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}
