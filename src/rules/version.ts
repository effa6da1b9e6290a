import { sha256, toHex } from "../http/digest.ts";

/**
 * The name of a version of the rules: the first 16 hexadecimal digits of the SHA-256 of the rules
 * file's bytes, followed by those of the bot table that it names: `cat rules.jsonc bots.jsonc | sha256sum`.
 */
export async function rulesVersion(text: string, table: string | undefined): Promise<string> {
  return toHex(await sha256(new TextEncoder().encode(text + (table ?? "")))).slice(0, 16);
}
