import { EVIDENCE, type Agent } from "../agent/agent.ts";
import type { Bot } from "../agent/bots.ts";
import { nearest } from "../rules/suggest.ts";

/** Field lines of a request or a response. */
export type FieldLines = readonly (readonly [name: string, value: string])[];

/** A request as it is told of. */
export interface RequestFacts {
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  /** Origin-form, as written: dot segments and escapes count. */
  readonly target: string;
  readonly fields: FieldLines;
  readonly address?: string | undefined;
  /** Who asks, if it is given and not to be found out. */
  readonly agent?: Agent | undefined;
}

/** What the origin server answers. */
export interface ResponseFacts {
  readonly status: number;
  readonly fields: FieldLines;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** What can be said of an agent's evidence: a level, or that its signature is refuted. */
export const SAID_EVIDENCE = [...EVIDENCE, "verified", "invalid"] as const;

export type SaidEvidence = (typeof SAID_EVIDENCE)[number];

/** Splits an http or https address, or a path of the site, without reading its path in any way. */
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

/** The bot of a name or User-Agent token, in any case; a string says what is wrong. */
export function findBot(word: string, bots: readonly Bot[]): Bot | string {
  const lower = word.toLowerCase();
  const found =
    bots.find(({ name }) => name.toLowerCase() === lower) ??
    bots.find(({ tokens }) => tokens.some((token) => token.toLowerCase() === lower));
  if (found !== undefined) return found;
  const near = nearest(
    word,
    bots.flatMap(({ name, tokens }) => [name, ...tokens]),
  );
  const hint = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
  return `the bot table has no ${JSON.stringify(word)}${hint}`;
}

/** The agent that a bot is with some evidence; undefined if a claim is left to identification. */
export function agentWith(bot: Bot | undefined, evidence: SaidEvidence): Agent | undefined {
  switch (evidence) {
    case "claim":
      return undefined;
    case "invalid":
      return { kind: "invalid", bot, reason: "signature-mismatch" };
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

/** The fields with a User-Agent that names the bot, unless they have one. */
export function withUserAgent(fields: FieldLines, bot: Bot | undefined): FieldLines {
  const token = bot?.tokens[0];
  const isThere = fields.some(([name]) => name.toLowerCase() === "user-agent");
  if (token === undefined || isThere) return fields;
  return [...fields, ["user-agent", `Mozilla/5.0 (compatible; ${token}/1.0)`]];
}

/** Media types of what is not a page, by extension. */
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

/**
 * What stands for the origin's response where nothing more is known: a page, or a file by its
 * extension.
 */
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
