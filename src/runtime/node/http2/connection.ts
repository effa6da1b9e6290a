import { constants, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { Bucket } from "../../../timing/bucket.ts";
import type { TrackedConnection } from "../shutdown.ts";
import type { StreamResponse } from "./response.ts";

const { NGHTTP2_ENHANCE_YOUR_CALM } = constants;

/** Milliseconds that a client that has announced its end may take to answer a PING. */
const FAREWELL = 1000;

/** Milliseconds for the last frames of a connection that ends. */
const LAST_FRAMES = 5000;

/** PING and SETTINGS frames of a client between two checks, at most: each costs a reply. */
const MOST_REPLIES = 1000;

/** Streams that a client may reset at once, and in each second: a page that a reader leaves has some dozens. */
const RESETS = { burst: 200, perSecond: 20 };

/** Resets from which on a stream waits until the frames that came with it are read. */
const MANY_RESETS = 16;

/** Times that apply to connections, in milliseconds. */
export interface Http2Times {
  /** To the first request. */
  readonly head: number;
  /** Without a request. */
  readonly keepAlive: number;
  /** In which a client must accept some content of each response. */
  readonly idle: () => number;
}

/** The progress of a response that waits for its client. */
interface Progress {
  passed: number;
  since: number;
}

/** A client's connection that speaks HTTP/2. */
export class Http2Connection implements TrackedConnection {
  readonly socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #times: Http2Times;
  readonly #open = new Map<StreamResponse, Progress>();
  /** Since when no request is under way. */
  #idleSince = performance.now();
  #hasServed = false;
  #isClosing = false;
  /** Frames since the last check that needed a reply and were no request. */
  #replies = 0;
  /** Streams that the client may still reset. */
  readonly #resets = new Bucket(RESETS, performance.now() / 1000);
  readonly #onRefused: () => void;
  /** Node's own close, which ignores streams that arrive later. */
  readonly #close: () => void;

  /** @param onRefused called if the connection is ended for what the client does */
  constructor(
    session: ServerHttp2Session,
    socket: Socket,
    times: Http2Times,
    onRefused: () => void = () => {},
  ) {
    this.#session = session;
    this.socket = socket;
    this.#times = times;
    this.#onRefused = onRefused;
    // Node calls it when the client announces its end, and streams that the client has begun may follow:
    // Node's client sends GOAWAY before the HEADERS of its last requests.
    this.#close = session.close.bind(session);
    session.close = () => this.#closeAfterArrivals();
  }

  /** Whether the client has reset many streams lately. */
  get isHasty(): boolean {
    return this.#resets.level < RESETS.burst - MANY_RESETS;
  }

  /** The responses whose head is not sent yet. */
  get unanswered(): StreamResponse[] {
    return [...this.#open.keys()].filter((each) => !each.headersSent && !each.destroyed);
  }

  begin(outgoing: StreamResponse): void {
    this.#hasServed = true;
    this.#open.set(outgoing, { passed: 0, since: performance.now() });
  }

  end(outgoing: StreamResponse): void {
    this.#open.delete(outgoing);
    this.#idleSince = performance.now();
  }

  /** Notes a PING or SETTINGS frame of the client. */
  replied(): void {
    this.#replies++;
    if (this.#replies > MOST_REPLIES) this.refuse();
  }

  /** Notes a stream that the client has reset before the response was complete (CVE-2023-44487). */
  wasReset(): void {
    this.#resets.fill(performance.now() / 1000);
    this.#resets.take(1);
    if (this.#resets.level < 0) this.refuse();
  }

  /**
   * Names the last stream that is served (RFC 9113 §6.8): clients send later ones again elsewhere. An
   * announcement before that would not serve more of them, since nghttp2 ignores streams behind any GOAWAY.
   */
  drain(): void {
    if (this.#isClosing || this.#session.destroyed) return;
    this.#isClosing = true;
    this.#close();
  }

  /** Closes the session once the client has answered a PING: all that it sent before has arrived. */
  #closeAfterArrivals(): void {
    if (this.#isClosing || this.#session.destroyed) return;
    this.#isClosing = true;
    const close = (): void => {
      clearTimeout(timer);
      if (!this.#session.destroyed) this.#close();
    };
    const timer = setTimeout(close, FAREWELL).unref();
    if (!this.#session.ping(close)) close();
  }

  cut(): void {
    this.socket.destroy();
  }

  /** Ends the connection for a fault of the client. */
  refuse(): void {
    if (this.#session.destroyed) return;
    this.#onRefused();
    this.#session.goaway(NGHTTP2_ENHANCE_YOUR_CALM);
    this.#session.destroy(undefined, NGHTTP2_ENHANCE_YOUR_CALM);
    setTimeout(() => this.cut(), LAST_FRAMES).unref();
  }

  /** Ends responses that wait too long for their client, and a connection without requests. */
  check(now: number): void {
    this.#replies = 0;
    const idle = this.#times.idle();
    for (const [outgoing, progress] of this.#open) {
      const { bytesPassed } = outgoing;
      if (!outgoing.isWaiting || bytesPassed !== progress.passed) {
        progress.passed = bytesPassed;
        progress.since = now;
      } else if (now - progress.since >= idle) outgoing.destroy();
    }
    if (this.#open.size > 0) return;
    const limit = this.#hasServed ? this.#times.keepAlive : this.#times.head;
    if (now - this.#idleSince < limit) return;
    this.drain();
    if (now - this.#idleSince >= limit + LAST_FRAMES) this.cut();
  }
}
