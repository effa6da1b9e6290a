// Each document that the proxy serves, by an independent validator of its specification.
import { parse as parseLinkset } from "@drupal/linkset";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { discoveryDocuments } from "../support/discovery.ts";
import { errorsBy, type Spec } from "../support/document-specs.ts";
import { send } from "../support/client.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { contentsOf } from "../support/rsl.ts";
import { faultsOfSecurityTxt } from "../support/security-txt.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const SITE = "https://www.lantern.example";
const documents = discoveryDocuments(SITE);

const JSON_DOCUMENTS: readonly (readonly [path: string, specs: readonly Spec[]])[] = [
  ["/.well-known/api-catalog", ["api-catalog"]],
  ["/.well-known/agent-skills/index.json", ["agent-skills"]],
  // One document in both shapes.
  ["/.well-known/mcp/server-card.json", ["mcp-server-card-1649", "mcp-server-card-2127"]],
  ["/mcp/server-card", ["mcp-server-card-2127"]],
  ["/.well-known/ai-catalog.json", ["ai-catalog"]],
  ["/.well-known/agent-card.json", ["agent-card"]],
  ["/.well-known/oauth-protected-resource", ["protected-resource"]],
  ["/.well-known/oauth-protected-resource/api", ["protected-resource"]],
];

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("documents on %s are valid", (runtime) => {
  let origin: TestOrigin;
  let proxy: Proxy;
  beforeAll(async () => {
    origin = await startOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        publicOrigin: SITE,
        documents: {
          ...documents,
          "/mcp/server-card": {
            json: {
              $schema: "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json",
              name: "lantern.example/docs",
              version: "1.0.0",
              description: "Searches the manual.",
              remotes: [{ type: "streamable-http", url: "https://{region}.lantern.example/mcp" }],
            },
          },
        },
        signals: { search: true, aiInput: true, aiTrain: false, use: "full", license: true },
        defaults: { documents: true, compression: true, cache: true, markdown: true },
        rules: [
          { name: "a", match: { path: "/a&b/*" }, signals: { aiTrain: true, license: true } },
        ],
      },
    });
  });
  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });
  const textAt = async (path: string): Promise<string> => {
    const { status, body } = await send(proxy.url + path);
    expect(status).toBe(200);
    return body.toString();
  };

  test.each(JSON_DOCUMENTS)("%s", async (path, specs) => {
    const document: unknown = JSON.parse(await textAt(path));
    for (const spec of specs) expect([spec, errorsBy(spec, document)]).toEqual([spec, []]);
  });

  test("the API catalog, by a parser of linksets", async () => {
    const links = [...parseLinkset(await textAt("/.well-known/api-catalog"))];
    expect(links.map(({ rel, anchor }) => [rel, anchor])).toEqual([
      ["service-desc", `${SITE}/api`],
      ["service-doc", `${SITE}/api`],
    ]);
  });

  test("security.txt, by the grammar of RFC 9116", async () => {
    const text = await textAt("/.well-known/security.txt");
    expect(faultsOfSecurityTxt(text, Date.now())).toEqual([]);
  });

  test("the license, by a parser of XML and the vocabulary of RSL", async () => {
    expect(contentsOf(await textAt("/license.xml"))).toEqual([
      { url: "/a&b/", permits: ["ai-train"], prohibits: [] },
      { url: "/", permits: ["search", "ai-input"], prohibits: ["ai-train"] },
    ]);
  });
});

test("the schemas refuse what their specifications refuse", () => {
  const valid = (path: string) => (documents[path] as { json: object }).json;
  const refused: readonly (readonly [Spec, object])[] = [
    ["api-catalog", { linkset: [{ anchor: SITE, link: [{ rel: "x" }] }] }],
    ["agent-skills", valid("/.well-known/agent-skills/index.json")],
    ["mcp-server-card-2127", { ...valid("/.well-known/mcp/server-card.json"), name: "x" }],
    ["mcp-server-card-1649", { serverInfo: { name: "x" } }],
    ["ai-catalog", { ...valid("/.well-known/ai-catalog.json"), other: 1 }],
    ["agent-card", { ...valid("/.well-known/agent-card.json"), skills: [] }],
    ["protected-resource", { resource: "https://a.example/#x" }],
  ];
  for (const [spec, document] of refused)
    expect([spec, errorsBy(spec, document)[0]]).not.toEqual([spec, undefined]);
});
