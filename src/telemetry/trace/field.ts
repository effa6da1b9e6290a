import { DisplayString, serializeList, Token } from "structured-headers";
import type { DecisionRecord } from "../../pipeline/stage.ts";
import type { OriginTrace, Trace } from "./trace.ts";

/** The diagnostic response field. */
export const TRACE_FIELD = "wayleave-trace";

/** Characters of the field, at most, since proxies refuse long header sections. */
export const LONGEST_FIELD = 1536;

/** Characters of a rule's name, at most. */
const LONGEST_NAME = 40;

/** Characters of a stage's note, at most. */
const LONGEST_NOTE = 120;

type Params = Map<string, string | number | Token | DisplayString>;

/**
 * Formats a trace as a List (RFC 9651 §3.1) of Tokens with parameters: the agent, the origin server if
 * it got the request, then a member for each feature, e.g. `markdown;mode=enforce;rule="defaults";declined=html-preferred`. It is ASCII,
 * without addresses and field values; members that do not fit are omitted.
 */
export function formatTraceField({ agent, origin, features }: Trace): string {
  const who: Params = new Map();
  if (agent.name !== undefined) who.set("name", text(agent.name));
  const evidence = agent.evidence.filter(({ counts }) => counts).map(({ kind }) => kind);
  if (evidence[0] !== undefined) who.set("evidence", new Token(evidence[0]));
  const members: [Token, Params][] = [[new Token(agent.verdict), who]];
  if (origin !== undefined) members.push([new Token("origin"), originParams(origin)]);
  for (const { feature, mode, rule, decisions } of features) {
    const params: Params = new Map();
    params.set("mode", new Token(mode));
    params.set("rule", text(rule));
    // The last decision of each kind counts, since parameter keys must be unique.
    for (const { kind, reason, detail } of decisions) {
      params.set(kind, new Token(token(reason)));
      // A plain coding says why it is no delta.
      const without = reason === "coded" ? detail?.["dictionary"] : undefined;
      if (without !== undefined) params.set("dictionary", new Token(token(without)));
      if (detail?.["note"] !== undefined) params.set("note", text(detail["note"], LONGEST_NOTE));
    }
    members.push([new Token(feature), params]);
  }
  let value = "";
  for (const member of members) {
    const next = serializeList([member]);
    if (value.length + next.length + 2 > LONGEST_FIELD) break;
    value = value === "" ? next : `${value}, ${next}`;
  }
  return value;
}

function originParams({ name, status, ms }: OriginTrace): Params {
  const params: Params = new Map();
  if (name !== undefined) params.set("name", text(name));
  if (status !== undefined) params.set("status", status);
  return params.set("ms", Math.round(ms));
}

/** Formats the milliseconds of each feature, of both phases, as Server-Timing. */
export function formatServerTiming(decisions: readonly DecisionRecord[]): string {
  const taken = new Map<string, number>();
  for (const { feature, ms } of decisions) {
    if (ms !== undefined) taken.set(feature, (taken.get(feature) ?? 0) + ms);
  }
  return [...taken].map(([feature, ms]) => `${feature};dur=${Number(ms.toFixed(2))}`).join(", ");
}

/** A String, or a Display String if the value is not ASCII (RFC 9651 §3.3.3, §3.3.8). */
function text(value: string, most = LONGEST_NAME): string | DisplayString {
  const cut = value.slice(0, most).replaceAll(/\p{Cc}/gu, " ");
  return /^[\x20-\x7e]*$/.test(cut) ? cut : new DisplayString(cut.toWellFormed());
}

/** Converts a reason or an error's name to a Token. */
function token(reason: string): string {
  const cut = reason.slice(0, LONGEST_NAME).replaceAll(/[^\w.-]/g, "-");
  return /^[A-Za-z]/.test(cut) ? cut : `x${cut}`;
}
