import * as v from "valibot";
import {
  faultsBy,
  mediaType,
  open,
  reference,
  some,
  text,
  texts,
  warning,
  webUrl,
  type DocumentIssue,
} from "./issue.ts";

/** The facts about a document that a check needs besides its content. */
export interface DocumentPlace {
  /** The path at which it is served. */
  readonly path: string;
  /** The public origin, if the rules name one. */
  readonly origin?: string | undefined;
}

/** Finds the faults of a JSON document. */
export type JsonCheck = (value: unknown, place: DocumentPlace) => readonly DocumentIssue[];

const by =
  (schema: v.GenericSchema): JsonCheck =>
  (value) =>
    faultsBy(schema, value);

/** Any JSON object. */
export const checkObject = by(open({}));

/** A target of a linkset (RFC 9264 §4.2.3). */
const target = open({ href: reference, type: v.optional(mediaType), title: v.optional(text) });

/** A set of links in JSON (RFC 9264 §4.2): relation types are the names of members. */
const linkset = open({
  linkset: some(
    v.objectWithRest({ anchor: v.optional(reference) }, some(target), "must be an object"),
  ),
});

/** An API catalog (RFC 9727), which is a linkset. */
export const checkApiCatalog: JsonCheck = (value) => {
  const faults = faultsBy(linkset, value);
  if (faults.length > 0) return faults;
  const contexts = (value as v.InferOutput<typeof linkset>).linkset;
  return contexts.flatMap((context, at) => {
    const where = `linkset.${at}`;
    const issues: DocumentIssue[] = [];
    if (context.anchor === undefined)
      issues.push(warning(`${where}: without "anchor", readers can't tell which API it is about`));
    if ("link" in context)
      issues.push(
        warning(
          `${where}.link: a member's name is the relation type, e.g. "service-desc" (RFC 9264 §4.2.2)`,
        ),
      );
    if (Object.keys(context).length < 2 && context.anchor !== undefined)
      issues.push(warning(`${where}: it has no links`));
    return issues;
  });
};

/** The catalog of ARD: `urn:air:` identifiers, and exactly one of url and data for each entry. */
export const checkAiCatalog = by(
  open({
    specVersion: v.literal("1.0", 'must be "1.0"'),
    host: v.optional(open({ displayName: text, identifier: v.optional(text) })),
    entries: some(
      v.pipe(
        open({
          identifier: v.pipe(
            text,
            v.regex(
              /^urn:air:[\w.-]+(?::[\w.-]+)+$/,
              'must be like "urn:air:www.example.com:mcp:docs"',
            ),
          ),
          displayName: text,
          type: mediaType,
          url: v.optional(webUrl),
          data: v.optional(open({})),
          representativeQueries: v.optional(
            v.pipe(
              texts,
              v.minLength(2, "must have 2 to 5 members"),
              v.maxLength(5, "must have 2 to 5 members"),
            ),
          ),
        }),
        v.check(
          ({ url, data }) => (url === undefined) !== (data === undefined),
          "must have exactly one of url and data",
        ),
      ),
    ),
  }),
);

/** The agent card of A2A 1.0. */
export const checkAgentCard = by(
  open({
    name: text,
    description: text,
    version: text,
    supportedInterfaces: some(open({ url: webUrl, protocolBinding: text, protocolVersion: text })),
    provider: v.optional(open({ url: webUrl, organization: text })),
    capabilities: open({}),
    defaultInputModes: some(mediaType),
    defaultOutputModes: some(mediaType),
    skills: some(open({ id: text, name: text, description: text, tags: some(text) })),
  }),
);

/** The agent card of A2A before 1.0, at its former path. */
export const checkFormerAgentCard = by(
  open({ name: text, version: text, url: webUrl, skills: v.array(open({})) }),
);

const METHODS = ["header", "body", "query"] as const;

const protectedResource = open({
  resource: v.pipe(
    webUrl,
    v.check((url) => !url.includes("#"), "may not have a fragment (RFC 9728 §1.2)"),
  ),
  authorization_servers: v.optional(some(webUrl)),
  scopes_supported: v.optional(texts),
  bearer_methods_supported: v.optional(
    v.array(v.picklist(METHODS, 'must be "header", "body" or "query"')),
  ),
  jwks_uri: v.optional(webUrl),
  resource_documentation: v.optional(webUrl),
});

/** The well-known path of protected resource metadata, before which nothing of a resource's path stands. */
export const PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource";

/** Metadata of a protected resource (RFC 9728 §2); its resource is that of its place (§3.3). */
export const checkProtectedResource: JsonCheck = (value, { path, origin }) => {
  const faults = faultsBy(protectedResource, value);
  if (faults.length > 0) return faults;
  const { resource, authorization_servers: servers } = value as v.InferOutput<
    typeof protectedResource
  >;
  const { pathname, search, origin: own } = new URL(resource);
  const issues: DocumentIssue[] = [];
  const expected = path.slice(PROTECTED_RESOURCE.length) || "/";
  const isPlaced = pathname + search === expected || pathname + search === `${expected}/`;
  if (!isPlaced)
    issues.push({
      level: "fault",
      message: `resource: its path is ${pathname}, but the document's place stands for ${expected} (RFC 9728 §3.3)`,
    });
  if (resource.startsWith("http:"))
    issues.push(warning("resource: clients accept only https (RFC 9728 §1.2)"));
  if (origin !== undefined && own !== origin)
    issues.push({
      level: "fault",
      message: `resource: clients refuse a resource of another origin than ${origin} (RFC 9728 §3.3)`,
    });
  if (servers === undefined)
    issues.push(
      warning("authorization_servers: without it, clients do not know where to get a token"),
    );
  return issues;
};

/** Metadata of an authorization server (RFC 8414 §2, OpenID Connect Discovery). */
export const checkAuthorizationServer = by(
  open({
    issuer: webUrl,
    authorization_endpoint: v.optional(webUrl),
    token_endpoint: v.optional(webUrl),
    jwks_uri: v.optional(webUrl),
    response_types_supported: some(text),
  }),
);
