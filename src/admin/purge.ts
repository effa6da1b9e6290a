import { parseJson } from "../http/json.ts";
import type { ProblemName } from "../http/problem.ts";
import { canonicalUrl } from "../http/target.ts";
import type { SharedGenerations } from "../store/generations.ts";
import type { Purge } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import { originOf, type Exchange } from "../pipeline/exchange.ts";
import { jsonResponse } from "../pipeline/own-answer.ts";
import type { OwnResponse } from "../pipeline/stage.ts";
import { refuseRequest, refuseStranger } from "./authorize.ts";
import type { Tokens } from "./bearer.ts";

/** The parts that the purge endpoint needs. */
export interface PurgeOptions {
  /** Secrets, either of which allows a purge. */
  readonly tokens: Tokens;
  readonly generations: SharedGenerations;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Whether URLs of all hosts can be purged, since the request's own host is another. @default false */
  readonly ofAllHosts?: boolean;
}

/** The purge that a request names, or the problem with the request. */
type PurgeRequest =
  | { readonly kind: "purge"; readonly what: Purge }
  | { readonly kind: "refused"; readonly problem: ProblemName; readonly detail: string };

/** Bytes of a purge request's content, at most. */
const MAX_REQUEST = 8192;
const MAX_NAME = 2048;

/** Reads `{"url": …}`, `{"group": …}` or `{"all": true}`; a URL is one of the public origin, if that is given. */
function decidePurge(text: string, publicOrigin: string | undefined): PurgeRequest {
  const [entry, other] = Object.entries(parseJson(text) ?? {});
  if (entry === undefined || other !== undefined) return refused("bad-request", ONE_OF);
  const [name, value] = entry;
  if (name === "all" && value === true) return { kind: "purge", what: { kind: "all" } };
  if (typeof value !== "string" || value === "" || value.length > MAX_NAME) {
    return refused("bad-request", ONE_OF);
  }
  if (name === "group") return { kind: "purge", what: { kind: "group", group: value } };
  if (name !== "url" || !URL.canParse(value)) return refused("bad-request", ONE_OF);
  const { origin, pathname, search } = new URL(value);
  if (publicOrigin !== undefined && origin !== publicOrigin) {
    return refused(
      "not-this-site",
      `This proxy serves ${publicOrigin}, and purges URLs of that origin only.`,
    );
  }
  return {
    kind: "purge",
    what: { kind: "url", url: canonicalUrl(origin, pathname + search) },
  };
}

/** Responds to `POST /.wayleave/purge`. */
export async function purgeEndpoint(
  exchange: Exchange,
  { tokens, generations, now, log, ofAllHosts = false }: PurgeOptions,
): Promise<OwnResponse> {
  const refuse = refuseRequest.bind(undefined, exchange);
  const needed = "Send the proxy's ADMIN_TOKEN or PURGE_TOKEN as Authorization: Bearer.";
  const stranger = refuseStranger(exchange, [tokens.admin, tokens.purge], needed);
  if (stranger !== undefined) return stranger;
  const content = await exchange.content?.(MAX_REQUEST);
  if (content === undefined) {
    return refuse(
      "content-too-large",
      `The content of a purge request has at most ${MAX_REQUEST} bytes.`,
    );
  }
  const asked = decidePurge(
    new TextDecoder().decode(content),
    ofAllHosts ? undefined : originOf(exchange),
  );
  if (asked.kind === "refused") return refuse(asked.problem, asked.detail);
  const { what } = asked;
  try {
    await generations.purge(what);
  } catch (error) {
    const detail =
      "The purge applies in this process; other processes get it once the store works again.";
    const failed = new Error(`purge of ${JSON.stringify(what)} failed`, { cause: error });
    return refuse("store-unavailable", detail, failed);
  }
  log.info("purged", { ...what });
  const seconds = generations.knownEverywhereAfter;
  const everywhereBy = new Date((now() + seconds + 1) * 1000).toISOString();
  return jsonResponse({ purged: what, everywhereBy });
}

const ONE_OF = 'Send {"url": "https://…"}, {"group": "/…"} or {"all": true}.';

function refused(problem: ProblemName, detail: string): PurgeRequest {
  return { kind: "refused", problem, detail };
}
