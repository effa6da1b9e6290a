import * as v from "valibot";
import { fault, faultsBy, open, text, type DocumentIssue } from "./issue.ts";
import type { JsonCheck } from "./json-kinds.ts";

/** The shape that scanners look for: serverInfo and transport (SEP-1649). */
const former = open({
  serverInfo: open({ name: text, version: text }),
  transport: open({ type: text, endpoint: text }),
});

/** The shape of SEP-2127: a name with a namespace, and remotes. */
const present = open({
  $schema: v.literal(
    "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json",
    "must be the address of the schema (version 1)",
  ),
  name: v.pipe(
    text,
    v.maxLength(200, "must have 200 characters at most"),
    v.regex(/^[A-Za-z0-9.-]+\/[\w.-]+$/, 'must be like "org/server"'),
  ),
  version: v.pipe(text, v.maxLength(255, "must have 255 characters at most")),
  description: v.pipe(text, v.maxLength(100, "must have 100 characters at most")),
  remotes: v.optional(
    v.array(
      open({
        type: v.picklist(["streamable-http", "sse"], 'must be "streamable-http" or "sse"'),
        // A template: parts in braces stand for variables.
        url: v.pipe(
          text,
          v.regex(/^(?:https?:\/\/\S+|\{[A-Za-z_]\w*\}\S*)$/, "must be an absolute URL"),
        ),
      }),
      "must be a list",
    ),
  ),
});

const has = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === "object" && value !== null && names.some((name) => name in value);

/** An MCP server card in one of its two shapes, or in both at once. */
export const checkServerCard: JsonCheck = (value, { path }) => {
  const isFormer = has(value, "serverInfo", "transport");
  const isPresent = has(value, "remotes", "$schema");
  const faults: DocumentIssue[] = [];
  if (isFormer) faults.push(...faultsBy(former, value));
  if (isPresent || !path.startsWith("/.well-known/")) faults.push(...faultsBy(present, value));
  if (!isFormer && !isPresent && faults.length === 0) {
    faults.push(fault("must have serverInfo and transport, or $schema, name, version and remotes"));
  }
  return faults;
};

/** A list of server cards. */
export const checkServerCards: JsonCheck = (value) =>
  faultsBy(v.union([open({}), v.array(open({}))]), value);
