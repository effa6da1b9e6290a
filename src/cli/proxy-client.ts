import { isToken, TOKEN_RULE } from "../admin/bearer.ts";
import { isObject } from "../http/json.ts";
import { isOnWeb } from "../http/target.ts";
import { readText } from "./rules-file.ts";
import { CommandFailure, UsageError, type CommandContext } from "./usage.ts";

/** Milliseconds to the proxy's response; the proxy itself waits for its store. */
const TIMEOUT = 20_000;

/** Reads a token from the environment or a file: others on the machine can read arguments. */
export function readToken(
  file: string | undefined,
  env: CommandContext["env"],
  names: readonly [string, ...string[]],
): string {
  const text = file === undefined ? names.map((name) => env[name]).find(Boolean) : readText(file);
  if (file !== undefined && text === undefined) {
    throw new UsageError(`can't read the token file ${file}`);
  }
  const token = text?.trim() ?? "";
  if (token === "") {
    throw new UsageError(`no token: set ${names.join(" or ")}, or use --token-file`);
  }
  if (!isToken(token)) throw new UsageError(`the token must be ${TOKEN_RULE}`);
  return token;
}

/**
 * The address of an endpoint on a proxy: at the address that is given, else on the origin of a URL.
 * Over http, that must be this machine: others could read the token.
 */
export function endpointAt(path: string, given: string | undefined, url: string | undefined): URL {
  if (given !== undefined) {
    if (!isOnWeb(URL.parse(given)))
      throw new UsageError(`--proxy is not a URL: ${JSON.stringify(given)}`);
    return new URL(path, given);
  }
  if (url === undefined) throw new UsageError("give the address of the proxy with --proxy URL");
  const proxy = new URL(path, url);
  if (proxy.protocol === "http:" && !/^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(proxy.hostname)) {
    throw new UsageError(
      "over http, others could read the token; to allow that, give the address with --proxy",
    );
  }
  return proxy;
}

/** A request to one of the endpoints of a proxy that runs. */
interface OwnRequest {
  /** The endpoint on the address of the proxy. */
  readonly url: URL;
  readonly token: string;
  /** Sent by POST, as JSON. @default nothing is sent, by GET */
  readonly content?: object;
  /** The variables without which the proxy lacks the endpoint. */
  readonly needs: string;
  /** Milliseconds to the response. @default 20000 */
  readonly timeout?: number;
}

/**
 * Sends a request to one of a proxy's own endpoints, and returns the object that it responds with.
 * Rejects with a CommandFailure for any other response, or none.
 *
 * @param read returns undefined for an object that is no such response
 */
export async function askProxy<Read>(
  { url, token, content, needs, timeout = TIMEOUT }: OwnRequest,
  read: (value: Readonly<Record<string, unknown>>) => Read | undefined,
): Promise<Read> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: content === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        ...(content === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      // Another server must not get the token.
      redirect: "manual",
      signal: AbortSignal.timeout(timeout),
    });
  } catch {
    throw new CommandFailure(`no response from ${url.origin}`);
  }
  const json: unknown = await response.json().catch(() => undefined);
  const value = isObject(json) ? json : {};
  const found = response.status === 200 ? read(value) : undefined;
  if (found !== undefined) return found;
  if (response.status === 404) {
    throw new CommandFailure(`${url.origin} is not wayleave, or was started without ${needs}`);
  }
  const detail = value["detail"];
  const why = typeof detail === "string" ? detail : "this is not a response of wayleave";
  throw new CommandFailure(`${response.status} from ${url.origin}: ${why}`);
}
