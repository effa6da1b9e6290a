import { describe, expect, test } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { checkDocument } from "../../src/http/discovery/kinds.ts";
import { readRules } from "../../src/rules/load.ts";
import { findWarnings } from "../../src/rules/warnings.ts";
import { discoveryDocuments, SKILL } from "../support/discovery.ts";

const ORIGIN = "https://www.example.com";
const NOW = Date.parse("2026-11-30T00:00:00Z");
const valid = discoveryDocuments(ORIGIN) as Record<string, { json?: object; text?: string }>;

const read = (rules: object, files: Readonly<Record<string, string>> = {}) =>
  readRules(JSON.stringify(rules), "[]", (path) => files[path], FEATURES);

function faultsOf(rules: object, files: Readonly<Record<string, string>> = {}) {
  const found = read(rules, files);
  return found.kind === "faulty"
    ? found.faults.map(({ pointer, message }) => [pointer, message])
    : [];
}

function warningsOf(rules: object, now = NOW) {
  const found = read(rules);
  if (found.kind === "faulty") throw new Error(JSON.stringify(found.faults));
  return findWarnings(found, ["node"], now).filter(({ pointer }) =>
    pointer.startsWith("/documents"),
  );
}

/** The issues of a valid document after a change of one member. */
function issuesWith(path: string, members: object): string[] {
  const content = JSON.stringify({ ...valid[path]?.json, ...members });
  return checkDocument(content, { path, origin: ORIGIN }, NOW).map(
    ({ level, message }) => `${level}: ${message}`,
  );
}

test("documents in order have neither faults nor warnings", () => {
  expect(warningsOf({ publicOrigin: ORIGIN, documents: valid }, Date.now())).toEqual([]);
});

describe("a document is faulty", () => {
  const well = (name: string) => `/.well-known/${name}`;
  test.each([
    [well("api-catalog"), { linkset: [] }, "fault: linkset: may not be empty"],
    [well("api-catalog"), { linkset: {} }, "fault: linkset: must be a list"],
    [
      well("api-catalog"),
      { linkset: [{ anchor: "/api", link: [{ rel: "service-doc", href: "/x" }] }] },
      /^warning: linkset.0.link: /,
    ],
    [
      well("api-catalog"),
      { linkset: [{ "service-doc": [{ href: "/x" }] }] },
      /^warning: linkset.0: without "anchor"/,
    ],
    [
      well("api-catalog"),
      { linkset: [{ anchor: "/api", "service-doc": [{ url: "/x" }] }] },
      "fault: linkset.0.service-doc.0.href: is missing",
    ],
    [
      well("agent-skills/index.json"),
      { $schema: "https://other.example" },
      /^fault: \$schema: must be https:/,
    ],
    [well("agent-skills/index.json"), { skills: [] }, "fault: skills: may not be empty"],
    [
      well("mcp/server-card.json"),
      { serverInfo: { name: "x" } },
      "fault: serverInfo.version: is missing",
    ],
    [
      well("mcp/server-card.json"),
      { remotes: [{ type: "sse" }] },
      "fault: remotes.0.url: is missing",
    ],
    [
      "/mcp/server-card",
      { name: "x", version: "1", description: "y", remotes: [{ type: "t", url: ORIGIN }] },
      /^fault: \$schema: /,
    ],
    [
      well("ai-catalog.json"),
      { entries: [{ identifier: "urn:air:x:y", displayName: "x", type: "a/b" }] },
      "fault: entries.0: must have exactly one of url and data",
    ],
    [
      well("ai-catalog.json"),
      { entries: [{ identifier: "x", displayName: "x", type: "a/b", url: ORIGIN }] },
      /^fault: entries.0.identifier: must be like "urn:air:/,
    ],
    [
      well("ai-catalog.json"),
      { entries: [{ identifier: "urn:air:x:y", displayName: "x", type: "a/b", url: "/x" }] },
      "fault: entries.0.url: must be an absolute URL",
    ],
    [well("ai-catalog.json"), { specVersion: "0.9" }, 'fault: specVersion: must be "1.0"'],
    [
      well("mcp/server-card.json"),
      { remotes: [{ type: "stdio", url: ORIGIN }] },
      /^fault: remotes.0.type: must be "streamable-http"/,
    ],
    [
      well("mcp/server-card.json"),
      { description: "x".repeat(101) },
      "fault: description: must have 100 characters at most",
    ],
    [
      well("agent-card.json"),
      { supportedInterfaces: [{ url: ORIGIN, protocolBinding: "JSONRPC" }] },
      "fault: supportedInterfaces.0.protocolVersion: is missing",
    ],
    [
      well("oauth-protected-resource"),
      { resource: "http://www.example.com" },
      /^warning: resource: .*https/,
    ],
    [well("agent-card.json"), { skills: [{ id: "x" }] }, /^fault: skills.0.name: is missing/],
    [
      well("agent-card.json"),
      { supportedInterfaces: [] },
      "fault: supportedInterfaces: may not be empty",
    ],
    [
      well("oauth-protected-resource"),
      { resource: "https://other.example" },
      /^fault: resource: clients refuse/,
    ],
    [
      well("oauth-protected-resource"),
      { resource: `${ORIGIN}/api` },
      /^fault: resource: its path is \/api/,
    ],
    [
      well("oauth-protected-resource"),
      { bearer_methods_supported: ["cookie"] },
      /^fault: bearer_methods_supported.0/,
    ],
    [
      well("oauth-protected-resource"),
      { authorization_servers: undefined },
      /^warning: authorization_servers/,
    ],
    [well("oauth-authorization-server"), {}, "fault: issuer: is missing"],
  ])("%s with %j", (path, members, message) => {
    const issues = issuesWith(path, members);
    expect(issues[0]).toEqual(
      typeof message === "string" ? message : expect.stringMatching(message),
    );
  });

  const contact = "Contact: mailto:security@example.com";
  const expires = "Expires: 2027-05-01T00:00:00z";
  test.each([
    [`# ours\n${contact}\r\n\n${expires}\nPreferred-Languages: en, de\n`, []],
    [
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${contact}\n${expires}\n-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n`,
      [],
    ],
    [expires, ["Contact is missing (RFC 9116 §2.5.3)"]],
    [contact, ["Expires is missing (RFC 9116 §2.5.5)"]],
    [`${contact}\nExpires: soon`, ['Expires must be a date such as "2027-01-01T00:00:00Z"']],
    [`${contact}\n${expires}\n${expires}`, ["expires may be there only once"]],
    [
      `Contact: http://example.com\n${expires}`,
      ["line 1: contact must be a URI, and of the web only https"],
    ],
    [
      `Contact: security@example.com\n${expires}`,
      ["line 1: contact must be a URI, and of the web only https"],
    ],
    [`${contact}\n${expires}\n<html>`, ['line 3: expected "Field: value"']],
    [
      `${contact}\nExpires: 2026-11-29T00:00:00Z`,
      ["it has expired at 2026-11-29T00:00:00Z; readers ignore it"],
    ],
    [
      `${contact}\nExpires: 2036-11-29T00:00:00Z`,
      ["Expires is more than a year ahead (RFC 9116 §2.5.5)"],
    ],
  ])("a security.txt of %j has %j", (content, messages) => {
    const issues = checkDocument(content, { path: "/.well-known/security.txt" }, NOW);
    expect(issues.map(({ message }) => message)).toEqual(messages);
  });

  test("if it is not JSON, or not UTF-8", () => {
    const at = { path: "/.well-known/ai-catalog.json" };
    expect(checkDocument("{", at, NOW)).toMatchObject([{ level: "fault" }]);
    expect(checkDocument("[]", at, NOW)).toMatchObject([{ level: "fault" }, { level: "fault" }]);
    expect(checkDocument('{"a":"\uFFFD"}', at, NOW)).toMatchObject([
      { message: "it is not text in UTF-8" },
    ]);
    expect(checkDocument("anything", { path: "/x.txt" }, NOW)).toEqual([]);
  });
});

describe("check", () => {
  const path = "/.well-known/api-catalog";
  test("names the document and the file of a fault", () => {
    const documents = { [path]: "api.json", "/terms": "terms.bin", "/x.txt": "x.txt" };
    expect(faultsOf({ documents }, { "api.json": '{"linkset":[]}', "terms.bin": "x" })).toEqual([
      ["/documents/~1terms", expect.stringContaining("does not tell the media type")],
      ["/documents/~1x.txt", 'there is no document at "x.txt"'],
      ["/documents/~1.well-known~1api-catalog", "api.json: linkset: may not be empty"],
    ]);
  });

  test.each([
    [{ "x.json": "x.json" }],
    [{ "//other.example/x": "x.json" }],
    [{ "/a/../x.json": "x.json" }],
    [{ "/.wayleave/ready": { text: "x", type: "text/plain" } }],
    [{ "/x?y.json": "x.json" }],
    [{ "/x.json": "../x.json" }],
    [{ "/x.json": { file: "below/../../x.json" } }],
    [{ "/x.json": "/etc/hostname" }],
    [{ "/x.json": "C:\\x.json" }],
    [{ "/x.json": {} }],
    [{ "/x.json": { text: "x", json: {} } }],
    [{ "/x.json": { text: "{}", type: "json" } }],
    [{ "/x.json": { text: "{}", type: "text/plain\r\nx: y" } }],
  ])("refuses %j", (documents) => expect(faultsOf({ documents })).not.toEqual([]));

  test("wants a digest or an artifact for each skill, and front matter", () => {
    const index = "/.well-known/agent-skills/index.json";
    const artifact = "/.well-known/agent-skills/lantern/SKILL.md";
    const of = (text?: string) => ({
      [index]: valid[index],
      ...(text === undefined ? {} : { [artifact]: { text } }),
    });
    expect(faultsOf({ documents: of(SKILL) })).toEqual([]);
    expect(faultsOf({ documents: of() })).toEqual([
      [
        "/documents/~1.well-known~1agent-skills~1index.json",
        expect.stringContaining("has no digest"),
      ],
    ]);
    expect(faultsOf({ documents: of("# Lantern") })).toMatchObject([
      [expect.stringContaining("SKILL.md"), expect.any(String)],
    ]);
    expect(faultsOf({ documents: of("---\nname: lantern\n---\n") })).toMatchObject([
      [expect.any(String), "the front matter has no description"],
    ]);
    expect(
      warningsOf({ documents: of(SKILL.replace("name: lantern", "name: lamp")) }),
    ).toMatchObject([{ code: "document-unclear" }]);
  });

  test("warns of what has expired, and of documents that are switched off", () => {
    const documents = {
      "/.well-known/security.txt": { text: "Contact: tel:+1\nExpires: 2026-01-01T00:00:00Z" },
    };
    expect(warningsOf({ documents })).toMatchObject([{ code: "document-expired" }]);
    const off = { documents: { "/x.txt": { text: "x" } }, defaults: { documents: false } };
    expect(warningsOf(off)).toMatchObject([{ code: "no-effect", pointer: "/documents" }]);
    const read = readRules(
      '{ "sitemap": true, "defaults": { "documents": false } }',
      "[]",
      () => undefined,
      FEATURES,
    );
    const warnings = read.kind === "valid" ? findWarnings(read, ["node"], NOW) : [];
    expect(warnings).toMatchObject([{ code: "no-effect", pointer: "/sitemap" }]);
  });
});

test("documents switch on their feature without its lists, unless the rules mention it", () => {
  const documents = { "/x.txt": "x.txt" };
  const files = { "x.txt": "\uFEFFx" };
  expect(read({ documents }, files)).toMatchObject({
    rules: { defaults: { documents: { lists: false } }, documents: { "/x.txt": { text: "x" } } },
  });
  expect(read({ documents, defaults: { documents: true } }, files)).toMatchObject({
    rules: { defaults: { documents: true } },
  });
  expect(read({}, files)).toMatchObject({ rules: { defaults: {} } });
  // With the standards of all other options.
  expect(read({ sitemap: true })).toMatchObject({
    rules: { defaults: { documents: { mode: "enforce", lists: false, keepFor: "10m" } } },
  });
});
