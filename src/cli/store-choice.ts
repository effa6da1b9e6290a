import { statSync } from "node:fs";
import { dirname } from "node:path";
import { parseRedisUrl } from "../store/adapters/redis/address.ts";
import { UsageError } from "./usage.ts";

/** The store that outlasts a request, on Node. */
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

/** Throws a UsageError if the folder of a store's file does not exist: a misspelt path is not made. */
export function checkStoreFolder(choice: StoreChoice): void {
  if (choice.kind !== "sqlite") return;
  const folder = dirname(choice.path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new UsageError(`the folder of the store, ${folder}, does not exist`);
  }
  if (!found.isDirectory())
    throw new UsageError(`${folder}, which is to hold the store, is not a folder`);
}
