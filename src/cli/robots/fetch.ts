import { readBounded } from "../../http/gather.ts";
import { quote } from "../../rules/fault.ts";
import { CommandFailure } from "../usage.ts";

/** Milliseconds that the origin server may take, and the redirects and bytes that the proxy reads, too. */
const WAIT = 15_000;
const MOST_HOPS = 5;
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * The origin server's file as the proxy reads it; undefined if it has none. Follows redirects within the site.
 *
 * @param origin scheme and host of the origin server
 * @param site scheme and host of the site as clients see it
 */
export async function fetchRobots(
  origin: string,
  site: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const hosts = new Set([origin, site].map((each) => new URL(each).host));
  const seen = new Set<string>();
  let target = "/robots.txt";
  const signal = AbortSignal.timeout(WAIT);
  for (;;) {
    seen.add(target);
    const response = await request(origin + target, signal);
    const { status, headers } = response;
    if (status < 300 || status >= 400) return read(response, origin + target);
    await response.body?.cancel();
    const location = headers.get("location");
    const url = location === null ? null : URL.parse(location, origin + target);
    const next = url !== null && hosts.has(url.host) ? url.pathname + url.search : undefined;
    if (next === undefined || seen.has(next) || seen.size > MOST_HOPS) {
      const to = location === null ? "" : ` to ${quote(location)}`;
      throw new CommandFailure(
        `${origin}${target} redirects${to}, and the proxy passes the redirect on`,
      );
    }
    target = next;
  }
}

async function request(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { redirect: "manual", signal });
  } catch (error) {
    throw failureOf(url, error);
  }
}

async function read(response: Response, url: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { status, headers, body } = response;
  const isPage = status === 200 && headers.get("content-type")?.startsWith("text/html") === true;
  if (isPage || (status >= 400 && status < 500 && status !== 429)) {
    await body?.cancel();
    return undefined;
  }
  if (status !== 200) {
    await body?.cancel();
    throw new CommandFailure(`${url} answers ${status}, and the proxy passes that on`);
  }
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  try {
    bytes = body === null ? new Uint8Array() : await readBounded(body, MOST_BYTES);
  } catch (error) {
    throw failureOf(url, error);
  }
  if (bytes !== undefined) return bytes;
  throw new CommandFailure(`${url} has more than 2 MiB, and the proxy passes it on as it is`);
}

function failureOf(url: string, error: unknown): CommandFailure {
  const { cause, message } = error as Error;
  return new CommandFailure(
    `can't read ${url}: ${cause instanceof Error ? cause.message : message}`,
  );
}
