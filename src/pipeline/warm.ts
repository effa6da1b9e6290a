import { FieldList, type Fields } from "../http/fields.ts";
import { originRequests } from "./own-requests.ts";
import { OwnExchange } from "./exchange-at.ts";
import type { Body } from "./body.ts";
import type { Exchange, OriginClient, OwnOriginClient } from "./exchange.ts";
import { createPipeline, type PipelineOptions } from "./run.ts";
import { markWarming, Warming, warmingOf, type WarmResult } from "./warming.ts";

/** The codings of browsers, so that the cache stores the variant that they get. */
const CODINGS = "gzip, deflate, br, zstd";

/** The request for an address that the operator names, as a browser without cookies sends it. */
class WarmExchange extends OwnExchange {
  readonly #url: URL;
  readonly #work: Promise<unknown>[] = [];
  readonly #fields: ReadonlyMap<string, string>;

  constructor(from: Exchange, url: URL) {
    super(from, url.pathname + url.search, "*/*");
    this.#url = url;
    // RFC 9111 §5.2.1.4: what is stored may be the version before the deploy.
    this.#fields = new Map([
      ["accept", "*/*"],
      ["accept-encoding", CODINGS],
      ["cache-control", "no-cache"],
    ]);
    markWarming(this);
  }

  override get host(): string {
    return this.#url.host;
  }

  override get url(): URL {
    return this.#url;
  }

  override field(name: string): string | undefined {
    return this.#fields.get(name);
  }

  override forwardable(): Fields {
    return FieldList.from([...this.#fields].flat());
  }

  override background(work: Promise<unknown>): void {
    this.#work.push(work);
    super.background(work);
  }

  /** Waits for the work that goes on after the response, and for that which it begins. */
  async settled(): Promise<void> {
    for (let done = 0; done < this.#work.length;) {
      const begun = this.#work.slice(done);
      done += begun.length;
      await Promise.allSettled(begun);
    }
  }
}

/** Prepares one address: requests it, and waits until all codings are made. Never rejects. */
export type Warm = (url: URL, from: Exchange) => Promise<WarmResult>;

/** Creates the function by which the operator prepares addresses before clients request them. */
export function createWarming(ask: OwnOriginClient, find: () => PipelineOptions): Warm {
  return async (url, from) => {
    const exchange = new WarmExchange(from, url);
    let reason: string | undefined;
    const options = find();
    const coding = options.stages.find(({ codesContent }) => codesContent)?.feature;
    const pipeline = createPipeline({
      ...options,
      onDecided(_exchange, _answer, decisions) {
        const last = decisions.findLast(({ feature }) => feature === coding);
        reason = last?.detail?.["dictionary"] ?? last?.reason;
      },
    });
    let status: number | undefined;
    try {
      const answer = await pipeline(exchange, received(originRequests(ask, exchange, url.host)));
      ({ status } = answer);
      await drained(answer.body);
      await exchange.settled();
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    const { content, ready, missing } = warmingOf(exchange) ?? new Warming();
    return {
      url: url.href,
      ...(status === undefined ? {} : { status }),
      ...content,
      ready,
      missing,
      ...(reason === undefined || reason === "no-dictionary-offered" ? {} : { reason }),
    };
  };
}

/** Content of the origin server, which a runtime may give to our own requests as if we had made it. */
class ReceivedBody implements Body {
  readonly #body: Body;

  constructor(body: Body) {
    this.#body = body;
  }

  get readable(): boolean {
    return this.#body.readable;
  }

  open(): ReadableStream<Uint8Array> {
    return this.#body.open();
  }

  copy(): ReadableStream<Uint8Array> {
    return this.#body.copy();
  }

  release(): void {
    this.#body.release();
  }
}

function received(origin: OriginClient): OriginClient {
  return async (request) => {
    const response = await origin(request);
    const { body } = response;
    return { ...response, body: body && new ReceivedBody(body) };
  };
}

/** Reads the content to its end: it is stored and coded while it is sent. */
async function drained(body: Body | null): Promise<void> {
  if (body === null) return;
  const stream = body.readable ? body.open() : body.copy();
  body.release();
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}
