import { createSecureContext } from "node:tls";
import type { RulesFile } from "../rules/schema.ts";
import { isToken, TOKEN_RULE, type Tokens } from "../admin/bearer.ts";
import { pathBeside, readText } from "./rules-file.ts";
import { UsageError, type CommandContext } from "./usage.ts";

/** The site's own keys: from the environment, else the file in the rules; undefined if not used. */
export function ownKeys(
  { agents: { ownDirectory } }: RulesFile,
  file: string,
  env: CommandContext["env"],
): { readonly text: string; readonly from: string } | undefined {
  if (ownDirectory === false) return undefined;
  const secret = env["AGENT_KEYS"];
  if (secret !== undefined) return { text: secret, from: "AGENT_KEYS" };
  if (ownDirectory === true) {
    throw new UsageError(
      "agents.ownDirectory needs keys: set AGENT_KEYS, or name a file in the rules",
    );
  }
  const text = readText(pathBeside(file, ownDirectory));
  if (text === undefined) throw new UsageError(`can't read the key file ${ownDirectory}`);
  return { text, from: ownDirectory };
}

/** Reads the origin server's CA certificates as PEM; undefined if the rules name none. */
export function originCa({ originCa: named }: RulesFile, file: string): string | undefined {
  return named === undefined ? undefined : readAuthorities(named, "originCa", file);
}

/** Reads the CA certificates of the named origin servers, by name. */
export function originCas({ origins }: RulesFile, file: string): Readonly<Record<string, string>> {
  const named = Object.entries(origins).flatMap(([name, entry]) =>
    typeof entry === "string" || entry.ca === undefined ? [] : [[name, entry.ca] as const],
  );
  return Object.fromEntries(
    named.map(([name, ca]) => [name, readAuthorities(ca, `origins.${name}.ca`, file)]),
  );
}

/** @param key the key of the rules that names the certificates, for messages */
function readAuthorities(named: string, key: string, file: string): string {
  const isText = named.includes("-----BEGIN");
  const text = isText ? named : readText(pathBeside(file, named));
  if (text === undefined) throw new UsageError(`can't read the certificates ${named} (${key})`);
  const [pem] = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/.exec(text) ?? [];
  if (pem === undefined) {
    const from = isText ? key : `${named} (${key})`;
    throw new UsageError(`${from} contains no certificate in PEM`);
  }
  try {
    createSecureContext({ ca: text });
  } catch (error) {
    throw new UsageError(`the certificates of ${key} can't be read: ${String(error)}`);
  }
  return text;
}

/** Reads the tokens from the environment, since others on the machine can read arguments. */
export function tokensOf({ ADMIN_TOKEN, PURGE_TOKEN }: CommandContext["env"]): Tokens {
  return { admin: token("ADMIN_TOKEN", ADMIN_TOKEN), purge: token("PURGE_TOKEN", PURGE_TOKEN) };
}

function token(name: string, given: string | undefined): string | undefined {
  if (given === undefined || given === "") return undefined;
  if (isToken(given)) return given;
  throw new UsageError(`${name} must be ${TOKEN_RULE}`);
}
