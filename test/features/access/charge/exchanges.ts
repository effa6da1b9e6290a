import { createApp } from "../../../../src/app.ts";
import type { Agent } from "../../../../src/agent/agent.ts";
import type { Bot } from "../../../../src/agent/bots.ts";
import { FEATURES } from "../../../../src/features.ts";
import { streamEngine } from "../../../../src/features/markdown/stream/index.ts";
import { FieldList } from "../../../../src/http/fields.ts";
import { MadeBody } from "../../../../src/pipeline/body.ts";
import type { Answer, Exchange } from "../../../../src/pipeline/exchange.ts";
import type { ResponseEnd } from "../../../../src/pipeline/record.ts";
import { loadRules } from "../../../../src/rules/load.ts";
import type { AccountStore } from "../../../../src/store/accounts.ts";
import { memoryStore } from "../../../../src/store/memory.ts";

/** The content of every page. */
export const CONTENT = "content that has a price";

/** The origin server's answer. */
export type OriginAct =
  | "content"
  | "range"
  | "not-modified"
  | "missing"
  | "broken"
  | "empty"
  | "fails";

/** A request of a model, and how it goes on. */
export interface Ask {
  readonly method: "GET" | "HEAD";
  readonly path: string;
  readonly bot: string | undefined;
  readonly nonce: string;
  /** Seconds since the signature was made. */
  readonly age: number;
  readonly price: string | undefined;
  readonly covers: boolean;
  readonly origin: OriginAct;
  readonly end: ResponseEnd["end"];
}

/** The result. */
export interface Told {
  readonly status: number;
  readonly charged: string | undefined;
  /** The content as the client got it; undefined if it broke off. */
  readonly content: string | undefined;
}

/** A proxy in this process whose rules charge, with any accounts. */
export function startModel(accounts: AccountStore, access: object, now: () => number) {
  const loaded = loadRules(
    JSON.stringify({ rules: [{ name: "priced", match: {}, access }] }),
    "rules",
    "[]",
    () => undefined,
    FEATURES,
  );
  const work: Promise<unknown>[] = [];
  const faults: unknown[] = [];
  const agents = new WeakMap<Exchange, Agent>();
  const log = {
    info: () => {},
    warn: (event: string, facts: object) => void faults.push([event, facts]),
  };
  const { pipeline } = createApp(
    { ...loaded, dev: true, originServer: "http://127.0.0.1:9" },
    {
      store: memoryStore(),
      accounts,
      engine: streamEngine,
      codecs: [],
      decodable: new Set(),
      fetchDirectory: () => Promise.reject(new Error("no")),
      identify: (exchange) => agents.get(exchange) ?? { kind: "anonymous" },
      stageTimeout: 500,
      now,
      log,
    },
  );

  const ask = async (given: Ask): Promise<Told> => {
    let ended: ((end: ResponseEnd) => void) | undefined;
    const exchange = exchangeOf(given, work, (listener) => (ended = listener));
    agents.set(exchange, agentOf(given, now()));
    const answer = await pipeline(exchange, async () => originOf(given));
    const content = given.method === "HEAD" ? "" : await contentOf(answer);
    const end = content === undefined ? "aborted" : given.end;
    ended?.({ end, status: answer.status, bytesAre: "content" });
    return { status: answer.status, charged: answer.fields.get("crawler-charged"), content };
  };
  /** Waits for all work in the background. */
  const settle = async (): Promise<void> => {
    for (let done = 0; done < work.length; done = work.length) await Promise.all(work);
  };
  return { ask, settle, faults };
}

function agentOf({ bot, nonce, age, price, covers }: Ask, now: number): Agent {
  if (bot === undefined) return { kind: "anonymous" };
  const covered = price === undefined || !covers ? [] : ['"crawler-max-price"'];
  const signature = new TextEncoder().encode(nonce);
  const proof = { keyid: bot, created: now - age, covers: covered, nonce, signature };
  const named = { name: bot, behaviours: ["Training"] } as unknown as Bot;
  return {
    kind: "verified",
    bot: named,
    evidence: "signature",
    signatureAgent: "https://a",
    proof,
  };
}

function exchangeOf(
  { method, path, price, nonce }: Ask,
  work: Promise<unknown>[],
  onListener: (listener: (end: ResponseEnd) => void) => void,
): Exchange {
  const url = new URL(path, "https://www.example.com");
  const fields: Record<string, string | undefined> = {
    "crawler-max-price": price,
    "signature-input": nonce,
  };
  return {
    method,
    target: path,
    host: url.host,
    origin: url.origin,
    url,
    agent: { kind: "anonymous" },
    originTarget: path,
    values: new Map(),
    field: (name) => fields[name],
    forwardable: () => new FieldList(),
    background: (each) => void work.push(each.catch(() => {})),
    record: {
      id: nonce,
      age: 0,
      measures: false,
      originName: undefined,
      originStatus: undefined,
      times: { total: 0, origin: undefined },
      changed() {},
      tookFromCache() {},
      entered() {},
      originRequested() {},
      originAnswered() {},
      originFailed() {},
      refused() {},
      headMade() {},
      traced() {},
      whenEnded: onListener,
    },
  };
}

function originOf({ method, origin }: Ask): Answer {
  const statuses = { range: 206, "not-modified": 304, missing: 404 } as Record<string, number>;
  if (origin === "fails") throw new Error("the origin server is away");
  const status = statuses[origin] ?? 200;
  const text = origin === "missing" ? "nothing here" : origin === "empty" ? "" : CONTENT;
  const fields = new FieldList();
  fields.set("content-type", "text/plain");
  if (method === "HEAD" || status === 304) return { status, fields, body: null };
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, 5)));
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (origin === "broken") return controller.error(new Error("broken off"));
      controller.enqueue(new TextEncoder().encode(text.slice(5)));
      controller.close();
    },
  });
  const isEmpty = text === "";
  return { status, fields, body: isEmpty ? new MadeBody(new Uint8Array()) : new MadeBody(stream) };
}

async function contentOf({ body }: Answer): Promise<string | undefined> {
  if (body === null) return "";
  try {
    return await new Response(body.open()).text();
  } catch {
    return undefined;
  }
}
