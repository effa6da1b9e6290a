/** The skill of the test's site. */
export const SKILL = `---
name: lantern
description: How to light a lantern from the terminal.
---

# Lantern

Run \`lantern on\`. It says: “lit”.

${"Turn the wick up slowly, and watch the flame. ".repeat(40)}
`;

/** A date a few weeks after the test. */
const soon = new Date(Date.now() + 40 * 86_400_000).toISOString();

/** Discovery documents of a site, as an operator writes them into the rules. */
export function discoveryDocuments(origin: string): Readonly<Record<string, object>> {
  return {
    "/.well-known/api-catalog": {
      json: {
        linkset: [
          {
            anchor: `${origin}/api`,
            "service-desc": [
              { href: "/reference/openapi.json", type: "application/vnd.oai.openapi+json" },
            ],
            "service-doc": [{ href: `${origin}/reference/`, type: "text/html" }],
          },
        ],
      },
    },
    "/.well-known/agent-skills/index.json": {
      json: {
        $schema: "https://schemas.agentskills.io/discovery/0.2.0/schema.json",
        skills: [
          {
            name: "lantern",
            type: "skill-md",
            description: "How to light a lantern.",
            url: "lantern/SKILL.md",
          },
        ],
      },
    },
    "/.well-known/agent-skills/lantern/SKILL.md": { text: SKILL },
    "/.well-known/mcp/server-card.json": {
      json: {
        $schema: "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json",
        name: "lantern.example/docs",
        version: "1.0.0",
        description: "Searches the manual.",
        remotes: [{ type: "streamable-http", url: `${origin}/mcp` }],
        serverInfo: { name: "docs", version: "1.0.0" },
        transport: { type: "streamable-http", endpoint: `${origin}/mcp` },
      },
    },
    "/.well-known/ai-catalog.json": {
      json: {
        specVersion: "1.0",
        host: { displayName: "Lantern", identifier: "did:web:lantern.example" },
        entries: [
          {
            identifier: "urn:air:lantern.example:mcp:docs",
            displayName: "The manual",
            type: "application/mcp-server-card+json",
            url: `${origin}/.well-known/mcp/server-card.json`,
          },
        ],
      },
    },
    "/.well-known/agent-card.json": {
      json: {
        name: "Lantern",
        description: "Answers questions about lanterns.",
        version: "1.0.0",
        supportedInterfaces: [
          { url: `${origin}/a2a`, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
        ],
        capabilities: {},
        defaultInputModes: ["text/plain"],
        defaultOutputModes: ["text/plain"],
        skills: [{ id: "ask", name: "Ask", description: "Answers a question.", tags: ["manual"] }],
      },
    },
    "/.well-known/oauth-protected-resource": {
      json: {
        resource: origin,
        authorization_servers: ["https://login.lantern.example"],
        scopes_supported: ["read"],
        bearer_methods_supported: ["header"],
      },
    },
    "/.well-known/oauth-protected-resource/api": {
      json: { resource: `${origin}/api`, authorization_servers: ["https://login.lantern.example"] },
    },
    "/.well-known/security.txt": {
      text: `Contact: https://lantern.example/security\nExpires: ${soon}\n`,
    },
  };
}
