/** The address of a Redis server, with credentials. */
export interface RedisAddress {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  /** Secret: no message contains it. */
  readonly password: string | undefined;
  readonly database: number;
  readonly prefix: string;
}

const DEFAULT_PREFIX = "wayleave:";

/**
 * Parses `redis://user:password@host:6379/0?prefix=site:`, or `rediss://` for TLS. Throws a
 * TypeError that names the fault and no part of the URL, which contains a password.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new TypeError("the Redis URL is malformed");
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") {
    throw new TypeError("the Redis URL must begin with redis:// or rediss://");
  }
  if (url.hostname === "") throw new TypeError("the Redis URL has no host");
  const database = url.pathname.replace(/^\//, "");
  if (!/^\d{0,5}$/.test(database)) {
    throw new TypeError("the path of the Redis URL must be the number of a database");
  }
  for (const name of url.searchParams.keys()) {
    if (name !== "prefix") throw new TypeError("the only parameter of the Redis URL is prefix");
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
    throw new TypeError("user and password in the Redis URL must be percent-encoded");
  }
}
