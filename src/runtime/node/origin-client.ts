import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { Pool, type Dispatcher } from "undici";
import { FieldList } from "../../http/fields.ts";
import { hopByHop } from "../../http/hop-by-hop.ts";
import { OriginError, type OriginRequest, type OriginResponse } from "../../pipeline/exchange.ts";
import { reasonPhraseOfUtf8 } from "../../http/reason-phrase.ts";
import { writeInterim } from "./interim.ts";
import { UNASKED_CONTINUE } from "./interim-heads.ts";
import { OriginBody } from "./origin-body.ts";
import { originConnection } from "./origin-connection.ts";
import { originErrorOf } from "./origin-fault.ts";
import { isFinalStatus } from "./write-head.ts";

/** How the origin server is reached. */
export interface OriginSettings {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Milliseconds to the response's head. @default 60000 */
  readonly headTimeout?: number;
  /** Milliseconds between two pieces of the content. @default 300000 */
  readonly idleTimeout?: number;
}

/** The connection of one exchange, and what became of it. */
export interface Channel {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** The client waits for `100 Continue` (RFC 9110 §10.1.1); called once the origin takes the request. */
  readonly onAccepted?: (() => void) | undefined;
  /** The client asks for a WebSocket: called with the origin's connection where it agrees. */
  readonly onUpgrade?: ((socket: Duplex) => void) | undefined;
}

/** Asks one origin server over kept connections, bytes untouched. */
export class NodeOrigin {
  readonly #pool: Pool;

  constructor({ origin, headTimeout = 60_000, idleTimeout = 300_000 }: OriginSettings) {
    this.#pool = new Pool(origin, {
      factory: originConnection,
      connections: 256,
      pipelining: 1,
      headersTimeout: headTimeout,
      bodyTimeout: idleTimeout,
      connect: { timeout: 10_000 },
    });
  }

  /** Sends a request with the client's content; the end of the exchange ends the origin's work. */
  ask(request: OriginRequest, channel: Channel): Promise<OriginResponse> {
    return new Promise((resolve, reject) => {
      const { incoming, outgoing, onUpgrade } = channel;
      const handler = new Handler(request.method, channel, resolve, reject);
      outgoing.once("close", () => {
        if (!outgoing.writableFinished) handler.abort();
      });
      this.#pool.dispatch(
        {
          path: request.target,
          method: request.method,
          headers:
            request.fields instanceof FieldList
              ? (request.fields.flat() as string[])
              : flatten(request),
          body: hasContent(incoming) ? incoming : null,
          upgrade: onUpgrade === undefined ? null : "websocket",
        },
        handler,
      );
    });
  }

  /** Takes no more requests, and closes once those under way are answered in full. */
  retire(): Promise<void> {
    return this.#pool.close();
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

class Handler implements Dispatcher.DispatchHandler {
  readonly #method: string;
  readonly #channel: Channel;
  readonly #resolve: (response: OriginResponse) => void;
  readonly #reject: (error: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #body: OriginBody | undefined;
  #aborted = false;
  #isSent = false;
  #interim = 0;

  constructor(
    method: string,
    channel: Channel,
    resolve: (response: OriginResponse) => void,
    reject: (error: Error) => void,
  ) {
    this.#method = method;
    this.#channel = channel;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** The client is gone. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort(new Error("the client is gone"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#isSent = true;
    if (this.#aborted) controller.abort(new Error("the client is gone"));
    else this.#channel.onAccepted?.();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusText?: string,
  ): void {
    if (status < 200) {
      this.#onInterim(controller, status);
      return;
    }
    if (!isFinalStatus(status)) throw malformed(`The status ${status} is none.`);
    const fields = fieldsOf(controller);
    if (status === 204) fields.delete("content-length");
    const body =
      this.#method === "HEAD" || status === 204 || status === 304
        ? null
        : new OriginBody(controller, fields.get("content-encoding"));
    this.#body = body ?? undefined;
    const phrase = statusText === undefined ? undefined : reasonPhraseOfUtf8(statusText);
    this.#resolve({
      status,
      ...(phrase === undefined ? {} : { statusText: phrase }),
      fields,
      body,
    });
  }

  /** RFC 9110 §15.2: any number of these may come, also if nobody asked for them. */
  #onInterim(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 100) throw malformed(`The status ${status} is none.`);
    if (status === 101) throw malformed("It switches to a protocol unasked.");
    if (++this.#interim > MOST_INTERIM) throw malformed("Its head never comes.");
    if (status !== UNASKED_CONTINUE) writeInterim(this.#channel, status, fieldsOf(controller));
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    socket: Duplex,
  ): void {
    const fields = fieldsOf(controller);
    if (status !== 101) throw malformed("It switches protocols without a 101.");
    this.#channel.onUpgrade?.(socket);
    this.#resolve({ status, fields, body: null });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    // Trailer fields are dropped: no stage could vouch for them (docs/decisions.md).
    this.#body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#body !== undefined) this.#body.fail(originErrorOf(error, "content"));
    else this.#reject(originErrorOf(error, this.#isSent ? "head" : "connect"));
  }
}

/** More would keep a request open for ever. */
const MOST_INTERIM = 1000;

/** A response that the parser lets through, and that is none. */
function malformed(why: string): OriginError {
  return new OriginError("malformed", "head", new Error(why));
}

/** The response's fields as they came, short of those for one connection. */
function fieldsOf({ rawHeaders }: Dispatcher.DispatchController): FieldList {
  const raw = (rawHeaders ?? []) as readonly (Buffer | string)[];
  const flat = raw.map((text) => (typeof text === "string" ? text : text.toString("latin1")));
  return FieldList.from(flat, hopByHop(connectionOf(flat)));
}

function connectionOf(flat: readonly string[]): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i]?.length !== 10 || flat[i]?.toLowerCase() !== "connection") continue;
    value = value === undefined ? flat[i + 1] : `${value}, ${flat[i + 1]}`;
  }
  return value;
}

/** RFC 9112 §6.3: a request has content where a length or a transfer coding says so. */
function hasContent({ headers }: IncomingMessage): boolean {
  return (
    headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] !== undefined && headers["content-length"] !== "0")
  );
}

function flatten({ fields }: OriginRequest): string[] {
  return [...fields.lines()].flat();
}
