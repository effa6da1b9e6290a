import { decodePercent } from "./escapes.ts";
import {
  entryOf,
  jsonFormat,
  numberOf,
  textOf,
  toParsed,
  type Entry,
  type EntryValues,
} from "./json-log.ts";
import { parseTime } from "./time.ts";
import { fault, OTHER, type LineFormat } from "../logged-request.ts";

const ALL = { host: true, query: true, userAgent: true, address: true, fields: false };

/** Cloudflare's Logpush, dataset http_requests. */
export const logpush = jsonFormat("logpush", ALL, (entry) => ({
  time: parseTime(entry["EdgeStartTimestamp"]),
  method: textOf(entry["ClientRequestMethod"]) ?? "GET",
  target: textOf(entry["ClientRequestURI"]) ?? textOf(entry["ClientRequestPath"]),
  host: textOf(entry["ClientRequestHost"]),
  scheme: textOf(entry["ClientRequestScheme"]),
  address: textOf(entry["ClientIP"]),
  country: textOf(entry["ClientCountry"])?.toUpperCase(),
  userAgent: textOf(entry["ClientRequestUserAgent"]),
  referrer: textOf(entry["ClientRequestReferer"]),
  status: numberOf(entry["EdgeResponseStatus"]),
  bytes: numberOf(entry["EdgeResponseBytes"]),
  verifiedCategory: textOf(entry["VerifiedBotCategory"]),
}));

/** Vercel's log drains; entries of builds and functions without a request are left out. */
export const vercel = jsonFormat("vercel", ALL, (entry) => {
  const proxy = entryOf(entry["proxy"]);
  if (proxy === undefined) return undefined;
  // -1: the page was revalidated in the background, without a client.
  if (proxy["statusCode"] === -1) return undefined;
  const { userAgent } = proxy;
  return {
    time: parseTime(proxy["timestamp"] ?? entry["timestamp"]),
    method: textOf(proxy["method"]) ?? "GET",
    target: textOf(proxy["path"]),
    host: textOf(proxy["host"]) ?? textOf(entry["host"]),
    scheme: textOf(proxy["scheme"]),
    address: textOf(proxy["clientIp"]),
    userAgent: textOf(Array.isArray(userAgent) ? userAgent[0] : userAgent),
    referrer: textOf(proxy["referer"]),
    status: numberOf(proxy["statusCode"]),
    bytes: numberOf(proxy["responseByteSize"]),
  };
});

/** Fastly's log streaming in JSON, with the names of its default format and of common variants. */
export const fastly = jsonFormat("fastly", ALL, (entry) => ({
  time: parseTime(first(entry, "timestamp", "time_start", "time")),
  method: textOf(first(entry, "request_method", "request", "method")) ?? "GET",
  target: textOf(first(entry, "url", "request_url")),
  host: textOf(first(entry, "host", "request_host")),
  scheme: isSecure(entry) ? "https" : undefined,
  address: textOf(first(entry, "client_ip", "clientip")),
  userAgent: textOf(first(entry, "request_user_agent", "user_agent")),
  referrer: textOf(first(entry, "request_referer", "referer")),
  status: numberOf(first(entry, "response_status", "status")),
  bytes: numberOf(first(entry, "response_body_size", "resp_body_size", "body_bytes_written")),
}));

function isSecure(entry: Entry): boolean {
  return entry["is_tls"] === true || entry["is_ssl"] === true;
}

function first(entry: Entry, ...names: readonly string[]): unknown {
  return names.map((name) => entry[name]).find((value) => value !== undefined && value !== "");
}

/** CloudFront's standard logs in JSON. */
export const cloudfrontJson = jsonFormat("cloudfront-json", ALL, (entry) => {
  const date = textOf(entry["date"]);
  const stated = entry["timestamp(ms)"] ?? entry["timestamp"];
  return cloudfrontValues(
    (name) => textOf(entry[name]) ?? numberOf(entry[name])?.toString(),
    stated === undefined && date !== undefined
      ? parseTime(`${date}T${String(entry["time"])}Z`)
      : parseTime(stated),
  );
});

function cloudfrontValues(
  get: (name: string) => string | undefined,
  time: number | undefined,
): EntryValues {
  const query = get("cs-uri-query");
  const stem = get("cs-uri-stem");
  const agent = get("cs(User-Agent)");
  const referrer = get("cs(Referer)");
  return {
    time,
    method: get("cs-method") ?? "GET",
    target: stem && stem + (query === undefined ? "" : `?${query}`),
    host: get("x-host-header") ?? get("cs(Host)"),
    scheme: get("cs-protocol"),
    address: get("c-ip"),
    forwardedFor: get("x-forwarded-for"),
    country: get("c-country"),
    userAgent: agent && decodePercent(agent),
    referrer: referrer && decodePercent(referrer),
    status: numberOf(get("sc-status")),
    bytes: numberOf(get("sc-bytes")),
  };
}

/** CloudFront's standard logs with tabs, whose comment `#Fields:` names the columns. */
export function cloudfront(): LineFormat {
  let columns = new Map<string, number>();
  return {
    name: "cloudfront",
    has: ALL,
    parse(line) {
      if (line.startsWith("#")) {
        if (line.startsWith(FIELDS)) {
          const names = line.slice(FIELDS.length).trim().split(/\s+/);
          columns = new Map(names.map((name, index) => [name, index]));
        }
        return OTHER;
      }
      if (columns.size === 0) return fault("no comment #Fields: comes before it");
      const values = line.split("\t");
      if (values.length < columns.size) return fault("it has too few columns");
      const get = (name: string): string | undefined => textOf(values[columns.get(name) ?? -1]);
      return toParsed(cloudfrontValues(get, parseTime(`${get("date")}T${get("time")}Z`)));
    },
  };
}

const FIELDS = "#Fields:";
