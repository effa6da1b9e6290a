import { isObject } from "../http/json.ts";
import { UNKNOWN, type DnsAnswer, type DnsResolver } from "./dns-resolver.ts";

type DnsFetch = (
  url: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<Response>;

const RECORD_TYPES = { A: 1, PTR: 12, AAAA: 28 } as const;
const MOST_CHARACTERS = 16_384;
// RFC 2308 §5: how long a negative answer may be cached if its SOA is not shown.
const NEGATIVE_TTL = 300;

/** Creates a resolver that uses the JSON interface of public DNS-over-HTTPS services. */
export function dnsOverHttps(endpoint: string, fetch: DnsFetch): DnsResolver {
  return {
    async lookUp(name, type, signal) {
      const url = new URL(endpoint);
      url.searchParams.set("name", name);
      url.searchParams.set("type", type);
      try {
        const response = await fetch(url.href, {
          headers: { accept: "application/dns-json" },
          signal,
        });
        if (response.status !== 200) {
          await response.body?.cancel();
          return UNKNOWN;
        }
        const text = await response.text();
        return text.length > MOST_CHARACTERS ? UNKNOWN : readAnswer(JSON.parse(text), type);
      } catch {
        return UNKNOWN;
      }
    },
  };
}

function readAnswer(document: unknown, type: keyof typeof RECORD_TYPES): DnsAnswer {
  if (!isObject(document)) return UNKNOWN;
  const { Status: status, TC: truncated, Answer: answers } = document;
  // RFC 1035 §4.1.1: 3 says that the name does not exist; every other code is a failure.
  if (status === 3) return { kind: "records", values: [], ttl: NEGATIVE_TTL };
  if (status !== 0 || truncated === true) return UNKNOWN;
  const values: string[] = [];
  let ttl = Infinity;
  for (const answer of Array.isArray(answers) ? answers : []) {
    if (!isObject(answer)) return UNKNOWN;
    const { type: kind, data, TTL: seconds } = answer;
    if (typeof seconds === "number") ttl = Math.min(ttl, seconds);
    if (kind === RECORD_TYPES[type] && typeof data === "string") values.push(data);
  }
  return { kind: "records", values, ttl: Number.isFinite(ttl) ? ttl : NEGATIVE_TTL };
}
