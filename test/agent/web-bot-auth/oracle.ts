// A second, minimal reading of RFC 9421 and the profile, from other parts: structured-headers and node:crypto.
import { createPublicKey, verify, type JsonWebKey } from "node:crypto";
import {
  parseDictionary,
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  type InnerList,
  type Item,
} from "structured-headers";

export interface OracleMessage {
  readonly method: string;
  readonly url: string;
  readonly rawTarget?: string | undefined;
  /** Names in lower case. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The base for one Inner List with parameters, as text; throws where there is none. */
export function oracleBase(message: OracleMessage, innerList: string): string {
  const input = parseDictionary(`x=${innerList}`).get("x");
  if (input === undefined || !Array.isArray(input[0])) throw new TypeError("no Inner List");
  return baseOf(message, input as InnerList);
}

/** Whether the signature of this label holds for the key that its agent has published. */
export function oracleVerify(
  message: OracleMessage,
  keys: ReadonlyMap<string, { readonly agent: string; readonly jwk: JsonWebKey }>,
  now: number,
  label: string,
): boolean {
  try {
    const input = parseDictionary(message.fields["signature-input"] ?? "").get(label);
    const [bytes] = parseDictionary(message.fields["signature"] ?? "").get(label) ?? [];
    if (!Array.isArray(input?.[0]) || !(bytes instanceof ArrayBuffer)) return false;
    return holds(message, input as InnerList, Buffer.from(bytes), keys, now);
  } catch {
    return false;
  }
}

function holds(
  message: OracleMessage,
  input: InnerList,
  signature: Buffer,
  keys: ReadonlyMap<string, { readonly agent: string; readonly jwk: JsonWebKey }>,
  now: number,
): boolean {
  const params = Object.fromEntries(input[1]);
  const known = keys.get(text(params["keyid"]));
  if (known === undefined || params["tag"] !== "web-bot-auth") return false;
  const created = Number(params["created"]);
  const expires = Number(params["expires"]);
  if (!(created <= now + 60 && expires > created && expires >= now)) return false;
  if (expires - created > 86_400) return false;
  if (params["alg"] !== undefined && params["alg"] !== "ed25519") return false;
  const names = new Set(input[0].map(([name]) => name));
  if (!names.has("@authority") && !names.has("@target-uri")) return false;
  if (!agentsCovered(message, input).includes(known.agent)) return false;
  const key = createPublicKey({ key: known.jwk, format: "jwk" });
  return verify(null, Buffer.from(baseOf(message, input), "latin1"), key, signature);
}

function agentsCovered(message: OracleMessage, input: InnerList): string[] {
  const field = message.fields["signature-agent"] ?? "";
  const covering = input[0].filter(([name]) => name === "signature-agent");
  return covering.flatMap(([, params]) => {
    if (field.trim().startsWith('"'))
      return [text(parseDictionary(`x=${field.trim()}`).get("x")?.[0])];
    const members = parseDictionary(field);
    const key = params.get("key");
    const chosen = key === undefined ? [...members.values()] : [members.get(text(key))];
    return chosen.map((member) => text(member?.[0]));
  });
}

function baseOf(message: OracleMessage, input: InnerList): string {
  const lines = input[0].map(
    (component) => `${serializeItem(component)}: ${valueOf(message, component)}`,
  );
  return [...lines, `"@signature-params": ${serializeInnerList(input)}`].join("\n");
}

function valueOf(message: OracleMessage, [name, params]: Item): string {
  const url = new URL(message.url);
  const target = message.rawTarget ?? url.pathname + url.search;
  const [path = "", ...query] = target.split("?");
  switch (name) {
    case "@method":
      return message.method;
    case "@authority":
      return url.host;
    case "@scheme":
      return url.protocol.replace(":", "");
    case "@target-uri":
      return `${url.protocol}//${url.host}${target}`;
    case "@request-target":
      return target;
    case "@path":
      return path;
    case "@query":
      return `?${query.join("?")}`;
    case "@query-param": {
      const wanted = decodeURIComponent(text(params.get("name")));
      const found = [...url.searchParams].filter(([key]) => key === wanted);
      if (found.length !== 1) throw new TypeError("not one parameter");
      return encodeURIComponent(found[0]?.[1] ?? "");
    }
    default:
      return fieldOf(message.fields[text(name)], params);
  }
}

function fieldOf(value: string | undefined, params: Item[1]): string {
  if (value === undefined) throw new TypeError("no such field");
  if (params.has("bs")) return `:${Buffer.from(value, "latin1").toString("base64")}:`;
  if (params.has("key")) {
    const member = parseDictionary(value).get(text(params.get("key")));
    if (member === undefined) throw new TypeError("no such member");
    return Array.isArray(member[0])
      ? serializeInnerList(member as InnerList)
      : serializeItem(member as Item);
  }
  return params.has("sf") ? serializeDictionary(parseDictionary(value)) : value.trim();
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
