/** Where a Redis server is, and as whom to ask it. */
export interface RedisAddress {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  /** Secret: never part of a message. */
  readonly password: string | undefined;
  readonly database: number;
  /** What all keys begin with. */
  readonly prefix: string;
}

const DEFAULT_PREFIX = "wayleave:";

/**
 * Reads `redis://user:password@host:6379/0?prefix=site:`, or `rediss://` for TLS. Throws a TypeError
 * that names the fault and nothing of the URL, which holds a password.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new TypeError("the URL of Redis can't be read");
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") {
    throw new TypeError("the URL of Redis begins with redis:// or rediss://");
  }
  if (url.hostname === "") throw new TypeError("the URL of Redis names no host");
  const database = url.pathname.replace(/^\//, "");
  if (!/^\d{0,5}$/.test(database)) {
    throw new TypeError("the path in the URL of Redis is the number of a database");
  }
  for (const name of url.searchParams.keys()) {
    if (name !== "prefix") throw new TypeError("the URL of Redis takes one parameter, prefix");
  }
  return {
    tls: url.protocol === "rediss:",
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 6379 : Number(url.port),
    username: decoded(url.username),
    password: decoded(url.password),
    database: Number(database),
    prefix: url.searchParams.get("prefix") ?? DEFAULT_PREFIX,
  };
}

function decoded(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError("user or password in the URL of Redis are not percent-encoded");
  }
}
