import { describe, expect, it } from "vitest";
import { AUDIT_CHECKS } from "../../src/audit/checks/index.ts";
import {
  CHECK_IDS,
  type CheckedItem,
  type CheckId,
  type CheckStatus,
} from "../../src/audit/model.ts";
import { checkItem } from "../../src/audit/run.ts";
import { findSigns } from "../../src/audit/signs.ts";
import { FEATURES } from "../../src/features.ts";
import { readRules } from "../../src/rules/load.ts";
import { builtInBots } from "../../src/cli/rules-file.ts";
import { openScripted, SITE, type Script, type Scripted } from "../support/scripted-site.ts";

async function run(id: CheckId, script: Script, isCommerce = false): Promise<CheckedItem> {
  const site = await openScripted(script);
  const check = AUDIT_CHECKS.find((each) => each.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  const context = { site, isCommerce, dns: "https://dns.example/q", signs: () => findSigns(site) };
  return checkItem(
    context,
    (whole) => check.run(whole),
    () => 0,
  );
}

const json = (value: object, type = "application/json", fields = {}): Scripted => ({
  type,
  body: JSON.stringify(value),
  fields,
});
const html: Scripted = { type: "text/html", body: "<!doctype html><title>App</title>" };
const robots = (body: string): Script => ({ "/robots.txt": { body } });
const home = (body: string, fields = {}): Script => ({ "/": { type: "text/html", body, fields } });
const openApi = json({ openapi: "3.1.0", servers: [{ url: "/api" }], paths: {} });
const bearer: Script = {
  "/api": { status: 401, fields: { "www-authenticate": 'Bearer realm="api"' } },
};
const linkset = (entry: object, type = "application/linkset+json") =>
  json({ linkset: [entry] }, type);
const MCP = {
  serverInfo: { name: "s", version: "1" },
  transport: { type: "streamable-http", endpoint: "/mcp" },
};
const A2A = {
  name: "a",
  version: "1",
  description: "d",
  supportedInterfaces: [{}],
  capabilities: {},
  skills: [{}],
};
const AS = { issuer: `${SITE}/`, authorization_endpoint: "x", token_endpoint: "x", jwks_uri: "x" };
const PRM = { resource: `${SITE}/`, authorization_servers: [SITE] };
const CORS = { "access-control-allow-origin": "*" };
const CATALOG = { specVersion: "1.0", entries: [{ url: "/x" }] };
const ACP = {
  protocol: { name: "acp", version: "1" },
  api_base_url: "x",
  transports: ["rest"],
  capabilities: { services: ["checkout"] },
};
const AUTH_PRM = json({ ...PRM, scopes_supported: ["read"], bearer_methods_supported: ["header"] });
const AGENT_AUTH = json({ ...AS, agent_auth: { skill: "s", register_uri: "r", claim_uri: "c" } });
const catalogPath = "/.well-known/api-catalog";
const prmPath = "/.well-known/oauth-protected-resource";
const asPath = "/.well-known/oauth-authorization-server";
const cardPath = "/.well-known/mcp/server-card.json";
const agentPath = "/.well-known/agent-card.json";
const skillsPath = "/.well-known/agent-skills/index.json";
const ardPath = "/.well-known/ai-catalog.json";
const keysPath = "/.well-known/http-message-signatures-directory";

type Case = readonly [
  what: string,
  id: CheckId,
  script: Script,
  status: CheckStatus,
  message: RegExp,
];

const CASES: readonly Case[] = [
  ["a file", "robotsTxt", robots("User-agent: *\nAllow: /\n"), "pass", /valid format/],
  ["none", "robotsTxt", {}, "fail", /status 404/],
  ["an HTML page", "robotsTxt", { "/robots.txt": html }, "fail", /HTML page/],
  ["HTML as text/plain", "robotsTxt", robots("<!doctype html><p>"), "fail", /HTML page/],
  [
    "another type",
    "robotsTxt",
    { "/robots.txt": { type: "application/json", body: "User-agent: *" } },
    "fail",
    /text\/plain/,
  ],
  ["no group", "robotsTxt", robots("Sitemap: /s.xml\n"), "fail", /no User-agent/],
  ["no response", "robotsTxt", { "/robots.txt": "none" }, "neutral", /unable to check/],

  [
    "at its usual place",
    "sitemap",
    {
      "/sitemap.xml": {
        type: "text/xml",
        body: "<urlset><url><loc>https://site.example/</loc></url></urlset>",
      },
    },
    "pass",
    /valid structure/,
  ],
  [
    "an index that robots.txt names",
    "sitemap",
    {
      ...robots(`Sitemap: ${SITE}/maps/a.xml`),
      "/maps/a.xml": { body: '<?xml version="1.0"?><sitemapindex/>' },
    },
    "pass",
    /valid structure/,
  ],
  [
    "on another origin",
    "sitemap",
    {
      ...robots("Sitemap: https://cdn.example/s.xml"),
      "https://cdn.example/s.xml": { body: "<urlset/>" },
    },
    "pass",
    /valid structure/,
  ],
  ["none", "sitemap", {}, "fail", /no sitemap found/],
  ["a page instead", "sitemap", { "/sitemap.xml": html }, "fail", /no sitemap found/],
  [
    "another document",
    "sitemap",
    { "/sitemap.xml": { type: "text/xml", body: "<rss/>" } },
    "fail",
    /no sitemap found/,
  ],
  ["no response", "sitemap", { "/sitemap.xml": "none" }, "neutral", /unable to check/],

  [
    "describedby",
    "linkHeaders",
    home("<p>", { link: '</llms.txt>; rel="describedby"' }),
    "pass",
    /describedby/,
  ],
  ["none", "linkHeaders", {}, "fail", /No Link headers found/],
  [
    "other relations",
    "linkHeaders",
    home("<p>", { link: "</s.css>; rel=preload" }),
    "fail",
    /No agent-useful/,
  ],
  [
    "a relation of another resource",
    "linkHeaders",
    home("<p>", { link: '</c>; rel="api-catalog"; anchor="/x"' }),
    "fail",
    /No agent-useful/,
  ],

  ["a name of no public host", "dnsAid", {}, "neutral", /no public host name/],

  [
    "markdown",
    "markdownNegotiation",
    {
      "/": (fields) =>
        fields["accept"] === "text/markdown"
          ? { type: "text/markdown; charset=utf-8", body: "# A" }
          : html,
    },
    "pass",
    /supports/,
  ],
  ["HTML", "markdownNegotiation", {}, "fail", /does not support/],
  [
    "markdown with an error",
    "markdownNegotiation",
    {
      "/": (fields) =>
        fields["accept"] === "text/markdown" ? { status: 500, type: "text/markdown" } : html,
    },
    "fail",
    /does not support/,
  ],
  [
    "406",
    "markdownNegotiation",
    { "/": (fields) => (fields["accept"] === "text/markdown" ? { status: 406 } : html) },
    "fail",
    /does not support/,
  ],

  [
    "named groups",
    "robotsTxtAiRules",
    robots("User-agent: GPTBot\nDisallow: /\n"),
    "pass",
    /gptbot/,
  ],
  [
    "only a group for all",
    "robotsTxtAiRules",
    robots("User-agent: *\nAllow: /\n"),
    "pass",
    /Wildcard/,
  ],
  [
    "other groups",
    "robotsTxtAiRules",
    robots("User-agent: bingbot\nAllow: /\n"),
    "fail",
    /No rules/,
  ],
  ["no file", "robotsTxtAiRules", {}, "fail", /without robots.txt/],

  [
    "in a group",
    "contentSignals",
    robots("User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n"),
    "pass",
    /found/,
  ],
  [
    "the key use",
    "contentSignals",
    robots("User-agent: *\nContent-Signal: use=reference\nAllow: /\n"),
    "pass",
    /found/,
  ],
  [
    "outside of groups",
    "contentSignals",
    robots("Content-Signal: ai-train=no\nUser-agent: *\nAllow: /\n"),
    "fail",
    /outside/,
  ],
  [
    "without a value",
    "contentSignals",
    robots("User-agent: *\nContent-Signal: nonsense\nAllow: /\n"),
    "fail",
    /No Content Signals/,
  ],
  ["no file", "contentSignals", { "/robots.txt": html }, "fail", /without robots.txt/],

  ["keys", "webBotAuth", { [keysPath]: json({ keys: [{}] }) }, "pass", /found/],
  ["none", "webBotAuth", {}, "neutral", /not found \(informational only\)/],
  ["HTML", "webBotAuth", { [keysPath]: html }, "neutral", /HTML instead of JSON/],
  ["no keys", "webBotAuth", { [keysPath]: json({ keys: [] }) }, "neutral", /no keys/],
  ["no JSON", "webBotAuth", { [keysPath]: { body: "{" } }, "neutral", /no JSON object/],
  ["no response", "webBotAuth", { [keysPath]: "none" }, "neutral", /unable/],

  [
    "a catalog",
    "apiCatalog",
    { [catalogPath]: linkset({ anchor: "/api", "service-desc": [] }) },
    "pass",
    /found/,
  ],
  ["without an API", "apiCatalog", {}, "neutral", /not applicable, because nothing shows an API/],
  ["HTML without an API", "apiCatalog", { [catalogPath]: html }, "neutral", /not applicable/],
  [
    "with an API",
    "apiCatalog",
    { "/openapi.json": openApi },
    "fail",
    /not found, though it has an OpenAPI/,
  ],
  [
    "HTML with an API",
    "apiCatalog",
    { [catalogPath]: html, "/openapi.json": openApi },
    "fail",
    /HTML instead of JSON/,
  ],
  [
    "application/json",
    "apiCatalog",
    { [catalogPath]: linkset({ anchor: "/api" }, "application/json") },
    "fail",
    /type application\/json/,
  ],
  [
    "an entry without anchor",
    "apiCatalog",
    { [catalogPath]: linkset({ href: "/api" }) },
    "fail",
    /without anchor/,
  ],
  [
    "an empty linkset",
    "apiCatalog",
    { [catalogPath]: json({ linkset: [] }, "application/linkset+json") },
    "fail",
    /no linkset/,
  ],
  [
    "no JSON",
    "apiCatalog",
    { [catalogPath]: { type: "application/json", body: "nope" } },
    "fail",
    /no JSON object/,
  ],
  ["an error", "apiCatalog", { [catalogPath]: { status: 503 } }, "neutral", /unable to check/],

  ["OpenID", "oauthDiscovery", { "/.well-known/openid-configuration": json(AS) }, "pass", /found/],
  ["RFC 8414", "oauthDiscovery", { [asPath]: json(AS) }, "pass", /found/],
  [
    "no tokens",
    "oauthDiscovery",
    {},
    "neutral",
    /not applicable, because nothing on the site asks for a token/,
  ],
  ["tokens", "oauthDiscovery", bearer, "fail", /not found, though \/api asks for a bearer token/],
  [
    "incomplete",
    "oauthDiscovery",
    { [asPath]: json({ issuer: "x" }) },
    "fail",
    /lacks authorization_endpoint, token_endpoint, jwks_uri/,
  ],
  ["no JSON", "oauthDiscovery", { [asPath]: { body: "[1" } }, "fail", /no JSON object/],
  ["no response", "oauthDiscovery", { [asPath]: "none" }, "neutral", /unable/],

  ["a resource", "oauthProtectedResource", { [prmPath]: json(PRM) }, "pass", /found/],
  [
    "a place that the challenge names",
    "oauthProtectedResource",
    {
      ...home("<p>", { "www-authenticate": `Bearer resource_metadata="${SITE}/prm"` }),
      "/prm": json(PRM),
    },
    "pass",
    /found/,
  ],
  [
    "another origin",
    "oauthProtectedResource",
    { [prmPath]: json({ ...PRM, resource: "https://api.other.example/" }) },
    "fail",
    /is about https:\/\/api\.other\.example/,
  ],
  [
    "no servers",
    "oauthProtectedResource",
    { [prmPath]: json({ ...PRM, authorization_servers: [] }) },
    "fail",
    /authorization_servers/,
  ],
  [
    "no resource",
    "oauthProtectedResource",
    { [prmPath]: json({ authorization_servers: [SITE] }) },
    "fail",
    /no resource/,
  ],
  ["no JSON", "oauthProtectedResource", { [prmPath]: { body: "x" } }, "fail", /no JSON object/],
  ["no tokens", "oauthProtectedResource", {}, "neutral", /not applicable/],
  [
    "tokens",
    "oauthProtectedResource",
    { ...bearer, [asPath]: json(AS) },
    "fail",
    /not found, though/,
  ],
  ["no response", "oauthProtectedResource", { [prmPath]: "none" }, "neutral", /unable/],

  [
    "complete",
    "authMd",
    {
      "/auth.md": { type: "text/markdown", body: "# auth.md\n" },
      [prmPath]: AUTH_PRM,
      [asPath]: AGENT_AUTH,
    },
    "pass",
    /found/,
  ],
  ["no heading", "authMd", { "/auth.md": { body: "text" } }, "fail", /no heading/],
  [
    "no scopes",
    "authMd",
    { "/auth.md": { body: "# auth.md" }, [prmPath]: json(PRM) },
    "fail",
    /scopes_supported/,
  ],
  [
    "no agent_auth",
    "authMd",
    { "/auth.md": { body: "# auth.md" }, [prmPath]: AUTH_PRM, [asPath]: json(AS) },
    "fail",
    /lacks skill, register_uri, claim_uri/,
  ],
  ["no tokens", "authMd", { "/auth.md": html }, "neutral", /not applicable/],
  ["tokens", "authMd", bearer, "fail", /not found, though/],
  ["no response", "authMd", { "/auth.md": "none" }, "neutral", /unable/],

  ["the former shape", "mcpServerCard", { [cardPath]: json(MCP) }, "pass", /found/],
  ["at another place", "mcpServerCard", { "/.well-known/mcp.json": json(MCP) }, "pass", /found/],
  [
    "a list",
    "mcpServerCard",
    { "/.well-known/mcp/server-cards.json": json({ servers: [MCP] }) },
    "pass",
    /found/,
  ],
  [
    "no server",
    "mcpServerCard",
    { [cardPath]: html },
    "neutral",
    /not applicable, because nothing shows an MCP server/,
  ],
  [
    "a link to a server",
    "mcpServerCard",
    home('<a href="/mcp">MCP</a>'),
    "fail",
    /not found, though the home page links/,
  ],
  [
    "no endpoint",
    "mcpServerCard",
    { [cardPath]: json({ serverInfo: { name: "s" } }) },
    "fail",
    /lacks serverInfo.version, a transport endpoint/,
  ],
  ["no JSON", "mcpServerCard", { [cardPath]: { body: "}" } }, "fail", /no JSON object/],
  ["no response", "mcpServerCard", { [cardPath]: "none" }, "neutral", /unable/],

  ["a card", "a2aAgentCard", { [agentPath]: json(A2A) }, "pass", /found/],
  ["no agent", "a2aAgentCard", {}, "neutral", /not applicable/],
  [
    "an Agentmap",
    "a2aAgentCard",
    robots("User-agent: *\nAllow: /\nAgentmap: /a\n"),
    "fail",
    /Agentmap/,
  ],
  ["incomplete", "a2aAgentCard", { [agentPath]: json({ name: "a" }) }, "fail", /lacks version/],
  ["no JSON", "a2aAgentCard", { [agentPath]: { body: "x" } }, "fail", /no JSON object/],
  ["no response", "a2aAgentCard", { [agentPath]: "none" }, "neutral", /unable/],

  ["an index", "agentSkills", { [skillsPath]: json({ skills: [{ name: "x" }] }) }, "pass", /found/],
  [
    "the former place",
    "agentSkills",
    { "/.well-known/skills/index.json": json({ skills: [{}] }) },
    "pass",
    /found/,
  ],
  ["no documentation", "agentSkills", {}, "neutral", /not applicable/],
  [
    "documentation",
    "agentSkills",
    home('<title>The "Guide": a<b</title><a href="/docs/">Docs</a>'),
    "fail",
    /links to \/docs\//,
  ],
  ["empty", "agentSkills", { [skillsPath]: json({ skills: [] }) }, "fail", /no skills/],
  ["no JSON", "agentSkills", { [skillsPath]: { body: "x" } }, "fail", /no JSON object/],
  ["no response", "agentSkills", { [skillsPath]: "none" }, "neutral", /unable/],

  ["a catalog", "ard", { [ardPath]: json(CATALOG, "application/json", CORS) }, "pass", /found/],
  ["no cards", "ard", {}, "neutral", /not applicable/],
  [
    "a card without a catalog",
    "ard",
    { [cardPath]: json(MCP) },
    "fail",
    /though the site has \/\.well-known\/mcp/,
  ],
  ["no CORS", "ard", { [ardPath]: json(CATALOG) }, "fail", /Access-Control-Allow-Origin/],
  [
    "another type",
    "ard",
    { [ardPath]: json(CATALOG, "text/plain", CORS) },
    "fail",
    /not application\/json/,
  ],
  [
    "no version",
    "ard",
    { [ardPath]: json({ entries: [{ url: "x" }] }, "application/json", CORS) },
    "fail",
    /specVersion/,
  ],
  [
    "no entries",
    "ard",
    { [ardPath]: json({ specVersion: "1.0", entries: [] }, "application/json", CORS) },
    "fail",
    /no entries/,
  ],
  [
    "url and data",
    "ard",
    {
      [ardPath]: json(
        { specVersion: "1.0", entries: [{ url: "x", data: {} }] },
        "application/json",
        CORS,
      ),
    },
    "fail",
    /exactly one/,
  ],
  ["no JSON", "ard", { [ardPath]: { body: "x" } }, "fail", /no JSON object/],
  ["no response", "ard", { [ardPath]: "none" }, "neutral", /unable/],

  [
    "a form that is a tool",
    "webMcp",
    home('<form toolname="search" tooldescription="x"></form>'),
    "pass",
    /tools found in forms/,
  ],
  [
    "a script that registers",
    "webMcp",
    home("<script>document.modelContext.registerTool({})</script>"),
    "pass",
    /registers tools/,
  ],
  [
    "the former name",
    "webMcp",
    home("<script>navigator.modelContext.provideContext({})</script>"),
    "pass",
    /deprecated/,
  ],
  [
    "another script",
    "webMcp",
    home('<script src="/app.js"></script>'),
    "neutral",
    /unable to check: scripts may/,
  ],
  ["no script", "webMcp", home("<p>Text</p>"), "neutral", /neither scripts nor forms/],
  ["a form that is no tool", "webMcp", home("<form></form>"), "neutral", /not applicable/],

  [
    "version 1",
    "x402",
    { "/api": { ...json({ x402Version: 1, accepts: [{}] }), status: 402 } },
    "pass",
    /at \/api$/,
  ],
  [
    "version 2",
    "x402",
    {
      "/api/v1": {
        status: 402,
        fields: { "payment-required": btoa(JSON.stringify({ x402Version: 2, accepts: [{}] })) },
      },
    },
    "pass",
    /at \/api\/v1/,
  ],
  ["another 402", "x402", { "/api": { status: 402, body: "pay" } }, "fail", /without requirements/],
  [
    "a damaged field",
    "x402",
    { "/api": { status: 402, fields: { "payment-required": "%%" } } },
    "fail",
    /without requirements/,
  ],
  ["no 402", "x402", {}, "neutral", /not applicable/],
  ["no response", "x402", { "/api": "none" }, "neutral", /unable/],

  [
    "a price",
    "mpp",
    {
      "/openapi.json": json({
        openapi: "3.1.0",
        paths: { "/a": { get: { "x-payment-info": {} } } },
      }),
    },
    "pass",
    /1 operations/,
  ],
  [
    "no price",
    "mpp",
    { "/openapi.json": openApi },
    "neutral",
    /no operation of the API has a price/,
  ],
  ["no document", "mpp", {}, "neutral", /no OpenAPI document/],

  [
    "a profile",
    "ucp",
    {
      "/.well-known/ucp": json({
        protocol_version: "1",
        services: {},
        capabilities: [],
        endpoints: {},
      }),
    },
    "pass",
    /found/,
  ],
  [
    "a wrapped profile",
    "ucp",
    { "/.well-known/ucp": json({ ucp: { version: "1", services: {}, capabilities: [] } }) },
    "pass",
    /found/,
  ],
  [
    "incomplete",
    "ucp",
    { "/.well-known/ucp": json({ services: {} }) },
    "fail",
    /protocol_version, capabilities/,
  ],
  ["no shop", "ucp", {}, "neutral", /sells something/],
  ["no JSON", "ucp", { "/.well-known/ucp": { body: "x" } }, "fail", /no JSON object/],
  ["no response", "ucp", { "/.well-known/ucp": "none" }, "neutral", /unable/],

  ["a document", "acp", { "/.well-known/acp.json": json(ACP) }, "pass", /found/],
  [
    "incomplete",
    "acp",
    { "/.well-known/acp.json": json({ protocol: { name: "x" } }) },
    "fail",
    /protocol.name "acp", protocol.version, api_base_url, transports, capabilities.services/,
  ],
  ["no shop", "acp", {}, "neutral", /sells something/],
  ["no JSON", "acp", { "/.well-known/acp.json": { body: "x" } }, "fail", /no JSON object/],
  ["no response", "acp", { "/.well-known/acp.json": "none" }, "neutral", /unable/],

  [
    "declared",
    "ap2",
    {
      [agentPath]: json({
        ...A2A,
        capabilities: {
          extensions: [{ uri: "https://github.com/google-agentic-commerce/ap2/tree/v0.1" }],
        },
      }),
    },
    "pass",
    /declared/,
  ],
  ["not declared", "ap2", { [agentPath]: json(A2A) }, "neutral", /no extension/],
  ["no card", "ap2", {}, "neutral", /no agent card/],
  ["no response", "ap2", { [agentPath]: "none" }, "neutral", /unable/],
];

describe("the checks of the public scanner", () => {
  it("has all 22 ids, each once", () => {
    expect(AUDIT_CHECKS.map(({ id }) => id)).toEqual([...CHECK_IDS]);
    expect(CHECK_IDS).toHaveLength(22);
  });

  it.each(CASES)("finds %s by %s", async (_what, id, script, status, message) => {
    const item = await run(id, script);
    expect([item.status, item.message]).toEqual([status, expect.stringMatching(message)]);
    expect(item.evidence.at(-1)?.action).toBe("conclude");
    expect(item.advice === undefined).toBe(status !== "fail");
  });

  it("tries each check's pass, and its failure or neutral result", () => {
    for (const id of CHECK_IDS.filter((each) => each !== "dnsAid")) {
      const statuses = CASES.filter((each) => each[1] === id).map((each) => each[3]);
      expect([id, statuses.includes("pass"), new Set(statuses).size > 1]).toEqual([id, true, true]);
    }
  });

  it.each(["ucp", "acp"] as const)("counts a missing %s as a failure of a shop", async (id) => {
    expect((await run(id, {}, true)).status).toBe("fail");
  });

  it("counts missing prices of an API as a failure of a shop", async () => {
    expect((await run("mpp", { "/openapi.json": openApi }, true)).status).toBe("fail");
  });

  it("says of each check that does not apply what the public scanner would say", async () => {
    for (const [, id, script, status, message] of CASES) {
      if (status !== "neutral" || !message.source.includes("not applicable")) continue;
      expect([id, (await run(id, script)).scannerStatus]).toEqual([id, "fail"]);
    }
  });
});

describe("the advice", () => {
  const failing = CASES.filter(([, , , status]) => status === "fail");

  it.each(failing)("for %s (%s) has rules without faults, if any", async (_what, id, script) => {
    const { advice } = await run(id, script);
    if (advice?.rules === undefined) return;
    const read = readRules(JSON.stringify(advice.rules), builtInBots(), () => undefined, FEATURES);
    expect(read.kind === "faulty" ? read.faults : []).toEqual([]);
  });

  it("never offers an empty document, nor one of OAuth that the site does not have", async () => {
    for (const [, id, script] of failing) {
      const { rules } = (await run(id, script)).advice ?? {};
      const text = JSON.stringify(rules ?? {});
      expect(text).not.toMatch(/"(?:linkset|skills|entries|authorization_servers|keys)":\[\]/);
      const names = /oauth/.test(text);
      expect([id, names && script[asPath] === undefined]).toEqual([id, false]);
    }
  });

  it("has rules for each check that the proxy's rules alone can pass", async () => {
    const ids = [
      "robotsTxt",
      "sitemap",
      "linkHeaders",
      "markdownNegotiation",
      "robotsTxtAiRules",
      "contentSignals",
    ];
    for (const id of ids as CheckId[]) expect((await run(id, {})).advice?.rules).toBeDefined();
    expect((await run("apiCatalog", { "/openapi.json": openApi })).advice?.rules).toBeDefined();
  });
});
