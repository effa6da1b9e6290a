import type { Agent } from "../../src/agent/agent.ts";
import type { Bot } from "../../src/agent/bots.ts";

/** A rule's match as it stands in a file. */
export interface PlainMatch {
  readonly host?: string | readonly string[];
  readonly path?: string | readonly string[];
  readonly method?: string | readonly string[];
  readonly agent?: {
    readonly name?: string | readonly string[];
    readonly operator?: string | readonly string[];
    readonly category?: string | readonly string[];
    readonly behaviour?: string | readonly string[];
    readonly exceptBehaviour?: string | readonly string[];
    readonly evidence?: string;
    readonly verdict?: string | readonly string[];
    readonly address?: string | readonly string[];
    readonly country?: string | readonly string[];
  };
}

export interface PlainRequest {
  readonly method: string;
  readonly host: string;
  readonly agent: Agent;
  /** The client's IPv4 address and country. */
  readonly from?: { readonly address?: string; readonly country?: string } | undefined;
}

/** Whether a match fits a request and one reading of its path: as simple as can be, and slow. */
export function matchesNaively(match: PlainMatch, request: PlainRequest, path: string): boolean {
  const { host, method, agent } = match;
  const bare = request.host.replace(/:\d+$/, "");
  return (
    one(method, (each) => each === request.method) &&
    one(host, (each) => {
      const written = each.toLowerCase().replace(/\.+(?=:\d+$|$)/, "");
      return written === request.host || written === bare;
    }) &&
    one(match.path, (each) => toRegExp(each).test(path)) &&
    (agent === undefined || (fits(agent, request.agent) && fitsClient(agent, request.from ?? {})))
  );
}

type PlainAgent = NonNullable<PlainMatch["agent"]>;

function fitsClient(
  { address, country }: PlainAgent,
  from: NonNullable<PlainRequest["from"]>,
): boolean {
  return (
    one(address, (each) => from.address !== undefined && isIn(each, from.address)) &&
    one(country, (each) => each.toUpperCase() === from.country)
  );
}

/** Whether an IPv4 block has an address, bit by bit. */
function isIn(block: string, address: string): boolean {
  const bits = (text: string) =>
    text
      .split(".")
      .map((each) => Number(each).toString(2).padStart(8, "0"))
      .join("");
  const [first = "", length = "32"] = block.split("/");
  return bits(address).startsWith(bits(first).slice(0, Number(length)));
}

function verdicts(agent: Agent): readonly string[] {
  const isSpoofed = "isSpoofed" in agent && agent.isSpoofed;
  const isRefuted = "isRefuted" in agent && agent.isRefuted;
  if (agent.kind === "invalid" || isRefuted)
    return isSpoofed ? ["invalid", "spoofed"] : ["invalid"];
  return [isSpoofed ? "spoofed" : agent.kind];
}

function fits(wanted: PlainAgent, agent: Agent): boolean {
  const order = ["claim", "ip-range", "reverse-dns", "signature"];
  const has =
    agent.kind === "verified" ? order.indexOf(agent.evidence) : agent.kind === "claimed" ? 0 : -1;
  const { evidence } = wanted;
  if (evidence !== undefined) {
    if (has < (evidence === "verified" ? 1 : order.indexOf(evidence))) return false;
  }
  const bot: Bot | undefined = has === -1 ? undefined : (agent as { bot?: Bot }).bot;
  const names = [wanted.name, wanted.operator, wanted.category, wanted.behaviour];
  const isOfBots = names.some((each) => each !== undefined);
  const only = [wanted.behaviour ?? []].flat();
  const isTraining = only.length > 0 && only.every((each) => each === "Training");
  const excepted = new Set<string>(
    [wanted.exceptBehaviour ?? (isTraining ? ["Search"] : [])].flat(),
  );
  const isSpared = bot?.behaviours.some((had) => excepted.has(had)) ?? false;
  return (
    (!isSpared || (!isOfBots && agent.kind !== "verified")) &&
    one(wanted.verdict, (each) => verdicts(agent).includes(each)) &&
    one(wanted.name, (each) => bot?.name === each) &&
    one(wanted.operator, (each) => bot?.operator === each) &&
    one(wanted.category, (each) => bot?.category === each) &&
    one(wanted.behaviour, (each) => bot?.behaviours.some((had) => had === each) ?? false)
  );
}

function one(wanted: string | readonly string[] | undefined, is: (each: string) => boolean) {
  return wanted === undefined || [wanted].flat().some(is);
}

/** A pattern as regular expression: `*` is anything, `:name` one or more characters of a segment. */
export function toRegExp(pattern: string): RegExp {
  const source = pattern.replaceAll(
    /\\(.)|(\*)|:\w+|%([0-9A-Fa-f]{2})|[\s\S]/g,
    (all: string, escaped?: string, star?: string, hex?: string) => {
      if (star !== undefined) return "[^]*";
      if (all.length > 1 && all.startsWith(":")) return "[^/]+";
      if (hex === undefined) return inRegExp(escaped ?? all);
      const char = String.fromCharCode(Number.parseInt(hex, 16));
      return /[\w.~-]/.test(char) ? inRegExp(char) : `%${hex.toUpperCase()}`;
    },
  );
  return new RegExp(`^${source}$`);
}

function inRegExp(char: string): string {
  const written = /[ "<>`{}^?#]/.test(char) ? encodeURIComponent(char) : char;
  return written.replaceAll(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`);
}
