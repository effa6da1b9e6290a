import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { FieldList, type Fields } from "../http/fields.ts";
import { compileBots } from "../agent/bot-table.ts";
import { createIdentification, type Identification } from "../agent/identification.ts";
import type { RulesFile } from "../rules/schema.ts";
import { nodeContentParts } from "../runtime/node/codecs.ts";
import { nodeIdentity } from "../runtime/node/identity.ts";
import { serve } from "../runtime/node/server.ts";
import { silentLog } from "../telemetry/log.ts";
import { memoryStore } from "../store/memory.ts";
import type { RequestFacts } from "./facts.ts";
import { toTraced, type OfflineOptions, type Traced } from "./run.ts";

/** Milliseconds for reverse DNS; longer than in a proxy, since no client waits. */
const REVERSE_DNS_TIMEOUT = 2000;

/**
 * Sends a request through a temporary proxy on this machine to a real origin server. Undefined if
 * the proxy refused the request before any rule.
 */
export async function runLive(
  options: OfflineOptions,
  request: RequestFacts,
  origin: string,
  onResponse?: (response: ReceivedResponse) => void,
): Promise<Traced | undefined> {
  const { bots, features, now, readList, originCa, originCas } = options;
  const rules = rulesForRequest(options.rules, request);
  const { fetchDirectory, dns } = nodeIdentity({ dev: false });
  const identify = await identifier({ ...options, rules }, request);
  let traced: Traced | undefined;
  const proxy = await serve(
    { rules, bots, features, dev: false, originServer: origin, originCa, originCas },
    {
      store: memoryStore({ now }),
      ...nodeContentParts(),
      loadTurndown: options.loadTurndown,
      fetchDirectory,
      dns,
      readList,
      identify,
      onTrace: (...told) => (traced = toTraced(...told)),
      now,
      log: silentLog,
    },
    { port: 0, host: "127.0.0.1" },
  );
  try {
    const response = await send(proxy.url, request, onResponse !== undefined);
    onResponse?.(response);
  } finally {
    await proxy.close(0);
  }
  return traced;
}

/** Adapts the rules so that the proxy uses the described origin and client address. */
function rulesForRequest(rules: RulesFile, { scheme, host, address }: RequestFacts): RulesFile {
  const { reverseDns } = rules.agents;
  const agents = {
    ...rules.agents,
    trustedProxyHops: address === undefined ? 0 : 1,
    reverseDns: reverseDns === false ? reverseDns : { ...reverseDns, wait: REVERSE_DNS_TIMEOUT },
  };
  return { ...rules, publicOrigin: rules.publicOrigin ?? `${scheme}://${host}`, agents };
}

/**
 * Returns the described agent, or identifies it with the address lists of the operators that the
 * User-Agent names. Undefined if the proxy is to identify the agent.
 */
async function identifier(
  { rules, bots, now, readList = () => undefined }: OfflineOptions,
  { agent, address, fields }: RequestFacts,
): Promise<Identification["identify"] | undefined> {
  if (agent !== undefined) return () => agent;
  const field = (name: string) => fields.find(([each]) => each.toLowerCase() === name)?.[1];
  if (address === undefined || field("signature-input") !== undefined) return undefined;
  const claims = compileBots(bots).claims(field("user-agent"));
  const operators = new Set(claims.map(({ operator }) => operator));
  const { index } = memoryStore({ now });
  const claimed = bots.filter(({ operator }) => operators.has(operator));
  const platform = { ...nodeIdentity({ dev: false }), readList, now, log: silentLog, index };
  const identification = createIdentification({ rules, bots: claimed, dev: false }, platform);
  await identification.refresh();
  return (exchange) => identification.identify(exchange);
}

/** A response as the client gets it. */
export interface ReceivedResponse {
  readonly status: number;
  readonly fields: Fields;
  /** The beginning of the content, if it is wanted. */
  readonly content: Uint8Array;
}

/** Bytes of content that are read at most. */
const MOST_READ = 1024 * 1024;

async function send(
  proxy: string,
  { method, target, fields, host, address }: RequestFacts,
  isRead: boolean,
): Promise<ReceivedResponse> {
  const { hostname, port } = new URL(proxy);
  const forwarded = address === undefined ? [] : ["X-Forwarded-For", address];
  const headers = ["Host", host, ...forwarded, ...fields.flat()];
  const asking = httpRequest({ hostname, port, method, path: target, headers, agent: false });
  asking.end();
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  const pieces: Uint8Array[] = [];
  let length = 0;
  response.on("data", (piece: Uint8Array) => {
    if (!isRead || length >= MOST_READ) return;
    pieces.push(piece);
    length += piece.length;
  });
  await once(response, "close");
  return {
    status: response.statusCode ?? 0,
    fields: FieldList.from(response.rawHeaders),
    content: new Uint8Array(Buffer.concat(pieces)),
  };
}
