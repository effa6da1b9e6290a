import type { IncomingMessage, ServerResponse } from "node:http";
import { errors, Pool, type Dispatcher } from "undici";
import { FieldList } from "../../http/fields.ts";
import { hopByHop } from "../../http/hop-by-hop.ts";
import {
  OriginError,
  type OriginClient,
  type OriginRequest,
  type OriginResponse,
} from "../../pipeline/exchange.ts";
import { OriginBody } from "./origin-body.ts";

/** How the origin server is reached. */
export interface OriginSettings {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Milliseconds to the response's head. @default 60000 */
  readonly headTimeout?: number;
  /** Milliseconds between two pieces of the content. @default 300000 */
  readonly idleTimeout?: number;
}

/** Asks one origin server over kept connections, bytes untouched. */
export class NodeOrigin {
  readonly #pool: Pool;

  constructor({ origin, headTimeout = 60_000, idleTimeout = 300_000 }: OriginSettings) {
    this.#pool = new Pool(origin, {
      connections: 256,
      pipelining: 1,
      headersTimeout: headTimeout,
      bodyTimeout: idleTimeout,
      connect: { timeout: 10_000 },
    });
  }

  /** The client of one exchange: the request's content goes along, and its end ends the origin's work. */
  clientFor(incoming: IncomingMessage, outgoing: ServerResponse): OriginClient {
    return (request) =>
      new Promise((resolve, reject) => {
        const handler = new Handler(request.method, resolve, reject);
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
          },
          handler,
        );
      });
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

class Handler implements Dispatcher.DispatchHandler {
  readonly #method: string;
  readonly #resolve: (response: OriginResponse) => void;
  readonly #reject: (error: OriginError) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #body: OriginBody | undefined;
  #aborted = false;

  constructor(
    method: string,
    resolve: (response: OriginResponse) => void,
    reject: (error: OriginError) => void,
  ) {
    this.#method = method;
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
    if (this.#aborted) controller.abort(new Error("the client is gone"));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusText?: string,
  ): void {
    // Interim responses are the connection's own business.
    if (status < 200) return;
    const raw = (controller.rawHeaders ?? []) as readonly (Buffer | string)[];
    const flat = raw.map((text) => (typeof text === "string" ? text : text.toString("latin1")));
    const fields = FieldList.from(flat, hopByHop(connectionOf(flat)));
    const body =
      this.#method === "HEAD" || status === 204 || status === 304
        ? null
        : new OriginBody(controller, fields.get("content-encoding"));
    this.#body = body ?? undefined;
    this.#resolve({ status, ...(statusText ? { statusText } : {}), fields, body });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    this.#body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#body !== undefined) this.#body.fail(error);
    else this.#reject(new OriginError(codeOf(error), error));
  }
}

function codeOf(error: Error): OriginError["code"] {
  const late =
    error instanceof errors.HeadersTimeoutError || error instanceof errors.ConnectTimeoutError;
  return late ? "origin-timeout" : "origin-unreachable";
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
