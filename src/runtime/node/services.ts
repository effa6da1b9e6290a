import process from "node:process";
import type { OutsideServices } from "../../feature/parts.ts";

/** Services of others that the rules name, on Node; secrets are variables of the environment. */
export function nodeServices(
  env: Readonly<Record<string, string | undefined>> = process.env,
): OutsideServices {
  return { fetch: (url, init) => fetch(url, init), secret: (name) => env[name] };
}
