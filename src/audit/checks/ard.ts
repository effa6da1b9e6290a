import { isObject } from "../../http/json.ts";
import { advise, type AuditCheck, type CheckContext } from "../check.ts";
import { findDocument, textMember } from "../json-document.ts";
import { notApplicable, unableToCheck, type AuditVerdict } from "../model.ts";
import { typeOfReply } from "../reply.ts";
import { AGENT_CARD } from "./a2a-agent-card.ts";

const goal = "list the site's agents and MCP servers in an AI catalog (ARD)";

const PATH = "/.well-known/ai-catalog.json";
const MCP_CARD = "/.well-known/mcp/server-card.json";

export const ard: AuditCheck = {
  id: "ard",
  category: "discovery",
  title: "AI catalog (ARD)",
  goal,
  specs: ["https://github.com/ards-project/ard-spec"],
  guide: "ard",
  async run(context) {
    const { site, trail } = context;
    const found = await findDocument(site, trail, [PATH]);
    switch (found.kind) {
      case "unable":
        return unableToCheck(found.why);
      case "broken":
        return fail(`AI catalog: ${found.why}`, context, await cardsOf(context));
      case "absent":
        return absent(context);
      case "found":
        break;
    }
    const { value, reply } = found;
    const faults: string[] = [];
    if (typeOfReply(reply) !== "application/json") faults.push("its type is not application/json");
    if (reply.fields.get("access-control-allow-origin") !== "*")
      faults.push("Access-Control-Allow-Origin is not *");
    if (textMember(value, "specVersion") === undefined) faults.push("specVersion is missing");
    const { entries } = value;
    const list: readonly unknown[] = Array.isArray(entries) ? entries : [];
    if (list.length === 0) faults.push("it has no entries");
    if (!list.every((entry) => isObject(entry) && "url" in entry !== "data" in entry)) {
      faults.push("an entry does not have exactly one of url and data");
    }
    trail.note(
      "validate",
      PATH,
      faults.length === 0 ? "positive" : "negative",
      faults.join("; ") || "complete",
    );
    if (faults.length > 0) {
      return fail(`AI catalog: ${faults.join("; ")}`, context, await cardsOf(context));
    }
    return { status: "pass", message: "AI catalog found", details: { entries: list.length } };
  },
};

/** The cards that the site has, as entries of a catalog. */
async function cardsOf({
  site,
  trail,
}: CheckContext): Promise<readonly { path: string; type: string; name: string; kind: string }[]> {
  const cards = [];
  for (const [path, type, kind] of [
    [MCP_CARD, "application/mcp-server-card+json", "mcp"],
    [AGENT_CARD, "application/a2a-agent-card+json", "agent"],
  ] as const) {
    const found = await findDocument(site, trail, [path]);
    if (found.kind !== "found") continue;
    const name =
      textMember(found.value, "name") ??
      textMember(found.value["serverInfo"], "name") ??
      site.home.hostname;
    cards.push({ path, type, name, kind });
  }
  return cards;
}

async function absent(context: CheckContext): Promise<AuditVerdict> {
  const cards = await cardsOf(context);
  const [first] = cards;
  if (first !== undefined)
    return fail(`AI catalog not found, though the site has ${first.path}`, context, cards);
  return notApplicable(
    "the site has neither an agent card nor an MCP server card that a catalog could list",
    "fail",
  );
}

function fail(
  message: string,
  { site }: CheckContext,
  cards: Awaited<ReturnType<typeof cardsOf>>,
): AuditVerdict {
  const { hostname } = site.home;
  const entries = cards.map(({ path, type, name, kind }) => ({
    identifier: `urn:air:${hostname}:${kind}:${kind === "mcp" ? "server" : "main"}`,
    displayName: name,
    type,
    url: site.origin + path,
  }));
  const json = {
    specVersion: "1.0",
    host: { displayName: hostname, identifier: `did:web:${hostname}` },
    entries,
  };
  return {
    status: "fail",
    message,
    advice: advise(site, goal, {
      ...(entries.length === 0
        ? {}
        : { rules: { documents: { [PATH]: { json, precedence: "rules" } } } }),
      origin:
        "Serve /.well-known/ai-catalog.json as application/json with Access-Control-Allow-Origin: *, specVersion, and one entry for each agent or MCP server that the site has. Do not publish a catalog without entries.",
    }),
  };
}
