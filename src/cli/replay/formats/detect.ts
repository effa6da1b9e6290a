import { parseJson } from "../../../http/json.ts";
import { UsageError } from "../../usage.ts";
import type { LineFormat } from "../logged-request.ts";
import { COMBINED, compileFormat } from "./format-string.ts";
import { entryOf } from "./json-log.ts";
import { cloudfront, cloudfrontJson, fastly, logpush, vercel } from "./networks.ts";
import { caddy, wayleave } from "./servers.ts";

/** The names that `--format` knows. */
const FORMATS: Readonly<Record<string, () => LineFormat>> = {
  combined: () => compileFormat(COMBINED, "combined"),
  caddy: () => caddy,
  logpush: () => logpush,
  cloudfront,
  "cloudfront-json": () => cloudfrontJson,
  vercel: () => vercel,
  fastly: () => fastly,
  wayleave: () => wayleave,
};

export const FORMAT_NAMES = Object.keys(FORMATS);

/** The format of `--format`: a name, or a format string. Throws a UsageError. */
export function namedFormat(text: string): LineFormat {
  const named = Object.hasOwn(FORMATS, text) ? FORMATS[text] : undefined;
  if (named !== undefined) return named();
  if (/[$%]/.test(text)) return compileFormat(text);
  throw new UsageError(
    `--format must be one of ${FORMAT_NAMES.join(", ")}, or the format string of nginx or Apache, not ${JSON.stringify(text)}`,
  );
}

/**
 * Finds the format of a log by its first lines; undefined if none fits. An object of JSON is recognised
 * by a member that only one of the formats has.
 */
export function detectFormat(lines: readonly string[]): LineFormat | undefined {
  for (const line of lines) {
    if (line.startsWith("#Fields:") || line.startsWith("#Version:")) return cloudfront();
    const entry = entryOf(parseJson(line.replace(/^[[,\s]+/, "").replace(/[\],\s]+$/, "")));
    if (entry !== undefined) {
      const name = MEMBERS.find(([member]) => Object.hasOwn(entry, member))?.[1];
      if (name !== undefined) return namedFormat(name);
    } else if (combined.parse(line).kind === "request") return combined;
  }
  return undefined;
}

const combined = compileFormat(COMBINED, "combined");

const MEMBERS = [
  ["EdgeStartTimestamp", "logpush"],
  ["ClientRequestURI", "logpush"],
  ["proxy", "vercel"],
  ["cs-uri-stem", "cloudfront-json"],
  ["event", "wayleave"],
  ["request_user_agent", "fastly"],
  ["client_ip", "fastly"],
  ["ts", "caddy"],
] as const;
