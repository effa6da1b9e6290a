import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FullReport } from "../../../src/cli/audit/audit-site.ts";
import { openSite } from "../../../src/audit/site.ts";
import type { AuditSend } from "../../../src/audit/reply.ts";
import { createRequester } from "../../../src/cli/audit/requester.ts";
import { decideEndpointAdmission } from "../../../src/cli/audit/serve/guard.ts";
import type { RunningEndpoint } from "../../../src/cli/audit/serve/listener.ts";
import { serveAudits, type ServeOptions } from "../../../src/cli/audit/serve/serve.ts";
import { FieldList } from "../../../src/http/fields.ts";
import { send } from "../../support/client.ts";
import { startOrigin, type Handler, type TestOrigin } from "../../support/origin.ts";

const text =
  (type: string, body: string): Handler =>
  (_request, response) =>
    void response.writeHead(200, { "content-type": type }).end(body);

let origin: TestOrigin;
const running: RunningEndpoint[] = [];
const clients: Client[] = [];

beforeEach(async () => {
  origin = await startOrigin();
  origin.routes.set("/", text("text/html", "<!doctype html><title>T</title><p>words</p>"));
  origin.routes.set("/robots.txt", text("text/plain", "User-agent: *\nAllow: /\n"));
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const each of running.splice(0)) await each.close();
  await origin.close();
});

async function serveOn(more: Partial<ServeOptions> = {}): Promise<RunningEndpoint> {
  const endpoint = await serveAudits({
    host: "127.0.0.1",
    port: 0,
    names: [],
    time: 20_000,
    dns: undefined,
    maxPages: 2,
    version: "1.2.3",
    ...more,
  });
  running.push(endpoint);
  return endpoint;
}

/** A client of the official SDK. */
async function connect(
  { url }: RunningEndpoint,
  mode: "auto" | "legacy" = "auto",
): Promise<Client> {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  clients.push(client);
  return client;
}

interface Called {
  readonly text: string;
  readonly isError: boolean;
}

async function scan(client: Client, given: object, signal?: AbortSignal): Promise<Called> {
  const call = { name: "scan_site", arguments: { ...given } };
  const { content, isError } = await client.callTool(call, signal === undefined ? {} : { signal });
  const [first] = content as readonly { type: string; text?: string }[];
  return { text: first?.text ?? "", isError: isError === true };
}

describe("audit --serve", () => {
  it.each(["auto", "legacy"] as const)(
    "has one tool, for the official SDK's client in mode %s",
    async (mode) => {
      const client = await connect(await serveOn(), mode);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(["scan_site"]);
      expect(Object.keys(tools[0]?.inputSchema.properties ?? {})).toEqual([
        "url",
        "profile",
        "enabledChecks",
        "format",
      ]);
      const enabledChecks = ["robotsTxt", "contentSignals"];
      const { text: json, isError } = await scan(client, { url: origin.url, enabledChecks });
      const report = JSON.parse(json) as FullReport;
      expect([isError, report.url, report.level]).toEqual([false, origin.url, 0]);
      expect(report.checks.discoverability.robotsTxt?.status).toBe("pass");
      expect(report.checks.botAccessControl.contentSignals?.status).toBe("fail");
      const { text: markdown } = await scan(client, {
        url: origin.url,
        enabledChecks,
        format: "agent",
      });
      expect(markdown).toMatch(/^# http:\S+: level 0 of 5/);
      expect(markdown.match(/^## .*/gm)).toEqual(["## Content signals in robots.txt"]);
      expect(markdown).toContain("/content-signals/SKILL.md");
    },
  );

  it("says what is wrong with arguments, and with a site that can't be read", async () => {
    const client = await connect(await serveOn());
    const faults: readonly (readonly [object, RegExp])[] = [
      [{ url: "http://127.0.0.1:1/" }, /connection was refused/],
      [{ url: "ftp://example.com/" }, /is not an http or https URL/],
      [{ url: `http://user:secret@127.0.0.1/` }, /is not an http or https URL/],
    ];
    for (const [given, message] of faults) {
      const { text: said, isError } = await scan(client, given);
      expect([isError, said]).toEqual([true, expect.stringMatching(message)]);
    }
    const refused = scan(client, { url: origin.url, enabledChecks: ["nonsense"] }).then(
      ({ isError }) => isError,
      () => true,
    );
    expect(await refused).toBe(true);
    expect(origin.requests).toEqual([]);
  });

  it("has no sessions, and serves clients of the protocol of 2025, too", async () => {
    const { url } = await serveOn();
    const rpc = { jsonrpc: "2.0", id: 1 };
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    const clientInfo = { name: "old", version: "1" };
    const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
    const begin = JSON.stringify({ ...rpc, method: "initialize", params });
    const first = await send(url, { method: "POST", headers, body: begin });
    expect([first.status, first.headers["mcp-session-id"]]).toEqual([200, undefined]);
    expect(first.body.toString()).toContain('"name":"wayleave-audit","version":"1.2.3"');
    const list = JSON.stringify({ ...rpc, method: "tools/list" });
    const second = await send(url, { method: "POST", headers, body: list });
    expect(second.body.toString()).toContain('"scan_site"');
    expect((await send(url, { headers })).status).toBe(405);
    const long = JSON.stringify({
      ...rpc,
      method: "tools/list",
      params: { x: "x".repeat(70_000) },
    });
    expect((await send(url, { method: "POST", headers, body: long })).status).toBe(413);
    expect((await send(url, { method: "POST", headers, body: "{" })).status).toBe(400);
  });

  it("admits no page of a browser, and no other path", async () => {
    const { url } = await serveOn();
    const post = { method: "POST", body: "{}" };
    const status = async (headers: Record<string, string>, at = url) =>
      (await send(at, { ...post, headers })).status;
    expect(await status({ origin: "https://evil.example" })).toBe(403);
    expect(await status({ origin: "null" })).toBe(403);
    // The name of a page whose DNS was changed to this machine.
    expect(await status({ host: "rebound.example" })).toBe(403);
    expect(await status({}, url.replace("/mcp", "/"))).toBe(404);
    const preflight = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const answer = await send(url, { method: "OPTIONS", headers: preflight });
    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([
      403,
      undefined,
    ]);
  });

  it("audits two sites at a time, each once, and none for a client that has left", async () => {
    const client = await connect(await serveOn());
    const slow = [await startOrigin(), await startOrigin()];
    // A home page that never comes.
    for (const each of slow) each.routes.set("/", () => {});
    const leave = new AbortController();
    const calls = slow.map(({ url }) =>
      scan(client, { url }, leave.signal).catch(() => "left" as const),
    );
    await expect
      .poll(() => slow.map(({ requests }) => requests.length), { timeout: 20_000 })
      .toEqual([1, 1]);
    const busy = await scan(client, { url: origin.url });
    expect([busy.isError, busy.text]).toEqual([
      true,
      expect.stringMatching(/2 audits are in progress/),
    ]);
    const twice = await scan(client, { url: `${slow[0]?.url}/page` });
    expect(twice.text).toMatch(/an audit of 127\.0\.0\.1:\d+ is in progress/);
    leave.abort();
    expect(await Promise.all(calls)).toEqual(["left", "left"]);
    const only = { url: origin.url, enabledChecks: ["robotsTxt"] };
    await expect
      .poll(async () => (await scan(client, only)).isError, { timeout: 20_000 })
      .toBe(false);
    for (const each of slow) await each.close();
  });
});

describe("an endpoint that others can reach", () => {
  it("needs the names by which they do", async () => {
    await expect(serveOn({ host: "0.0.0.0" })).rejects.toThrow(/--public-host NAME/);
  });

  it("audits no address that is not public, by number or by name", async () => {
    const lookup: ServeOptions["lookup"] = (_name, done) =>
      done(null, [
        { address: "93.184.215.14", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ]);
    const endpoint = await serveOn({ host: "0.0.0.0", names: ["127.0.0.1"], lookup });
    expect(endpoint.isLocal).toBe(false);
    const client = await connect({
      ...endpoint,
      url: endpoint.url.replace("0.0.0.0", "127.0.0.1"),
    });
    const { port } = new URL(origin.url);
    const inner = [
      origin.url,
      `http://inner.example:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      `http://2130706433:${port}/`,
      "http://169.254.169.254/",
      "http://10.0.0.1/",
    ];
    for (const url of inner) {
      const { isError, text: said } = await scan(client, { url });
      expect([url, isError, said]).toEqual([
        url,
        true,
        expect.stringMatching(/is not a public address/),
      ]);
    }
    expect(origin.requests).toEqual([]);
  });

  it("follows no redirect to such an address", async () => {
    const requester = createRequester({ allowsPrivate: false, time: 5000 });
    // The first response comes from a public site; all others from the requester.
    const redirecting: AuditSend = async (request, maxBytes) =>
      request.url === "http://public.example/"
        ? {
            kind: "response",
            request,
            status: 302,
            fields: FieldList.from(["location", `${origin.url}/`]),
            content: new Uint8Array(),
            isCut: false,
            sentBytes: 0,
          }
        : requester.send(request, maxBytes);
    const options = { send: redirecting, headers: {}, ignoresRobots: false };
    await expect(openSite(new URL("http://public.example/"), options)).rejects.toThrow(
      /is not a public address/,
    );
    requester.close();
    expect(origin.requests).toEqual([]);
  });

  it("connects to the address that it has checked, without a second look-up", async () => {
    let lookups = 0;
    const requester = createRequester({
      allowsPrivate: true,
      time: 5000,
      lookup(_name, done) {
        lookups += 1;
        done(null, [{ address: "127.0.0.1", family: 4 }]);
      },
    });
    const { port } = new URL(origin.url);
    const url = `http://named-by-the-test.example:${port}/`;
    const reply = await requester.send({ method: "GET", url, headers: {} }, 1000);
    requester.close();
    expect([reply.kind, lookups, origin.requests.length]).toEqual(["response", 1, 1]);
  });
});

describe("the guard", () => {
  const names = new Set(["localhost", "127.0.0.1", "[::1]", "audit.example"]);
  it.each<readonly [string, string | undefined, string | undefined, number | undefined]>([
    ["/mcp", "localhost:8790", undefined, undefined],
    ["/mcp?x", "audit.example", "https://audit.example", undefined],
    ["/mcp", "[::1]:8790", "http://localhost:3000", undefined],
    ["/mcp", undefined, undefined, 403],
    ["/mcp", "localhost.evil.example", undefined, 403],
    ["/mcp", "evil.example#localhost", undefined, 403],
    ["/mcp", "localhost", "file://", 403],
    ["/mcp", "localhost", "https://localhost.evil.example", 403],
    ["/mcp", "localhost/", undefined, 403],
    ["/mcp", "user@localhost", undefined, 403],
    ["http://localhost/mcp", "localhost", undefined, 404],
    ["//localhost/mcp", "evil.example", undefined, 403],
    ["//localhost/mcp", "localhost", undefined, 404],
    ["/other", "localhost", undefined, 404],
  ])("decides on %s of %s with Origin %s", (target, host, from, status) => {
    const decided = decideEndpointAdmission({ target, host, origin: from }, names);
    expect(decided.kind === "refuse" ? decided.status : undefined).toBe(status);
  });
});
