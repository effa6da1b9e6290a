import { statSync } from "node:fs";
import { dirname } from "node:path";
import { parseRedisUrl } from "../store/adapters/redis/address.ts";
import { UsageError } from "./usage.ts";

/** The store of a proxy on Node. */
export type StoreChoice =
  /** A file, and another file in the same folder for nonces. */
  | { readonly kind: "sqlite"; readonly path: string }
  /** The URL may contain a password. */
  | { readonly kind: "redis"; readonly url: string };

/** Parses `sqlite:PATH`, `redis://…` or `rediss://…`, which is secret: no message contains it. */
export function parseStoreChoice(text: string): StoreChoice {
  const [scheme = "", path = ""] = text.split(/:(.*)/s);
  if (scheme === "sqlite" && path !== "") return { kind: "sqlite", path };
  if (scheme !== "redis" && scheme !== "rediss") {
    throw new UsageError("the store must be sqlite:PATH, redis://HOST or rediss://HOST");
  }
  try {
    parseRedisUrl(text);
  } catch (error) {
    throw new UsageError(
      error instanceof Error ? error.message : "the URL of the store is malformed",
    );
  }
  return { kind: "redis", url: text };
}

/** Throws a UsageError if the folder of a store's file does not exist: it may be misspelt. */
export function checkStoreFolder(choice: StoreChoice): void {
  if (choice.kind !== "sqlite") return;
  const folder = dirname(choice.path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new UsageError(`the folder of the store, ${folder}, does not exist`);
  }
  if (!found.isDirectory())
    throw new UsageError(`${folder} is not a folder, so it can't contain the store`);
}
