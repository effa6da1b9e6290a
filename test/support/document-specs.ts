// JSON Schemas of discovery documents, written from the text of their specifications and not from the
// proxy's own checks, as an independent oracle. Sources, read in November 2026: RFC 9264 §4.2, RFC 9728 §2,
// SEP-1649, experimental-ext-server-card (schema.json), ard-spec (ai-catalog.schema.json), a2a.proto 1.0,
// Agent Skills discovery 0.2.0.
import addFormats from "ajv-formats";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";

const text = { type: "string", minLength: 1 };
const texts = { type: "array", items: text };
const uri = { type: "string", format: "uri" };
const reference = { type: "string", format: "uri-reference", minLength: 1 };
const some = (items: object) => ({ type: "array", minItems: 1, items });
const object = (required: readonly string[], properties: object, more: object = {}) => ({
  type: "object",
  required,
  properties,
  ...more,
});

/** RFC 9264 §4.2.2 to §4.2.4: a relation type is a member of the context; each target has an href. */
const linkset = object(["linkset"], {
  linkset: some({
    type: "object",
    properties: { anchor: reference },
    additionalProperties: some(
      object(["href"], {
        href: reference,
        type: text,
        hreflang: texts,
        media: text,
        title: text,
      }),
    ),
  }),
});

const SPECS = {
  // RFC 9727 §4.1: the catalog is a linkset, whose contexts name the APIs.
  "api-catalog": {
    allOf: [linkset, object([], { linkset: { items: { required: ["anchor"] } } })],
  },
  "agent-skills": object(["$schema", "skills"], {
    $schema: { const: "https://schemas.agentskills.io/discovery/0.2.0/schema.json" },
    skills: some(
      object(["name", "type", "description", "url", "digest"], {
        name: { type: "string", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 64 },
        type: { enum: ["skill-md", "archive"] },
        description: { ...text, maxLength: 1024 },
        url: reference,
        digest: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
      }),
    ),
  }),
  "mcp-server-card-1649": object(["serverInfo", "transport"], {
    serverInfo: object(["name", "version"], { name: text, version: text }),
    transport: object(["type", "endpoint"], { type: text, endpoint: text }),
  }),
  "mcp-server-card-2127": object(["$schema", "name", "version", "description"], {
    $schema: {
      const: "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json",
    },
    name: {
      type: "string",
      pattern: "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$",
      minLength: 3,
      maxLength: 200,
    },
    version: { type: "string", maxLength: 255 },
    description: { ...text, maxLength: 100 },
    title: { ...text, maxLength: 100 },
    websiteUrl: uri,
    remotes: {
      type: "array",
      items: object(["type", "url"], {
        type: { enum: ["streamable-http", "sse"] },
        url: { type: "string", pattern: String.raw`^(https?://\S+|\{[a-zA-Z_]\w*\}\S*)$` },
        supportedProtocolVersions: texts,
      }),
    },
  }),
  "ai-catalog": object(
    ["specVersion", "entries"],
    {
      specVersion: { const: "1.0" },
      host: object(
        ["displayName"],
        {
          displayName: text,
          identifier: text,
          documentationUrl: uri,
          logoUrl: uri,
          trustManifest: { type: "object" },
        },
        { additionalProperties: false },
      ),
      entries: {
        type: "array",
        items: object(
          ["identifier", "displayName", "type"],
          {
            identifier: { type: "string", pattern: String.raw`^urn:air:[\w.-]+(:[\w.-]+)+$` },
            displayName: text,
            type: text,
            url: uri,
            data: { type: "object" },
            representativeQueries: { type: "array", minItems: 2, maxItems: 5, items: text },
          },
          { oneOf: [{ required: ["url"] }, { required: ["data"] }] },
        ),
      },
    },
    { additionalProperties: false },
  ),
  "agent-card": object(
    [
      "name",
      "description",
      "supportedInterfaces",
      "version",
      "capabilities",
      "defaultInputModes",
      "defaultOutputModes",
      "skills",
    ],
    {
      name: text,
      description: text,
      version: text,
      documentationUrl: uri,
      iconUrl: uri,
      provider: object(["url", "organization"], { url: uri, organization: text }),
      supportedInterfaces: some(
        object(["url", "protocolBinding", "protocolVersion"], {
          url: uri,
          protocolBinding: text,
          protocolVersion: text,
        }),
      ),
      capabilities: object([], {
        streaming: { type: "boolean" },
        pushNotifications: { type: "boolean" },
        extendedAgentCard: { type: "boolean" },
      }),
      defaultInputModes: some(text),
      defaultOutputModes: some(text),
      skills: some(
        object(["id", "name", "description", "tags"], {
          id: text,
          name: text,
          description: text,
          tags: some(text),
          examples: texts,
        }),
      ),
    },
  ),
  "protected-resource": object(["resource"], {
    resource: { ...uri, pattern: "^https://[^#]+$" },
    authorization_servers: some({ ...uri, pattern: "^https://[^?#]+$" }),
    jwks_uri: uri,
    scopes_supported: texts,
    bearer_methods_supported: { type: "array", items: { enum: ["header", "body", "query"] } },
    resource_documentation: uri,
  }),
} as const;

/** A specification that has a schema. */
export type Spec = keyof typeof SPECS;

const ajv = new Ajv2020({ allErrors: true, strict: false });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);

/** The errors of a document by the schema of its specification. */
export function errorsBy(spec: Spec, document: unknown): readonly string[] {
  const validate = ajv.getSchema(spec) ?? ajv.compile({ $id: spec, ...SPECS[spec] });
  if (validate(document) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }: ErrorObject) => `${instancePath} ${message}`,
  );
}
