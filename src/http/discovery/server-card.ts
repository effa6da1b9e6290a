import * as v from "valibot";
import { fault, faultsBy, open, some, text, webUrl, type DocumentIssue } from "./issue.ts";
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
  name: v.pipe(text, v.regex(/^[\w.-]+\/[\w.-]+$/, 'must be like "org/server"')),
  version: text,
  description: text,
  remotes: some(open({ type: text, url: webUrl })),
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
