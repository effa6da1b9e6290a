import { parseRedisUrl } from "../store/redis/address.ts";
import { UsageError } from "./usage.ts";

/** Where what outlasts a request is kept, on Node. */
export type StoreChoice =
  /** One file, and another one beside it for nonces. */
  | { readonly kind: "sqlite"; readonly path: string }
  /** The URL may hold a password. */
  | { readonly kind: "redis"; readonly url: string };

/** Reads `sqlite:PATH`, `redis://…` or `rediss://…`; no message repeats the text, which is a secret. */
export function parseStoreChoice(text: string): StoreChoice {
  const [scheme = "", path = ""] = text.split(/:(.*)/s);
  if (scheme === "sqlite" && path !== "") return { kind: "sqlite", path };
  if (scheme !== "redis" && scheme !== "rediss") {
    throw new UsageError("a store is sqlite:PATH, redis://HOST or rediss://HOST");
  }
  try {
    parseRedisUrl(text);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "the store can't be read");
  }
  return { kind: "redis", url: text };
}
