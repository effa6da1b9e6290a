import { EVIDENCE, type Agent } from "../agent/agent.ts";
import type { Bot } from "../agent/bots.ts";
import { didYouMean } from "../rules/suggest.ts";

/** Field lines of a request or a response. */
export type FieldLines = readonly (readonly [name: string, value: string])[];

/** The description of a request. */
export interface RequestFacts {
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  /** The target in origin-form, with dot segments and escapes as given. */
  readonly target: string;
  readonly fields: FieldLines;
  readonly address?: string | undefined;
  /** The client's country in two letters. */
  readonly country?: string | undefined;
  /** The agent; undefined if the proxy is to identify it. */
  readonly agent?: Agent | undefined;
}

/** The description of the origin server's response. */
export interface ResponseFacts {
  readonly status: number;
  readonly fields: FieldLines;
  readonly content: Uint8Array<ArrayBuffer>;
}

/**
 * The values of an agent's evidence in a description; "invalid" is a refuted signature, "spoofed" an
 * address that refutes the claim.
 */
export const EVIDENCE_VALUES = [...EVIDENCE, "verified", "invalid", "spoofed"] as const;

export type EvidenceValue = (typeof EVIDENCE_VALUES)[number];

/** Splits an http or https URL, or a path of the site, and leaves the path as it is. */
export function parseAddress(
  text: string,
  site: string,
): Pick<RequestFacts, "scheme" | "host" | "target"> | undefined {
  const whole = text.startsWith("/") ? site + text : text;
  const [, scheme = "", host = "", rest = ""] =
    /^(https?):\/\/([^/?#\s@\\]+)([^#\s]*)/i.exec(whole) ?? [];
  if (host === "" || !URL.canParse(`${scheme}://${host}`)) return undefined;
  const target = rest.startsWith("/") ? rest : `/${rest}`;
  return { scheme: scheme.toLowerCase(), host: host.toLowerCase(), target };
}

/** Finds a bot by name or User-Agent token, in any case; otherwise returns an error message. */
export function findBot(word: string, bots: readonly Bot[]): Bot | string {
  const lower = word.toLowerCase();
  const found =
    bots.find(({ name }) => name.toLowerCase() === lower) ??
    bots.find(({ tokens }) => tokens.some((token) => token.toLowerCase() === lower));
  if (found !== undefined) return found;
  const names = bots.flatMap(({ name, tokens }) => [name, ...tokens]);
  return `the bot table has no ${JSON.stringify(word)}${didYouMean(word, names)}`;
}

/** The agent of a bot with this evidence; undefined for a claim, which the proxy identifies. */
export function agentWith(bot: Bot | undefined, evidence: EvidenceValue): Agent | undefined {
  switch (evidence) {
    case "claim":
      return undefined;
    case "invalid":
      return { kind: "invalid", bot, reason: "signature-mismatch" };
    case "spoofed": {
      if (bot === undefined) return undefined;
      const network = { network: "not-in-ranges", isSpoofed: true } as const;
      return { kind: "claimed", bot, reason: "unsigned", ...network };
    }
    case "verified":
    case "signature": {
      const directory = bot?.signatureAgents[0];
      return {
        kind: "verified",
        bot,
        evidence: "signature",
        ...(directory === undefined ? {} : { signatureAgent: directory }),
      };
    }
    default:
      return { kind: "verified", bot, evidence };
  }
}

/** Adds a User-Agent that names the bot, unless there is one. */
export function withUserAgent(fields: FieldLines, bot: Bot | undefined): FieldLines {
  const token = bot?.tokens[0];
  const isThere = fields.some(([name]) => name.toLowerCase() === "user-agent");
  if (token === undefined || isThere) return fields;
  return [...fields, ["user-agent", `Mozilla/5.0 (compatible; ${token}/1.0)`]];
}

/** Media types of files that are no pages, by extension. */
const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  mjs: "text/javascript",
  css: "text/css",
  json: "application/json",
  txt: "text/plain; charset=utf-8",
  xml: "application/xml",
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  woff2: "font/woff2",
  wasm: "application/wasm",
  pdf: "application/pdf",
};

/** The default response of the origin server: a page, or a file by its extension. */
export function plainResponse(target: string): ResponseFacts {
  const path = target.split("?")[0] ?? "";
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  const type = TYPES[extension] ?? "text/html; charset=utf-8";
  const text = type.startsWith("text/html") ? PAGE : "/* content */\n".repeat(300);
  const caching: FieldLines =
    TYPES[extension] === undefined ? [] : [["cache-control", "public, max-age=600"]];
  const content = new TextEncoder().encode(text);
  return { status: 200, fields: [["content-type", type], ...caching], content };
}

const PAGE = `<!doctype html>
<html lang="en"><head><title>A page</title></head>
<body><main><h1>A page</h1><p>A paragraph of plain text.</p></main></body></html>
`;
