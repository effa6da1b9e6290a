import { describe, expect, it } from "vitest";
import { AUDIT_CHECKS } from "../../src/audit/checks/index.ts";
import type { AuditCheck } from "../../src/audit/check.ts";
import { CHECK_IDS, type CheckedItem, type CheckId } from "../../src/audit/model.ts";
import type { AuditReply, AuditSend } from "../../src/audit/reply.ts";
import { checkItem } from "../../src/audit/run.ts";
import { findSigns } from "../../src/audit/signs.ts";
import { openSite } from "../../src/audit/site.ts";
import { scriptedReply, scriptedSend, SITE } from "../support/scripted-site.ts";

/** A site whose home page is sound, and that answers each other request in one way. */
type Manner = (request: Parameters<AuditSend>[0], maxBytes: number) => AuditReply;

const MANNERS = {
  "a page instead of each document": (request) =>
    reply(request, 200, "text/html", "<!doctype html><title>App</title>"),
  "a page as JSON": (request) =>
    reply(request, 200, "application/json", "<!doctype html><title>App</title>"),
  "no response in time": (request) => ({
    kind: "none",
    request,
    why: "timeout",
    message: "no complete response",
  }),
  "redirects without end": (request) =>
    reply(request, 302, "text/plain", "", {
      location: `${request.url}${request.url.includes("?") ? "&" : "?"}again`,
    }),
  "a redirect to itself": (request) =>
    reply(request, 301, "text/plain", "", { location: request.url }),
  "a redirect to another site": (request) =>
    reply(request, 302, "text/plain", "", { location: "https://other.example/" }),
  "content without end": (request, maxBytes) => ({
    ...reply(request, 200, "application/json", `{"a":"${"x".repeat(1000)}`),
    isCut: true,
    sentBytes: maxBytes,
  }),
  "deep JSON": (request) => reply(request, 200, "application/json", "[".repeat(300_000)),
  "JSON of other shapes": (request) =>
    reply(
      request,
      200,
      "application/json",
      JSON.stringify({
        keys: 1,
        linkset: "x",
        skills: {},
        entries: null,
        serverInfo: [],
        resource: 7,
        capabilities: 3,
        ucp: 1,
        paths: [1],
        accepts: {},
      }),
    ),
  "a list": (request) => reply(request, 200, "application/json", "[{}]"),
  nothing: (request) => reply(request, 200, "application/json", ""),
  errors: (request) => reply(request, 503, "text/plain", "busy"),
  refusals: (request) =>
    reply(request, 403, "text/html", "<!doctype html><title>Forbidden</title>"),
  "bytes that are no text": (request) => ({
    ...reply(request, 200, "application/json", ""),
    content: new Uint8Array([0xff, 0xfe, 0x00, 0x80]),
  }),
} as const satisfies Record<string, Manner>;

function reply(
  request: Parameters<AuditSend>[0],
  status: number,
  type: string,
  body: string,
  fields: Readonly<Record<string, string>> = {},
): ReturnType<typeof scriptedReply> {
  return scriptedReply(request, { status, type, body, fields });
}

/** Checks that read the home page alone, which is sound here. */
const OF_HOME = new Set<CheckId>(["linkHeaders", "markdownNegotiation", "webMcp"]);
/** Checks that read robots.txt, which is no file here. */
const OF_ROBOTS = new Set<CheckId>(["robotsTxt", "robotsTxtAiRules", "contentSignals"]);

async function runAll(manner: Manner): Promise<readonly (readonly [CheckId, CheckedItem])[]> {
  const home = scriptedSend({
    "/": { type: "text/html", body: "<title>A site</title><p>Words.</p>" },
  });
  let requests = 0;
  const send: AuditSend = async (request, maxBytes) => {
    requests += 1;
    return request.url === `${SITE}/` ? home(request, maxBytes) : manner(request, maxBytes);
  };
  const site = await openSite(new URL(SITE), { send, headers: {}, ignoresRobots: true });
  let signs: ReturnType<typeof findSigns> | undefined;
  const context = {
    site,
    isCommerce: false,
    dns: "https://dns.example/q",
    signs: () => (signs ??= findSigns(site)),
  };
  const run = (check: AuditCheck) =>
    checkItem(
      context,
      (whole) => check.run(whole),
      () => 0,
    );
  const items: (readonly [CheckId, CheckedItem])[] = [];
  for (const check of AUDIT_CHECKS) items.push([check.id, await run(check)]);
  expect(requests).toBeLessThan(200);
  return items;
}

describe.each(Object.entries(MANNERS))("a site that answers %s", (_what, manner) => {
  it("passes no check of a document, and breaks none", async () => {
    const items = await runAll(manner);
    expect(items.map(([id]) => id)).toEqual([...CHECK_IDS]);
    for (const [id, item] of items) {
      expect([id, item.status]).not.toEqual([id, "pass"]);
      expect([id, item.message]).toEqual([id, expect.stringMatching(/\S/)]);
      expect([id, item.evidence.at(-1)?.action]).toEqual([id, "conclude"]);
      expect([id, item.advice === undefined]).toEqual([id, item.status !== "fail"]);
    }
  });
});

it("is unable to check documents that do not come, and calls none of them missing", async () => {
  for (const manner of [
    "no response in time",
    "redirects without end",
    "a redirect to itself",
    "errors",
  ] as const) {
    for (const [id, { status, message }] of await runAll(MANNERS[manner])) {
      if (OF_HOME.has(id) || id === "dnsAid") continue;
      const isUnable = status === "neutral" && message.startsWith("unable to check");
      // Without a document of their own, these have nothing that they could lack.
      const isOther =
        status === "neutral" && ["ap2", "ard", "mpp", "webBotAuth", "x402"].includes(id);
      const isRobots = status === "fail" && OF_ROBOTS.has(id);
      expect([manner, id, status, message, isUnable || isOther || isRobots]).toEqual([
        manner,
        id,
        status,
        message,
        true,
      ]);
    }
  }
});

/** Results of the public scanner, as recorded of its answers. */
const RECORDED: readonly (readonly [
  CheckId,
  Parameters<typeof scriptedSend>[0],
  string,
  string,
])[] = [
  [
    "robotsTxt",
    { "/robots.txt": { body: "User-agent: *\nAllow: /\n" } },
    "pass",
    "robots.txt exists with valid format",
  ],
  [
    "sitemap",
    { "/sitemap.xml": { type: "application/xml", body: "<urlset/>" } },
    "pass",
    "sitemap.xml exists with valid structure",
  ],
  ["linkHeaders", {}, "fail", "No Link headers found on homepage"],
  ["markdownNegotiation", {}, "fail", "Site does not support Markdown for Agents"],
  ["webBotAuth", {}, "neutral", "Web Bot Auth directory not found (informational only)"],
  [
    "contentSignals",
    { "/robots.txt": { body: "User-agent: *\nAllow: /\n" } },
    "fail",
    "No Content Signals found in robots.txt",
  ],
  [
    "robotsTxtAiRules",
    { "/robots.txt": { body: "User-agent: *\nAllow: /\n" } },
    "pass",
    "Wildcard rules apply to AI bots",
  ],
];

it.each(RECORDED)(
  "gives the scanner's result and words for %s",
  async (id, script, status, message) => {
    const site = await openSite(new URL(SITE), {
      send: scriptedSend(script),
      headers: {},
      ignoresRobots: false,
    });
    const context = { site, isCommerce: false, dns: undefined, signs: () => findSigns(site) };
    const check = AUDIT_CHECKS.find((each) => each.id === id);
    const item = await checkItem(
      context,
      (whole) => (check as AuditCheck).run(whole),
      () => 0,
    );
    expect([item.status, item.message]).toEqual([status, message]);
  },
);
