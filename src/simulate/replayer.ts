import { createIdentification } from "../agent/identification.ts";
import type { Agent, PlatformVerdict } from "../agent/agent.ts";
import type { DnsResolver } from "../agent/dns-resolver.ts";
import { createApp, type App } from "../app.ts";
import { FieldList } from "../http/fields.ts";
import type { OriginResponse } from "../pipeline/exchange.ts";
import { nodeContentParts } from "../runtime/node/codecs.ts";
import { publicOrigins, type FindPublicOrigin } from "../runtime/public-url.ts";
import { memoryAccounts } from "../store/memory-accounts.ts";
import { memoryRates } from "../store/memory-rates.ts";
import { memoryStore } from "../store/memory.ts";
import type { IndexStore } from "../store/store.ts";
import type { RequestEvent } from "../telemetry/event.ts";
import { silentLog } from "../telemetry/log.ts";
import { createRecorder, type Recorder } from "../telemetry/record.ts";
import { andThen, type Awaitable } from "../timing/and-then.ts";
import type { RequestFacts } from "./facts.ts";
import { FactExchange, type OfflineOptions } from "./run.ts";

/** A request of the past, with the facts of its response. */
export interface PastRequest extends RequestFacts {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly status: number;
  readonly bytes: number | undefined;
  readonly platformVerdict?: PlatformVerdict | undefined;
}

/** The result of a request of the past. */
export interface Replayed {
  readonly event: RequestEvent;
  readonly agent: Agent;
}

/** Options of a replay. */
export interface ReplayOptions extends Omit<OfflineOptions, "store" | "now"> {
  /** The index of a store, for the operators' address lists that a proxy stored there. @default none */
  readonly lists?: IndexStore | undefined;
  /** Resolves names of addresses. @default reverse DNS proves nothing */
  readonly dns?: DnsResolver | undefined;
  /** Seconds since the epoch, for the age of lists. */
  readonly now: () => number;
}

/**
 * One proxy in memory to which many requests of the past are sent, in their order. Its clock is that of
 * the requests, so that limits and free quotas count as they would have; nothing uses the network.
 */
export class Replayer {
  readonly #app: App;
  readonly #recorder: Recorder;
  readonly #originOf: FindPublicOrigin;
  /** Milliseconds since the epoch; never goes back. */
  #time = 0;
  #event: RequestEvent | undefined;

  private constructor(options: ReplayOptions, identify: Identify) {
    const { rules, bots, features, originServer = rules.origin, readList } = options;
    const now = (): number => Math.floor(this.#time / 1000);
    const sink = { take: (event: RequestEvent) => void (this.#event = event) };
    this.#recorder = createRecorder([sink], silentLog);
    this.#originOf = publicOrigins({ ...rules, agents: { ...rules.agents, trustedProxyHops: 0 } });
    this.#app = createApp(
      { rules, bots, features, dev: false, originServer },
      {
        store: memoryStore({ now, maxEntries: 256 }),
        rates: memoryRates({ clock: () => this.#time / 1000 }),
        accounts: memoryAccounts(),
        ...nodeContentParts(),
        fetchDirectory: unavailable,
        readList,
        identify: (exchange) =>
          (exchange as PastExchange).knownAgent ?? identify(exchange as PastExchange),
        sinks: [sink],
        now,
        log: silentLog,
      },
    );
  }

  /** Creates a proxy, and reads the address lists. */
  static async create(options: ReplayOptions): Promise<Replayer> {
    const { rules, bots, now, dns, readList, lists } = options;
    const { reverseDns } = rules.agents;
    const waiting = reverseDns === false ? reverseDns : { ...reverseDns, wait: NAMES_WAIT };
    const identification = createIdentification(
      { rules: { ...rules, agents: { ...rules.agents, reverseDns: waiting } }, bots, dev: false },
      {
        fetchDirectory: unavailable,
        readList,
        dns: dns && (() => dns),
        now,
        log: silentLog,
        index: lists ?? memoryStore({ now }).index,
      },
    );
    await identification.restore();
    const replayer = new Replayer(options, (exchange) => identification.identify(exchange));
    await replayer.#app.generations.of({});
    return replayer;
  }

  /**
   * Sends a request; the origin server answers with the status of the past, without content. Undefined
   * if the request's host is malformed, so that the proxy refuses it before any rule.
   */
  run(request: PastRequest): Awaitable<Replayed | undefined> {
    this.#time = Math.max(this.#time, request.time);
    const { scheme, host, method, address } = request;
    const origin = this.#originOf({ scheme, host, field: () => undefined });
    if (origin === undefined) return undefined;
    const exchange = new PastExchange(request, origin);
    const record = this.#recorder.begin(() => ({
      method,
      host,
      target: request.target,
      version: "",
      address,
      userAgent: exchange.field("user-agent"),
      referrer: exchange.field("referer"),
    }));
    exchange.record = record;
    return andThen(
      this.#app.pipeline(exchange, () => Promise.resolve(answerOf(request))),
      (answer) => {
        answer.body?.release();
        const { status } = answer;
        // A response of the proxy's own has few bytes.
        const bytesSent = record.originStatus === undefined ? 0 : (request.bytes ?? 0);
        this.#event = undefined;
        record.close({ end: "sent", status, bytesSent, bytesAre: "content", until: "end" });
        return this.#event && { event: this.#event, agent: exchange.agent };
      },
    );
  }
}

/** Milliseconds for reverse DNS; longer than in a proxy, since no client waits. */
const NAMES_WAIT = 2000;

type Identify = (exchange: PastExchange) => Awaitable<Agent>;

class PastExchange extends FactExchange {
  readonly knownAgent: Agent | undefined;
  readonly platformVerdict: PlatformVerdict | undefined;
  record: ReturnType<Recorder["begin"]> | undefined = undefined;

  constructor(request: PastRequest, origin: ConstructorParameters<typeof FactExchange>[1]) {
    super(request, origin);
    this.knownAgent = request.agent;
    this.platformVerdict = request.platformVerdict;
  }

  /** Work after a response is dropped: there are millions of requests. */
  override background(work: Promise<unknown>): void {
    work.catch(() => {});
  }
}

function answerOf({ status, bytes }: PastRequest): OriginResponse {
  const fields = FieldList.from(bytes === undefined ? [] : ["content-length", String(bytes)]);
  return { status, fields, body: null };
}

const unavailable = (): Promise<never> =>
  Promise.reject(new Error("nothing is fetched in a replay"));
