import { request as requestHttp, Agent as HttpAgent, type IncomingMessage } from "node:http";
import { request as requestHttps, Agent as HttpsAgent } from "node:https";
import { isIP } from "node:net";
import type { AuditReply, AuditRequest, AuditSend, NoReply } from "../../audit/reply.ts";
import { isPublicAddress } from "../../agent/public-address.ts";
import { checkedLookup, lookupAll, type LookupAll } from "../../agent/public-fetch-node.ts";
import { FieldList } from "../../http/fields.ts";
import { decodeContent } from "./decode.ts";

/** The bounds of an audit. */
export const AUDIT_BOUNDS = {
  /** Requests in all, and to one host. */
  total: 400,
  perHost: 380,
  /** Milliseconds for one request with its content. */
  request: 10_000,
  /** Bytes of a response's head. */
  head: 32_768,
} as const;

export interface RequesterOptions {
  /** Whether loopback and private addresses may be requested. */
  readonly allowsPrivate: boolean;
  /** Milliseconds for all requests. */
  readonly time: number;
  /** @default AUDIT_BOUNDS.request */
  readonly requestTime?: number;
  /** @default the operating system's */
  readonly lookup?: LookupAll;
  readonly onRequest?: (count: number) => void;
  /** Ends the audit: requests under way fail, and no more are sent. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends the requests of one audit, within its bounds. */
export interface Requester {
  readonly send: AuditSend;
  readonly counts: ReadonlyMap<string, number>;
  close(): void;
}

export function createRequester(options: RequesterOptions): Requester {
  const { allowsPrivate, requestTime = AUDIT_BOUNDS.request } = options;
  const isAllowed = (address: string): boolean => allowsPrivate || isPublicAddress(address);
  const lookup = checkedLookup(options.lookup ?? lookupAll, isAllowed);
  const settings = { keepAlive: true, maxSockets: 4, maxFreeSockets: 2 } as const;
  const agents = { http: new HttpAgent(settings), https: new HttpsAgent(settings) };
  const counts = new Map<string, number>();
  const end = performance.now() + options.time;
  let total = 0;
  const send: AuditSend = async (request, maxBytes) => {
    const none = (why: NoReply, message: string): AuditReply => ({
      kind: "none",
      request,
      why,
      message,
    });
    const url = new URL(request.url);
    const count = counts.get(url.host) ?? 0;
    if (total >= AUDIT_BOUNDS.total || count >= AUDIT_BOUNDS.perHost) {
      return none("budget", "the audit has sent as many requests as it may");
    }
    const left = Math.ceil(Math.min(requestTime, end - performance.now()));
    if (left <= 0) return none("budget", "the time for the audit is over");
    if (options.signal?.aborted === true) return none("budget", "the audit was stopped");
    total += 1;
    counts.set(url.host, count + 1);
    options.onRequest?.(total);
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    // An address literal never reaches the look-up.
    if (isIP(host) !== 0 && !isAllowed(host))
      return none("not-public", `${host} is not a public address`);
    try {
      const { signal: stop } = options;
      return await exchange(request, url, maxBytes, left, { lookup, agents, stop });
    } catch (error) {
      return none(...faultOf(error, left));
    }
  };
  return {
    send,
    counts,
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

interface Transport {
  readonly lookup: ReturnType<typeof checkedLookup>;
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly stop: AbortSignal | undefined;
}

/** Sends a request and reads its response; rejects if there is none in time. */
function exchange(
  request: AuditRequest,
  url: URL,
  maxBytes: number,
  time: number,
  { lookup, agents, stop }: Transport,
): Promise<AuditReply> {
  const timeout = AbortSignal.timeout(time);
  const signal = stop === undefined ? timeout : AbortSignal.any([timeout, stop]);
  const isSecure = url.protocol === "https:";
  return new Promise((resolve, reject) => {
    const sent = (isSecure ? requestHttps : requestHttp)(url, {
      method: request.method,
      headers: request.headers,
      agent: isSecure ? agents.https : agents.http,
      lookup,
      signal,
      maxHeaderSize: AUDIT_BOUNDS.head,
      // A site that switches protocols has no response.
      insecureHTTPParser: false,
    });
    sent.on("response", (response) => {
      readReply(request, response, maxBytes).then(resolve, reject);
    });
    sent.on("upgrade", (_response, socket) => {
      socket.destroy();
      reject(new Error("it switches protocols"));
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function readReply(
  request: AuditRequest,
  response: IncomingMessage,
  maxBytes: number,
): Promise<AuditReply> {
  const pieces: Buffer[] = [];
  let length = 0;
  let isCut = false;
  for await (const piece of response as AsyncIterable<Buffer>) {
    const room = maxBytes - length;
    pieces.push(piece.subarray(0, room));
    length += Math.min(piece.length, room);
    if (piece.length <= room) continue;
    isCut = true;
    response.destroy();
    break;
  }
  const fields = FieldList.from(response.rawHeaders);
  const coded = Buffer.concat(pieces, length);
  const decoded = decodeContent(coded, fields.get("content-encoding"), maxBytes, isCut);
  return {
    kind: "response",
    request,
    status: response.statusCode ?? 0,
    fields,
    content: decoded.content,
    isCut: decoded.isCut,
    sentBytes: length,
  };
}

function faultOf(error: unknown, time: number): [why: NoReply, message: string] {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError" || name === "AbortError" || code === "ABORT_ERR") {
    return ["timeout", `no complete response within ${Math.ceil(time / 1000)} seconds`];
  }
  if (code === "ERR_ADDRESS_NOT_PUBLIC") return ["not-public", message];
  if (code === "ENOTFOUND") return ["unreachable", "the host name has no address"];
  if (code === "ECONNREFUSED") return ["unreachable", "the connection was refused"];
  if (code === "HPE_HEADER_OVERFLOW") return ["too-large", "the head of the response is too long"];
  return [
    "unreachable",
    code === undefined ? message : `${message || "the connection failed"} (${code})`,
  ];
}
