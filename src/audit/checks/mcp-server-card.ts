import { isObject } from "../../http/json.ts";
import { advise, type AuditCheck, type CheckContext } from "../check.ts";
import { findDocument, textMember } from "../json-document.ts";
import { notApplicable, unableToCheck, type AuditVerdict } from "../model.ts";

const goal = "publish the card of the site's MCP server";

const PATHS = [
  "/.well-known/mcp/server-card.json",
  "/.well-known/mcp/server-cards.json",
  "/.well-known/mcp.json",
];

export const mcpServerCard: AuditCheck = {
  id: "mcpServerCard",
  category: "discovery",
  title: "MCP server card",
  goal,
  specs: ["https://github.com/modelcontextprotocol/modelcontextprotocol/pull/2127"],
  guide: "mcp-server-card",
  async run(context) {
    const found = await findDocument(context.site, context.trail, PATHS);
    switch (found.kind) {
      case "unable":
        return unableToCheck(found.why);
      case "broken":
        return fail(context, `MCP Server Card: ${found.why}`, {});
      case "absent": {
        const { mcp } = await context.signs();
        if (mcp !== undefined) return fail(context, `MCP Server Card not found, though ${mcp}`, {});
        return notApplicable("nothing shows an MCP server on this site", "fail");
      }
      case "found":
        break;
    }
    // A list of cards counts if its first card does.
    const { servers, cards } = found.value;
    const list: unknown = Array.isArray(servers)
      ? servers[0]
      : Array.isArray(cards)
        ? cards[0]
        : undefined;
    const card = isObject(list) ? list : found.value;
    const info = card["serverInfo"];
    const missing = [
      ...["name", "version"]
        .filter((name) => textMember(info, name) === undefined)
        .map((name) => `serverInfo.${name}`),
      ...(endpointOf(card) === undefined ? ["a transport endpoint"] : []),
    ];
    context.trail.note(
      "validate",
      found.path,
      missing.length === 0 ? "positive" : "negative",
      missing.join(", ") || "complete",
    );
    if (missing.length > 0)
      return fail(context, `MCP Server Card lacks ${missing.join(", ")}`, card);
    return {
      status: "pass",
      message: "MCP Server Card found",
      details: { path: found.path, endpoint: endpointOf(card) },
    };
  },
};

type Card = Readonly<Record<string, unknown>>;

function endpointOf(card: Card): string | undefined {
  const { transport, transports, remotes } = card;
  const all: readonly unknown[] = [transport, ...listOf(transports), ...listOf(remotes)];
  return (
    textMember(card, "endpoint") ??
    all
      .map((each) => textMember(each, "endpoint") ?? textMember(each, "url"))
      .find((each) => each !== undefined)
  );
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function fail(context: CheckContext, message: string, card: Card): AuditVerdict {
  const { site } = context;
  const link = site.homePage.links.find((href) => /\/mcp\/?(?:$|[?#])/.test(href));
  const endpoint =
    endpointOf(card) ?? (link === undefined ? undefined : URL.parse(link, site.home.href)?.href);
  const name =
    textMember(card["serverInfo"], "name") ?? textMember(card, "name") ?? site.home.hostname;
  const version =
    textMember(card["serverInfo"], "version") ?? textMember(card, "version") ?? "1.0.0";
  const json = {
    ...withoutSchema(card),
    serverInfo: { name, version },
    transport: { type: "streamable-http", endpoint },
  };
  return {
    status: "fail",
    message,
    advice: advise(site, goal, {
      ...(endpoint === undefined
        ? {}
        : {
            rules: {
              documents: { "/.well-known/mcp/server-card.json": { json, precedence: "rules" } },
            },
          }),
      origin:
        "Serve /.well-known/mcp/server-card.json with serverInfo (name, version) and transport (type, endpoint) of the MCP server that the site has; correct the name and version in the rules. If there is no such server, publish no card.",
    }),
  };
}

/** The members of the former shape only: the present one has rules of its own. */
function withoutSchema({
  serverInfo: _info,
  transport: _transport,
  $schema: _schema,
  remotes: _remotes,
  ...rest
}: Card): Card {
  return rest;
}
