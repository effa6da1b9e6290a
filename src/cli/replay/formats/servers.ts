import { entryOf, jsonFormat, numberOf, textOf, type Entry } from "./json-log.ts";
import { parseTime } from "./time.ts";

/** Caddy's access log: its fields are those of the request, except cookies and credentials. */
export const caddy = jsonFormat(
  "caddy",
  { host: true, query: true, userAgent: true, address: true, fields: true },
  (entry) => {
    const request = entryOf(entry["request"]);
    if (request === undefined) return undefined;
    const fields = fieldsOf(entryOf(request["headers"]) ?? {});
    const find = (name: string) => fields.find(([each]) => each === name)?.[1];
    const skipped = new Set(["user-agent", "referer"]);
    return {
      time: parseTime(entry["ts"]),
      method: textOf(request["method"]) ?? "GET",
      target: textOf(request["uri"]),
      host: textOf(request["host"]),
      scheme: entryOf(request["tls"]) === undefined ? undefined : "https",
      address: textOf(request["client_ip"]) ?? textOf(request["remote_ip"]),
      forwardedFor: find("x-forwarded-for"),
      userAgent: find("user-agent"),
      referrer: find("referer"),
      fields: fields.filter(([name]) => !skipped.has(name)),
      status: numberOf(entry["status"]),
      bytes: numberOf(entry["size"]),
    };
  },
);

/** Fields that Caddy hides, or that no longer prove anything. */
const USELESS = /^(?:cookie|authorization|proxy-authorization|signature|signature-input)$/;

function fieldsOf(headers: Entry): [string, string][] {
  return Object.entries(headers).flatMap(([given, values]) => {
    const name = given.toLowerCase();
    const texts = Array.isArray(values) ? values.filter((each) => typeof each === "string") : [];
    return texts.length === 0 || USELESS.test(name) ? [] : [[name, texts.join(", ")]];
  });
}

/** The event of the lines for requests. */
const ACCESS_LINE = "access";

/** Our own access log in JSON, which has the agent as the proxy identified it. */
export const wayleave = jsonFormat(
  "wayleave",
  { host: false, query: false, userAgent: false, address: false, fields: false },
  (entry) => {
    if (entry["event"] !== ACCESS_LINE) return undefined;
    const agent = entryOf(entry["agent"]) ?? {};
    const kind = textOf(agent["kind"]);
    const client = entryOf(entry["client"]) ?? {};
    return {
      time: parseTime(entry["time"]),
      method: textOf(entry["method"]) ?? "GET",
      target: textOf(entry["path"]),
      host: textOf(entry["host"]),
      address: textOf(client["address"]),
      userAgent: textOf(client["userAgent"]),
      referrer: textOf(client["referrer"]),
      status: numberOf(entry["originStatus"]) ?? numberOf(entry["status"]),
      bytes: numberOf(entry["bytes"]),
      known: {
        verdict: textOf(agent["verdict"]) ?? kind ?? "anonymous",
        name: textOf(agent["name"]),
        evidence: textOf(agent["evidence"]),
      },
    };
  },
);
