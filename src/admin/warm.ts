import { isObject, parseJson } from "../http/json.ts";
import { isOnWeb } from "../http/target.ts";
import type { Warm } from "../pipeline/warm.ts";
import { originOf, type Exchange } from "../pipeline/exchange.ts";
import { jsonResponse } from "../pipeline/own-answer.ts";
import type { OwnResponse } from "../pipeline/stage.ts";
import type { WarmResult } from "../pipeline/warming.ts";
import type { Log } from "../telemetry/log.ts";
import { refuseRequest, refuseStranger } from "./authorize.ts";
import type { Tokens } from "./bearer.ts";

/** The parts that the endpoint needs by which the operator prepares addresses. */
export interface WarmOptions {
  /** Secrets, either of which allows it. */
  readonly tokens: Tokens;
  readonly warm: Warm;
  readonly log: Log;
  /** Whether the request's own host is not that of the site. @default false */
  readonly ofAllHosts?: boolean;
}

/** Bytes of the content of a request, at most, and addresses in it. */
const MAX_REQUEST = 262_144;
export const MOST_WARMED = 100;
const MAX_URL = 2048;
/** Addresses that are prepared at the same time. */
const WIDTH = 2;

/** Responds to `POST /.wayleave/warm`: requests addresses, and makes their codings before clients ask. */
export async function warmEndpoint(
  exchange: Exchange,
  { tokens, warm, log, ofAllHosts = false }: WarmOptions,
): Promise<OwnResponse> {
  const needed = "Send the proxy's ADMIN_TOKEN or PURGE_TOKEN as Authorization: Bearer.";
  const stranger = refuseStranger(exchange, [tokens.admin, tokens.purge], needed);
  if (stranger !== undefined) return stranger;
  const content = await exchange.content?.(MAX_REQUEST);
  if (content === undefined) {
    const most = `The content of this request has at most ${MAX_REQUEST} bytes.`;
    return refuseRequest(exchange, "content-too-large", most);
  }
  const urls = parseUrls(new TextDecoder().decode(content));
  if (urls === undefined) return refuseRequest(exchange, "bad-request", SEND);
  const site = originOf(exchange);
  const other = ofAllHosts ? undefined : urls.find(({ origin }) => origin !== site);
  if (other !== undefined) {
    const detail = `This proxy serves ${site}, and requests URLs of that origin only.`;
    return refuseRequest(exchange, "not-this-site", detail);
  }
  const results = await inTurn(urls, (url) => warm(url, exchange));
  log.info("warmed", { urls: urls.length, failed: results.filter((each) => !isDone(each)).length });
  return jsonResponse({ warmed: results });
}

function isDone({ status }: WarmResult): boolean {
  return status === 200;
}

function isUsable(url: URL | null): url is URL {
  return isOnWeb(url) && url.username === "" && url.password === "";
}

const SEND = `Send {"urls": ["https://…"]}, with at most ${MOST_WARMED} URLs.`;

function parseUrls(text: string): readonly URL[] | undefined {
  const value = parseJson(text);
  const named: unknown = isObject(value) ? value["urls"] : undefined;
  if (!Array.isArray(named) || named.length === 0 || named.length > MOST_WARMED) return undefined;
  const urls = named.map((each: unknown) =>
    typeof each === "string" && each.length <= MAX_URL ? URL.parse(each) : null,
  );
  return urls.every(isUsable) ? urls : undefined;
}

/** Acts on all, a few at a time; the results have the same order. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      results[at] = await act(items[at] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, work));
  return results;
}
