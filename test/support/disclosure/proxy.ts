import { readFileSync } from "node:fs";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { Bot } from "../../../src/agent/bots.ts";
import { createApp } from "../../../src/app.ts";
import { forwardedRequest } from "../../../src/runtime/forward.ts";
import { reviveOnNode } from "../../../src/runtime/node/origin-body.ts";
import { nodeDeltaCodecs, nodePlainCodecs } from "../../../src/runtime/node/codecs.ts";
import { FieldList } from "../../../src/http/fields.ts";
import { MadeBody } from "../../../src/pipeline/body.ts";
import type { OriginRequest, OriginResponse } from "../../../src/pipeline/exchange.ts";
import { loadRules } from "../../../src/rules/load.ts";
import { WebExchange } from "../../../src/runtime/web/exchange.ts";
import { WebRequest } from "../../../src/runtime/web/request.ts";
import { toResponse } from "../../../src/runtime/web/respond.ts";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { decodeDcb } from "../decode-dcb.ts";
import { answerOf, audienceOf, type Audience, type ModelPage } from "./model.ts";
import { rulesFileOf, type ModelRules } from "./rules.ts";
import { FEATURES } from "../../../src/features.ts";

const bots = readFileSync(new URL("../../../rules/bots.jsonc", import.meta.url), "utf8");
const HOST = "site.example";
const BOT: Bot = {
  name: "GPTBot",
  tokens: ["GPTBot"],
  operator: "OpenAI",
  category: "AI Crawler",
  behaviours: ["Training"],
  ipRanges: [],
  reverseDns: [],
  signatureAgents: [],
  robotsOnly: false,
};

/** One request of an actor. */
export interface Step {
  readonly by: Audience | "bot" | "guest";
  /** Of several with the same session. @default 0 */
  readonly device?: number;
  readonly target: string;
  readonly accept: string;
  readonly codings: string;
  /** SHA-256 of a dictionary that the client has, as the field has it. */
  readonly dictionary?: string | undefined;
}

const FROM: Readonly<Record<Step["by"], string>> = {
  stranger: "203.0.113.5",
  cookie: "203.0.113.6",
  key: "203.0.113.7",
  bot: "203.0.113.8",
  guest: "203.0.113.9",
  local: "127.0.0.1",
  listed: "198.51.100.7",
};

/** The whole proxy in this process, in front of a model origin. */
export function modelProxy(site: readonly ModelPage[], model: ModelRules) {
  let turn = 0;
  const work = new Set<Promise<unknown>>();
  const origin = async ({ method, target, fields }: OriginRequest): Promise<OriginResponse> => {
    turn += 1;
    const answer = answerOf(
      site,
      target,
      audienceOf((name) => fields.get(name)),
      turn,
    );
    const content = new TextEncoder().encode(answer.content);
    const received = FieldList.from([...answer.fields, ["date", new Date().toUTCString()]].flat());
    const tag = received.get("etag");
    if (tag !== undefined && fields.get("if-none-match")?.includes(tag) === true) {
      return { status: 304, fields: received, body: null };
    }
    return {
      status: answer.status,
      fields: received,
      body: method === "HEAD" ? null : new MadeBody(content),
    };
  };
  const now = (): number => Math.floor(Date.now() / 1000);
  const loaded = loadRules(
    JSON.stringify(rulesFileOf(model)),
    "rules",
    bots,
    () => undefined,
    FEATURES,
  );
  const app = createApp(
    { ...loaded, dev: false, originServer: "http://origin.example" },
    {
      store: memoryStore(),
      cache: { revive: reviveOnNode, hasCodedBytes: true },
      engine: streamEngine,
      codecs: nodeDeltaCodecs(),
      plain: nodePlainCodecs(),
      decodable: new Set(),
      fetchDirectory: () => Promise.reject(new Error("nobody is asked")),
      askOrigin: (request) => origin(request),
      identify: (exchange) =>
        exchange.field("x-test-bot") === undefined
          ? { kind: "anonymous" }
          : { kind: "verified", bot: BOT, evidence: "signature" },
      now,
      log: { info: () => {}, warn: () => {} },
    },
  );

  async function send(step: Step): Promise<Response> {
    const headers = new Headers({ accept: step.accept, "user-agent": "a client" });
    if (step.codings !== "") headers.set("accept-encoding", step.codings);
    if (step.dictionary !== undefined) headers.set("available-dictionary", step.dictionary);
    // A guest has a cookie, and no session: the origin gives it what it gives strangers.
    const device = `device=dev${step.device ?? 0}`;
    if (step.by === "cookie") headers.set("cookie", `session=ann1; ${device}`);
    if (step.by === "guest") headers.set("cookie", device);
    if (step.by === "key") headers.set("x-api-key", "k");
    if (step.by === "bot") headers.set("x-test-bot", "1");
    const request = new Request(`https://${HOST}${step.target}`, { headers });
    const publicOrigin = { origin: `https://${HOST}`, host: HOST };
    const peer = FROM[step.by];
    const exchange = new WebExchange(new WebRequest(request), publicOrigin, {
      trustsForwarded: false,
      clientAddress: peer,
      background: (each) => {
        const settled = each.catch(() => {}).finally(() => work.delete(settled));
        work.add(settled);
      },
    });
    const answer = await app.pipeline(exchange, (asked) => {
      const rules = { ...loaded.rules, forwarded: "both" } as const;
      const field = (name: string) => exchange.field(name);
      const client = { version: "1.1", peer, publicOrigin, field };
      return origin(forwardedRequest(asked, { rules, search: undefined }, client));
    });
    const response = toResponse(answer);
    const content = Buffer.from(await response.arrayBuffer());
    for (let i = 0; i < 4 && work.size > 0; i++) await Promise.race([Promise.all(work), pause()]);
    return new Response(content.length === 0 ? null : content, {
      status: response.status,
      headers: response.headers,
    });
  }

  return { send };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 4));

/** What a client reads, its dictionaries at hand. */
export async function contentOf(
  response: Response,
  dictionaries: ReadonlyMap<string, Buffer>,
  used: string | undefined,
): Promise<Buffer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const dictionary = used === undefined ? undefined : dictionaries.get(used);
  switch (response.headers.get("content-encoding")) {
    case null:
      return bytes;
    case "gzip":
      return gunzipSync(bytes);
    case "br":
      return brotliDecompressSync(bytes);
    case "zstd":
      return zstdDecompressSync(bytes);
    case "dcz":
      return zstdDecompressSync(bytes.subarray(40), dictionary === undefined ? {} : { dictionary });
    case "dcb":
      return decodeDcb(bytes.subarray(36), dictionary ?? Buffer.alloc(0));
    default:
      throw new Error(`an unknown coding: ${response.headers.get("content-encoding")}`);
  }
}
