import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { parse as parseLinkset } from "@drupal/linkset";
import { processResourceDiscoveryResponse } from "oauth4webapi";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseLinks } from "../../src/http/link.ts";
import { discoveryDocuments, SKILL } from "../support/discovery.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const SITE = "https://www.lantern.example";
const documents = discoveryDocuments(SITE);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("documents of the rules on %s", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  /** With "documents" alone in its rules, closed to everyone otherwise. */
  let closed: Proxy;

  beforeAll(async () => {
    origin = await startOrigin();
    const start = (rules: object) => RUNTIMES[runtime]({ origin: origin.url, rules });
    [proxy, closed] = await Promise.all([
      start({
        publicOrigin: SITE,
        documents,
        signals: { aiTrain: false, license: true },
        defaults: {
          documents: true,
          markdown: true,
          compression: true,
          cache: true,
          resourceMetadata: { login: ["/login", "https://idp.example/authorize"] },
        },
      }),
      start({
        publicOrigin: SITE,
        documents,
        defaults: { access: { action: "challenge" } },
        rules: [
          {
            name: "named",
            match: { path: "/.well-known/agent-card.json" },
            access: { action: "challenge" },
          },
        ],
      }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([proxy?.close(), closed?.close()]);
    await origin?.close();
  });
  beforeEach(() => {
    origin.routes.clear();
    origin.requests.length = 0;
    origin.routes.set("/", (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>Lantern</h1><p>A lamp.");
    });
  });
  const answer = (
    path: string,
    status: number,
    fields: Record<string, string | string[]>,
    content = "",
  ) =>
    origin.routes.set(
      path,
      (_request, response) => void response.writeHead(status, fields).end(content),
    );

  test.each([
    [
      "/.well-known/api-catalog",
      'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
    ],
    ["/.well-known/agent-skills/index.json", "application/json"],
    ["/.well-known/agent-skills/lantern/SKILL.md", "text/markdown; charset=utf-8"],
    ["/.well-known/mcp/server-card.json", "application/json"],
    ["/.well-known/ai-catalog.json", "application/json"],
    ["/.well-known/agent-card.json", "application/json"],
    ["/.well-known/oauth-protected-resource", "application/json"],
    ["/.well-known/security.txt", "text/plain; charset=utf-8"],
  ])("%s has its type, CORS, HEAD and validators", async (path, type) => {
    const whole = await send(proxy.url + path);
    const { headers } = whole;
    expect([whole.status, headers["content-type"]]).toEqual([200, type]);
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["access-control-expose-headers"]).toContain("ETag");
    const etag = headers["etag"] ?? "";
    const head = await send(proxy.url + path, { method: "HEAD" });
    expect([head.status, head.headers["etag"], head.body.length]).toEqual([200, etag, 0]);
    expect(head.headers["content-type"]).toBe(type);
    const again = await send(proxy.url + path, { headers: { "if-none-match": etag } });
    expect([again.status, again.body.length, again.headers["etag"]]).toEqual([304, 0, etag]);
    expect(again.headers["access-control-allow-origin"]).toBe("*");
    const other = await send(proxy.url + path, { headers: { "if-none-match": '"other"' } });
    expect(other.status).toBe(200);
    expect((await send(proxy.url + path, { method: "POST", body: "x" })).status).toBe(404);
  });

  test("the API catalog is a linkset that names itself", async () => {
    const { headers, body } = await send(`${proxy.url}/.well-known/api-catalog`, { method: "GET" });
    const links = [...parseLinkset(body.toString())];
    expect(links.map(({ rel, anchor }) => [rel, anchor])).toEqual([
      ["service-desc", `${SITE}/api`],
      ["service-doc", `${SITE}/api`],
    ]);
    expect(parseLinks(headers["link"] as string)).toMatchObject([
      { href: `${SITE}/.well-known/api-catalog`, rel: ["api-catalog"] },
      { rel: ["license"] },
    ]);
  });

  test("OAuth clients accept the metadata of both resources", async () => {
    for (const at of ["", "/api"]) {
      const { headers, body } = await send(
        `${proxy.url}/.well-known/oauth-protected-resource${at}`,
      );
      const type = headers["content-type"] ?? "";
      const response = new Response(body.toString(), { headers: { "content-type": type } });
      const found = await processResourceDiscoveryResponse(new URL(SITE + at), response);
      expect(found.authorization_servers).toEqual(["https://login.lantern.example"]);
    }
  });

  test("the digest of a skill is that of its bytes, however it is asked for", async () => {
    const path = "/.well-known/agent-skills/lantern/SKILL.md";
    // The digest counts: the origin server can't replace the file.
    answer(path, 200, { "content-type": "text/markdown" }, "other");
    for (const encoding of ["identity", "gzip", "br, zstd, gzip, dcb, dcz"]) {
      for (const accept of ["*/*", "text/markdown", "text/html"]) {
        const headers = { "accept-encoding": encoding, accept };
        const index = await send(`${proxy.url}/.well-known/agent-skills/index.json`, {
          headers: { accept },
        });
        const { skills } = JSON.parse(index.body.toString()) as { skills: { digest: string }[] };
        const skill = await send(proxy.url + path, { headers });
        expect(skill.headers["content-encoding"]).toBeUndefined();
        expect(skill.headers["cache-control"]).toContain("no-transform");
        expect(skill.body.toString()).toBe(SKILL);
        expect(skills).toMatchObject([{ digest: `sha256:${sha256(skill.body)}` }]);
      }
    }
    const index = await send(`${proxy.url}/.well-known/agent-skills/index.json`, {
      headers: { "accept-encoding": "gzip" },
    });
    const plain =
      index.headers["content-encoding"] === "gzip" ? gunzipSync(index.body) : index.body;
    expect(JSON.parse(plain.toString())).toMatchObject({ skills: [{ name: "lantern" }] });
  });

  test("a skill of the origin server stays as it is", async () => {
    const content = `---\nname: own\ndescription: x\n---\n${"The same words again. ".repeat(200)}`;
    const fields = { "content-type": "text/markdown", "cache-control": "public, max-age=60" };
    answer("/.well-known/agent-skills/own/SKILL.md", 200, fields, content);
    for (let times = 0; times < 3; times++) {
      const skill = await send(`${proxy.url}/.well-known/agent-skills/own/SKILL.md`, {
        headers: { "accept-encoding": "gzip, br" },
      });
      expect(skill.headers["content-encoding"]).toBeUndefined();
      expect(skill.headers["cache-control"]).toBe("public, max-age=60, no-transform");
      expect(skill.body.toString()).toBe(content);
    }
  });

  test("the origin server's own document takes precedence, its error page does not", async () => {
    const path = "/.well-known/ai-catalog.json";
    answer(path, 200, { "content-type": "application/json" }, '{"own":true}');
    expect((await send(proxy.url + path)).body.toString()).toBe('{"own":true}');
    answer(path, 200, { "content-type": "text/html" }, "<title>an app</title>");
    expect((await send(proxy.url + path)).body.toString()).toContain("urn:air");
    answer(path, 410, {});
    expect((await send(proxy.url + path)).status).toBe(200);
  });

  test("the home page names the documents that exist, beside the origin server's own links", async () => {
    const linksOf = async (options: Parameters<typeof send>[1] = {}, path = "/") => {
      const { headers } = await send(proxy.url + path, options);
      return [headers["link"] ?? []]
        .flat()
        .join(", ")
        .split(/, (?=<)/);
    };
    const ours = [
      `<${SITE}/.well-known/api-catalog>; rel="api-catalog"; type="application/linkset+json"`,
      `<${SITE}/reference/openapi.json>; rel="service-desc"; type="application/vnd.oai.openapi+json"; anchor="${SITE}/api"`,
      `<${SITE}/reference/>; rel="service-doc"; type="text/html"; anchor="${SITE}/api"`,
      `<${SITE}/llms.txt>; rel="describedby"; type="text/plain"`,
      `<${SITE}/license.xml>; rel="license"; type="application/rsl+xml"`,
    ];
    expect(await linksOf()).toEqual(expect.arrayContaining(ours));
    expect(await linksOf({ method: "HEAD" })).toEqual(expect.arrayContaining(ours));
    const markdown = await linksOf({ headers: { accept: "text/markdown" } });
    expect(markdown).toEqual(expect.arrayContaining(ours));
    answer(
      "/",
      200,
      { "content-type": "text/html", link: '</about.json>; rel="describedby"' },
      "<h1>x",
    );
    const [first, ...others] = await linksOf();
    expect(first).toBe('</about.json>; rel="describedby"');
    expect(others).toEqual(
      expect.arrayContaining(ours.filter((link) => !link.includes("llms.txt"))),
    );
    expect(others.filter((link) => link.includes("describedby"))).toEqual([]);
    answer("/other/", 200, { "content-type": "text/html" }, "<h1>x");
    expect((await linksOf({}, "/other/")).join()).not.toContain("api-catalog");
  });

  test("a 401 of the origin server names the metadata of the resource, beside its own challenges", async () => {
    const challengesOf = async (path: string, method = "GET") => {
      const { rawHeaders } = await send(proxy.url + path, { method });
      return rawHeaders.flatMap((name, at) =>
        at % 2 === 0 && name.toLowerCase() === "www-authenticate" ? [rawHeaders[at + 1]] : [],
      );
    };
    const named = (at: string) =>
      `Bearer resource_metadata="${SITE}/.well-known/oauth-protected-resource${at}"`;
    answer("/account", 401, { "www-authenticate": 'Basic realm="a, b"' });
    expect((await challengesOf("/account")).join(", ")).toBe(`Basic realm="a, b", ${named("")}`);
    for (const path of ["/api", "/api/items"]) {
      answer(path, 401, {});
      expect(await challengesOf(path)).toEqual([named("/api")]);
      expect(await challengesOf(path, "POST")).toEqual([named("/api")]);
    }
    answer("/apical", 401, {});
    expect(await challengesOf("/apical")).toEqual([named("")]);
    for (const own of [
      'Bearer realm="x", resource_metadata="https://other.example/x"',
      'Basic realm="x", Bearer resource_metadata="https://other.example/x"',
      'DPoP algs="ES256", RESOURCE_METADATA = "https://other.example/x"',
    ]) {
      answer("/own", 401, { "www-authenticate": own });
      expect((await challengesOf("/own")).join(", ")).toBe(own);
    }
    // Several fields, the word in a realm, a challenge without parameters, and malformed ones: all stay.
    for (const challenges of [
      ["Negotiate", 'Basic realm="b", charset="UTF-8"', 'Bearer error="invalid_token"'],
      ['Basic realm="say resource_metadata=\\"x\\", or not"'],
      ["Negotiate dG9rZW4="],
      ["=,=", ", ,"],
      ["Bearer realm=x y z"],
    ]) {
      answer("/account", 401, { "www-authenticate": challenges });
      const parts = (await challengesOf("/account")).join(", ");
      expect(parts).toBe([...challenges, named("")].join(", "));
    }
    // A quote that does not end.
    answer("/account", 401, { "www-authenticate": 'Basic realm="x' });
    expect((await challengesOf("/account")).join(", ")).toBe(`Basic realm="x, ${named("")}`);
    answer("/forbidden", 403, {});
    expect(await challengesOf("/forbidden")).toEqual([]);
  });

  test("a redirect to the login page is a 401 for clients that are not browsers", async () => {
    const visit = async (location: string, headers: Record<string, string> = {}) => {
      answer("/private", 302, { location });
      const response = await send(`${proxy.url}/private`, { headers });
      return [response.status, response.headers["www-authenticate"], response.headers["location"]];
    };
    const refused = [
      401,
      `Bearer resource_metadata="${SITE}/.well-known/oauth-protected-resource"`,
      undefined,
    ];
    for (const to of [
      "/login?next=/private",
      "https://idp.example/authorize?x=1",
      `${origin.url}/login`,
    ]) {
      expect(await visit(to), to).toEqual(refused);
      expect(await visit(to, { accept: "application/json" }), to).toEqual(refused);
      for (const browser of [{ accept: "text/html,*/*;q=0.8" }, { "sec-fetch-mode": "navigate" }]) {
        expect((await visit(to, browser as Record<string, string>))[0], to).toBe(302);
      }
    }
    for (const to of ["/elsewhere", "https://idp.example/other", "https://other.example/login"]) {
      expect((await visit(to))[0], to).toBe(302);
    }
    answer("/private", 302, { location: "/login" });
    const { headers } = await send(`${proxy.url}/private`, { headers: { accept: "text/html" } });
    expect((headers["vary"] ?? "").toLowerCase()).toContain("sec-fetch-mode");
  });

  test("rules refuse none of them, unless they name one", async () => {
    for (const path of Object.keys(documents)) {
      const isNamed = path === "/.well-known/agent-card.json";
      expect([path, (await send(closed.url + path)).status]).toEqual([path, isNamed ? 403 : 200]);
    }
    expect((await send(`${closed.url}/.well-known/other.json`)).status).toBe(403);
    expect((await send(`${closed.url}/`)).status).toBe(403);
    // Lists of pages are off, since the rules do not mention the feature.
    answer("/", 200, { "content-type": "text/html" }, "<h1>x");
    expect((await send(`${closed.url}/llms.txt`)).status).toBe(404);
  });

  test("rules refuse a page of the origin server at the path of a document", async () => {
    answer(
      "/.well-known/agent-skills/lantern/SKILL.md",
      200,
      { "content-type": "text/html" },
      "a page",
    );
    answer("/.well-known/ai-catalog.json", 200, { "content-type": "image/png" }, "an image");
    expect((await send(`${closed.url}/.well-known/ai-catalog.json`)).status).toBe(403);
  });
});
