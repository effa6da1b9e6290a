import type { Pool } from "undici";
import { networkOf } from "../../agent/network.ts";
import { OriginConnection, type TrackedOptions } from "./origin-connection.ts";
import { cutOff } from "./origin-body.ts";
import type { ClientResponse } from "./message.ts";

/** Milliseconds for which content waits before its connection no longer counts. */
const PATIENCE = 250;

/** Milliseconds for which content waits before its response may be cut off to make room. */
const LONG = 5000;

/** Connections beyond those of the pool, at most, whose content waits for a client. */
const MOST_APART = 768;

/** Milliseconds between two looks at content that waits. */
const LOOK = 1000;

/** The part of undici's controller that content needs. */
interface Controller {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

interface SlowSettings {
  /** Connections beyond those of the pool, at most. @default 768 */
  readonly most?: number | undefined;
  /** Milliseconds in which a client must accept some content of a response. */
  readonly idle: number;
}

/**
 * Responses whose content waits for a client that reads slowly. They may not use up the connections
 * to the origin server: if a request waits for one, the pool gives up connections of such responses
 * and opens new ones in their place, up to a bound; then those are cut off that wait longest, of the
 * network that has the most. A response of which a client reads nothing for too long is cut off anyway.
 */
export class SlowResponses {
  readonly #pool: Pool;
  readonly #most: number;
  readonly #idle: number;
  /** With the time since which each waits: the first waits longest. */
  readonly #waiting = new Map<SlowFlow, number>();
  /** Connections that no longer belong to the pool. */
  readonly #apart = new Set<OriginConnection>();
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: Pool, { idle, most = MOST_APART }: SlowSettings) {
    this.#pool = pool;
    this.#idle = idle;
    this.#most = most;
  }

  /** The flow of one response's content. */
  flowOf(controller: Controller, sent: TrackedOptions, outgoing: ClientResponse): SlowFlow {
    return new SlowFlow(this, controller, sent, outgoing);
  }

  add(flow: SlowFlow): void {
    this.#waiting.set(flow, performance.now());
    this.#lookIn(LOOK);
  }

  delete(flow: SlowFlow): void {
    this.#waiting.delete(flow);
  }

  /** Makes room for requests that wait for a connection. */
  makeRoom(): void {
    if (this.#waiting.size === 0) return;
    let { queued } = this.#pool.stats;
    if (queued === 0) return;
    const now = performance.now();
    for (const [{ connection }, since] of this.#waiting) {
      if (queued === 0 || this.#apart.size >= this.#most || now - since < PATIENCE) break;
      if (connection === undefined || this.#apart.has(connection)) continue;
      this.#setApart(connection);
      queued--;
    }
    if (queued === 0) return;
    if (this.#apart.size >= this.#most) this.#cut(queued, now);
    this.#lookIn(PATIENCE);
  }

  /** The pool opens another connection in its place, and this one closes after its response. */
  #setApart(connection: OriginConnection): void {
    this.#apart.add(connection);
    connection.leavePool();
    const closed = (): void => void this.#apart.delete(connection);
    connection.close().then(closed, closed);
  }

  /** Cuts off responses that wait for long, first those of the network that has the most. */
  #cut(count: number, now: number): void {
    const byNetwork = Map.groupBy(
      [...this.#waiting].filter(([, since]) => now - since >= LONG),
      ([{ client = "" }]) => networkOf(client),
    );
    const groups = [...byNetwork.values()].map((group) => group.toReversed());
    for (let left = count; left > 0; left--) {
      let most = groups[0];
      for (const group of groups) if (group.length > (most?.length ?? 0)) most = group;
      const longest = most?.pop();
      if (longest === undefined) return;
      longest[0].cut();
    }
  }

  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [flow, since] of this.#waiting) {
      if (now - since < this.#idle) break;
      flow.cut();
    }
    this.makeRoom();
    if (this.#waiting.size > 0) this.#lookIn(LOOK);
  }

  #lookIn(milliseconds: number): void {
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#look(), milliseconds).unref();
    }
  }
}

/** The flow of one response's content: it knows while the content waits. */
export class SlowFlow {
  readonly #all: SlowResponses;
  readonly #controller: Controller;
  readonly #sent: TrackedOptions;
  readonly #outgoing: ClientResponse;
  #isWaiting = false;
  #isOver = false;

  constructor(
    all: SlowResponses,
    controller: Controller,
    sent: TrackedOptions,
    outgoing: ClientResponse,
  ) {
    this.#all = all;
    this.#controller = controller;
    this.#sent = sent;
    this.#outgoing = outgoing;
  }

  get connection(): OriginConnection | undefined {
    const { sentOn } = this.#sent;
    return sentOn instanceof OriginConnection ? sentOn : undefined;
  }

  /** The address of the client. */
  get client(): string | undefined {
    return this.#outgoing.req.socket.remoteAddress;
  }

  pause(): void {
    this.#controller.pause();
    if (this.#isWaiting || this.#isOver) return;
    this.#isWaiting = true;
    this.#all.add(this);
  }

  resume(): void {
    this.#goOn();
    this.#controller.resume();
  }

  abort(reason: Error): void {
    this.end();
    this.#controller.abort(reason);
  }

  /** All content has arrived, or no more does. */
  end(): void {
    this.#isOver = true;
    this.#goOn();
  }

  /** Breaks the response off; the request to the origin server ends with it. */
  cut(): void {
    this.end();
    cutOff(this.#outgoing);
  }

  #goOn(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#all.delete(this);
  }
}
