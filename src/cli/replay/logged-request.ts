import type { FieldLines } from "../../simulate/facts.ts";

/** A request as a line of a log describes it; a log leaves out most of it. */
export interface LoggedRequest {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly method: string;
  /** In origin form; some logs leave out the query. */
  readonly target: string;
  readonly scheme?: "http" | "https" | undefined;
  readonly host?: string | undefined;
  readonly address?: string | undefined;
  /** The field X-Forwarded-For, which counts as `trustedProxyHops` of the rules says. */
  readonly forwardedFor?: string | undefined;
  /** In two letters. */
  readonly country?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly referrer?: string | undefined;
  /** Other request fields, if the log has them. */
  readonly fields?: FieldLines | undefined;
  readonly status: number;
  /** Bytes of the response. */
  readonly bytes?: number | undefined;
  /** The category of the verified bot, as Cloudflare states it. */
  readonly verifiedCategory?: string | undefined;
  /** The agent as our own proxy identified it. */
  readonly known?: KnownAgent | undefined;
}

/** The agent of a line of our own access log. */
export interface KnownAgent {
  readonly verdict: string;
  readonly name: string | undefined;
  readonly evidence: string | undefined;
}

/**
 * The result of a line: a request, "other" for a line that describes no request (a comment, a message),
 * or the reason why it can't be read.
 */
export type ParsedLine =
  | { readonly kind: "request"; readonly request: LoggedRequest }
  | { readonly kind: "other" }
  | { readonly kind: "fault"; readonly why: string };

export const OTHER: ParsedLine = { kind: "other" };

export function fault(why: string): ParsedLine {
  return { kind: "fault", why };
}

/** Parses lines of one format. */
export interface LineFormat {
  readonly name: string;
  /** Whether lines have these parts. */
  readonly has: {
    readonly host: boolean;
    readonly query: boolean;
    readonly userAgent: boolean;
    readonly address: boolean;
    /** Request fields such as Accept. */
    readonly fields: boolean;
  };
  parse(line: string): ParsedLine;
}

/** The parts of a request line (`GET /a HTTP/1.1`), or undefined if it is malformed. */
export function parseRequestLine(
  line: string,
): Pick<LoggedRequest, "method" | "target" | "scheme" | "host"> | undefined {
  const first = line.indexOf(" ");
  if (first < 1) return undefined;
  const last = line.lastIndexOf(" ");
  const hasVersion = last > first && line.startsWith("HTTP/", last + 1);
  const method = line.slice(0, first);
  if (!/^[A-Za-z]{1,20}$/.test(method)) return undefined;
  const target = parseTarget(line.slice(first + 1, hasVersion ? last : undefined));
  return target === undefined ? undefined : { method, ...target };
}

/** Splits a target in absolute form; undefined for a target that is no path. */
export function parseTarget(
  target: string,
): Pick<LoggedRequest, "target" | "scheme" | "host"> | undefined {
  if (target.startsWith("/")) return { target };
  const [, scheme = "", host = "", rest = ""] =
    /^(https?):\/\/([^/?#\s@]+)(\S*)$/i.exec(target) ?? [];
  if (host === "") return undefined;
  const isHttps = scheme.toLowerCase() === "https";
  return {
    target: rest.startsWith("/") ? rest : `/${rest}`,
    scheme: isHttps ? "https" : "http",
    host: host.toLowerCase(),
  };
}

/** The number of a text of digits; undefined for "-" and everything else. */
export function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A value of a log, of which "-" and "" mean none. */
export function valueOf(text: string | undefined): string | undefined {
  return text === undefined || text === "-" || text === "" ? undefined : text;
}
