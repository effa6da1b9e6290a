import type { Duplex } from "node:stream";
import type { Dispatcher, Pool } from "undici";
import { flatLines, type Fields } from "../../http/fields.ts";
import {
  ClientGoneError,
  type OriginRequest,
  type OriginResponse,
} from "../../pipeline/exchange.ts";
import { reasonPhraseOfUtf8 } from "../../http/reason-phrase.ts";
import { isRepeatable } from "../../http/safe-method.ts";
import type { ClientRequest, ClientResponse } from "./message.ts";
import { UNREQUESTED_CONTINUE, writeInterim } from "./interim.ts";
import { OriginBody } from "./origin-body.ts";
import { isLoss, isOfConnection, originErrorOf } from "./origin-fault.ts";
import type { TrackedOptions } from "./origin-connection.ts";
import {
  createOriginConnection,
  createOriginPool,
  type OriginPoolSettings,
} from "./origin-pool.ts";
import type { ContentCheck } from "../../pipeline/content-check.ts";
import { fieldsOf, lengthOf, malformed, upgradedFields } from "./response-fields.ts";
import { SlowResponses, type SlowFlow } from "./slow-responses.ts";
import { hasContent, Upload } from "./upload.ts";
import { isFinalStatus } from "./write-head.ts";

/** One request and its response on a client's connection. */
export interface Channel {
  readonly incoming: ClientRequest;
  readonly outgoing: ClientResponse;
  /** Given if the client waits for a 100 (RFC 9110 §10.1.1); called once the request is sent. */
  readonly onAccepted?: (() => void) | undefined;
  /** Compares the content with what it must be. @default any content is right */
  readonly contentCheck?: ContentCheck | undefined;
  /** Given if the client requests a WebSocket; called with the connection if the origin agrees. */
  readonly onUpgrade?: ((socket: Duplex) => void) | undefined;
}

/** Sends requests to one origin server over persistent connections, bytes untouched. */
export class NodeOrigin {
  readonly #pool: Pool;
  readonly #slow: SlowResponses;
  readonly #servername: string;
  readonly #settings: OriginPoolSettings;
  /** Connections of requests that are sent a second time. */
  readonly #second = new Set<Dispatcher>();

  constructor(settings: OriginPoolSettings) {
    this.#settings = settings;
    this.#pool = createOriginPool(settings);
    this.#slow = new SlowResponses(this.#pool, { idle: settings.idleTimeout });
    this.#servername = new URL(settings.origin).hostname;
  }

  /**
   * Sends a request with the client's content; aborts it if the client leaves. If the connection is
   * lost before the response, a request of a safe method without content is sent once more, on a
   * new connection (RFC 9110 §9.2.2); if it is lost before the request is sent, any request is.
   *
   * @param map edits the fields of each response, interim ones too @default no edit
   * @param headTimeout milliseconds to the head, if that is less than the settings say
   */
  ask(
    request: OriginRequest,
    channel: Channel,
    map: (fields: Fields, status: number) => void = () => {},
    headTimeout = this.#settings.headTimeout,
  ): Promise<OriginResponse> {
    return new Promise((resolve, reject) => {
      const { incoming, outgoing, onUpgrade } = channel;
      const options: TrackedOptions = {
        path: request.target,
        method: request.method,
        headers: flatLines(request.fields),
        body: hasContent(incoming) ? new Upload(incoming, channel.contentCheck) : null,
        headersTimeout: Math.min(headTimeout, this.#settings.headTimeout),
        upgrade: onUpgrade === undefined ? null : "websocket",
        // The same for all requests: undici opens a connection for each name in Host.
        servername: this.#servername,
      };
      const isOnceMore =
        onUpgrade === undefined && isRepeatable(request.method, options.body !== null);
      const onLost = (error: Error, isSent: boolean): boolean => {
        if (isSecond || options.sentOn === undefined) return false;
        if (isSent && !isOnceMore) return false;
        isSecond = isSent ? isOfConnection(error, options.sentOn) : isLoss(error);
        if (isSecond) this.#askOnNewConnection(options, handler);
        return isSecond;
      };
      let isSecond = false;
      const flowOf = (controller: Dispatcher.DispatchController): SlowFlow =>
        this.#slow.flowOf(controller, options, outgoing);
      const then = { map, resolve, reject, onLost, flowOf };
      const handler = new Handler(request.method, channel, then);
      // `close` is emitted once; `once` would cost an additional listener.
      outgoing.on("close", () => {
        if (!outgoing.writableFinished) handler.abort();
      });
      if (!this.#pool.dispatch(options, handler)) this.#slow.makeRoom();
    });
  }

  #askOnNewConnection(options: TrackedOptions, handler: Handler): void {
    const connection = createOriginConnection(this.#settings);
    this.#second.add(connection);
    connection.dispatch(options, handler);
    // Closes after the response.
    void connection.close().finally(() => this.#second.delete(connection));
  }

  /** Accepts no more requests, and closes after the responses under way. */
  retire(): Promise<void> {
    return this.#pool.close();
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool, ...this.#second].map((each) => each.destroy()));
  }
}

interface HandlerOptions {
  readonly map: (fields: Fields, status: number) => void;
  readonly resolve: (response: OriginResponse) => void;
  readonly reject: (error: Error) => void;
  /** Called if no response has come; true if the request is sent again. */
  readonly onLost: (error: Error, isSent: boolean) => boolean;
  readonly flowOf: (controller: Dispatcher.DispatchController) => SlowFlow;
}

class Handler implements Dispatcher.DispatchHandler {
  readonly #method: string;
  readonly #channel: Channel;
  readonly #then: HandlerOptions;
  #controller: Dispatcher.DispatchController | undefined;
  #body: OriginBody | undefined;
  #flow: SlowFlow | undefined;
  #aborted = false;
  #isSent = false;
  #interim = 0;
  #isResolved = false;
  /** Bytes of content. */
  #received = 0;

  constructor(method: string, channel: Channel, then: HandlerOptions) {
    this.#method = method;
    this.#channel = channel;
    this.#then = then;
  }

  /** The client has closed its connection. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort(new ClientGoneError());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#isSent = true;
    if (this.#aborted) controller.abort(new ClientGoneError());
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
    if (!isFinalStatus(status)) throw malformed(`${status} is no valid status.`);
    const fields = fieldsOf(controller.rawHeaders);
    this.#then.map(fields, status);
    if (status === 204) fields.delete("content-length");
    const body =
      this.#method === "HEAD" || status === 204 || status === 304
        ? null
        : new OriginBody(
            (this.#flow = this.#then.flowOf(controller)),
            fields.get("content-encoding"),
          );
    this.#body = body ?? undefined;
    const phrase = statusText === undefined ? undefined : reasonPhraseOfUtf8(statusText);
    this.#then.resolve({
      status,
      ...(phrase === undefined ? {} : { statusText: phrase }),
      fields,
      body,
    });
    this.#isResolved = true;
  }

  /** Relays an interim response: an origin may send any number, unrequested (RFC 9110 §15.2). */
  #onInterim(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 100) throw malformed(`${status} is no valid status.`);
    if (status === 101) throw malformed("It switches protocols without a request.");
    if (++this.#interim > MOST_INTERIM)
      throw malformed(`It sends more than ${MOST_INTERIM} interim responses.`);
    if (status === UNREQUESTED_CONTINUE) return;
    const fields = fieldsOf(controller.rawHeaders);
    this.#then.map(fields, status);
    writeInterim(this.#channel, status, fields);
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    socket: Duplex,
  ): void {
    try {
      const fields = upgradedFields(controller, status);
      this.#channel.onUpgrade?.(socket);
      this.#then.resolve({ status, fields, body: null });
    } catch (error) {
      // undici has released the socket.
      socket.on("error", () => {});
      socket.destroy();
      this.#then.reject(originErrorOf(error, "head"));
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#received += chunk.length;
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    this.#flow?.end();
    // Trailer fields are dropped, since no stage processes them (docs/decisions.md).
    this.#body?.end();
  }

  onResponseError(controller: Dispatcher.DispatchController | undefined, error: Error): void {
    const { incoming } = this.#channel;
    this.#flow?.end();
    // undici reads spaces after the length as digits, and does not report bytes beyond the length.
    const isWhole = this.#body === undefined || this.#received === lengthOf(controller?.rawHeaders);
    if (this.#isResolved && isWhole) {
      this.#body?.end();
      return;
    }
    // If the client's content is cut off, so is the request to the origin.
    const isGone = this.#aborted || (incoming.errored ?? null) !== null;
    if (this.#body !== undefined) this.#body.fail(originErrorOf(error, "content"));
    else if (isGone) this.#then.reject(new ClientGoneError());
    else if (this.#interim === 0 && this.#then.onLost(error, this.#isSent)) return;
    else this.#then.reject(originErrorOf(error, this.#isSent ? "head" : "connect"));
  }
}

/** Interim responses to one request, at most; any number would keep the request open for ever. */
const MOST_INTERIM = 1000;
