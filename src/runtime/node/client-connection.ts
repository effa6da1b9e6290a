import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ProblemName } from "../../http/problem.ts";
import { ClientGoneError } from "../../pipeline/exchange.ts";
import { linger } from "./linger.ts";
import { refuse, writeRefusal } from "./refuse.ts";
import { MALFORMED } from "./upload.ts";

const CONNECTION = Symbol("connection");

/** Internal properties of Node's sockets that the proxy needs. */
type NodeSocket = Socket & {
  [CONNECTION]?: ClientConnection;
  _paused?: boolean;
  parser?: { resume?(): void } | null;
};
type NodeResponse = ServerResponse & { readonly _last?: boolean };

interface ClientFault {
  readonly name: ProblemName;
  readonly detail: string;
}

interface Turn {
  readonly outgoing: ServerResponse;
  readonly start: () => void;
}

/** Requests that wait for their turn, at most; then the connection is paused. */
const MOST_WAITING = 64;

/** Requests after the last response that are ignored before the connection is cut. */
const MOST_IGNORED = 10_000;

/**
 * A client's connection, whose requests are processed one after the other: only a complete response
 * shows if the connection persists, and no request after the last one may be processed (RFC 9112
 * §9.3.2, §9.6). A fault in bytes after a request is reported after the response to that request.
 */
export class ClientConnection {
  readonly #socket: NodeSocket;
  readonly #waiting: Turn[] = [];
  #current: NodeResponse | undefined;
  /** The response whose end leads to the next request. */
  #watched: ServerResponse | undefined;
  #fault: ClientFault | undefined;
  #isEnding = false;
  #isDraining = false;
  #ignored = 0;

  static of(socket: Socket): ClientConnection {
    const known = (socket as NodeSocket)[CONNECTION];
    return known ?? new ClientConnection(socket);
  }

  private constructor(socket: NodeSocket) {
    this.#socket = socket;
    socket[CONNECTION] = this;
    // Node's server calls this after the last response.
    socket.destroySoon = () => this.end();
    socket.on("error", ignore);
  }

  /** Whether a response is under way or requests wait, perhaps after a complete response. */
  get isBusy(): boolean {
    return this.#waiting.length > 0 || (this.#current !== undefined && !isOver(this.#current));
  }

  /** The response that is under way, if its head is not sent yet. */
  get unanswered(): ServerResponse | undefined {
    const current = this.#current;
    return current?.headersSent === false && !isOver(current) ? current : undefined;
  }

  /** Starts a request after the responses to earlier ones; never if the connection ends before. */
  take(outgoing: ServerResponse, start: () => void): void {
    const current = this.#current;
    outgoing.on("error", ignore);
    if (this.#isEnding || this.#fault !== undefined || (current !== undefined && isLast(current))) {
      this.#ignore(outgoing);
    } else if (this.isBusy) {
      this.#waiting.push({ outgoing, start });
      this.#whenOver();
      if (this.#waiting.length >= MOST_WAITING) this.#pause();
    } else this.#begin({ outgoing, start });
  }

  /** Calls back once no response is under way; never if the connection ends before. */
  whenFree(callback: () => void): void {
    if (this.isBusy) this.#current?.once("close", () => this.whenFree(callback));
    else if (!this.#isEnding && !this.#socket.destroyed) callback();
  }

  /** Reports malformed bytes, after the last request or in its content. */
  fail(fault: ClientFault): void {
    if (this.#isEnding || this.#fault !== undefined) return;
    this.#fault = fault;
    const current = this.#current;
    if (current === undefined || !this.isBusy) {
      this.#tellFault();
      return;
    }
    this.#whenOver();
    if (current.req.complete || isOver(current)) return;
    if (!current.headersSent) refuse(current, fault.name, fault.detail);
    current.req.emit(MALFORMED, new ClientGoneError());
  }

  /** Responds to bytes that are no request, and closes. No response may be under way. */
  refuse({ name, detail }: ClientFault): void {
    if (this.#isEnding) return;
    if (this.#socket.writable) writeRefusal(this.#socket, name, detail);
    this.end();
  }

  /**
   * Accepts no more requests; the ones received get their responses.
   *
   * @param patience milliseconds for which a connection without a request waits for one more
   */
  drain(patience = 0): void {
    this.#isDraining = true;
    const current = this.#current;
    if (current === undefined || !this.isBusy) {
      if (current !== undefined && patience === 0) this.end();
      else if (patience > 0) setTimeout(() => this.drain(), patience);
      return;
    }
    if (!current.headersSent) current.shouldKeepAlive = false;
    this.#whenOver();
  }

  /**
   * Closes in stages (RFC 9112 §9.6): first our side, then the client's, after it has closed or at
   * a bound. An immediate close could destroy the response while the client still sends.
   */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#socket.end();
    this.#current?.req.resume();
    for (const { outgoing } of this.#waiting.splice(0)) outgoing.req.resume();
    this.#resume();
    this.#socket.resume();
    linger(this.#socket, () => this.#socket.destroy());
  }

  #begin({ outgoing, start }: Turn): void {
    this.#current = outgoing;
    if (this.#isDraining && this.#waiting.length === 0) outgoing.shouldKeepAlive = false;
    start();
  }

  #whenOver(): void {
    if (this.#watched === this.#current) return;
    this.#watched = this.#current;
    this.#current?.once("close", () => this.#next());
  }

  #next(): void {
    if (this.#socket.destroyed || this.#isEnding) return;
    if (this.#current !== undefined && isLast(this.#current)) {
      // Node closes the connection; waiting requests are not processed.
      for (const { outgoing } of this.#waiting.splice(0)) outgoing.req.resume();
      return;
    }
    const turn = this.#waiting.shift();
    if (this.#waiting.length < MOST_WAITING / 2) this.#resume();
    if (turn === undefined) {
      if (this.#fault !== undefined) this.#tellFault();
      else if (this.#isDraining) this.end();
      return;
    }
    const { outgoing } = turn;
    if (this.#fault !== undefined && !outgoing.req.complete) {
      this.#current = outgoing;
      refuse(outgoing, this.#fault.name, this.#fault.detail);
      return;
    }
    this.#begin(turn);
    if (this.#waiting.length > 0 || this.#fault !== undefined || this.#isDraining) this.#whenOver();
  }

  #tellFault(): void {
    if (this.#current !== undefined && isLast(this.#current)) this.end();
    else this.refuse(this.#fault as ClientFault);
  }

  #ignore({ req }: ServerResponse): void {
    req.resume();
    if (++this.#ignored > MOST_IGNORED) this.#socket.destroy();
  }

  /** Stops reading requests, as Node does if a client does not read its responses. */
  #pause(): void {
    this.#socket._paused = true;
    this.#socket.pause();
  }

  #resume(): void {
    if (this.#socket._paused !== true) return;
    this.#socket._paused = false;
    this.#socket.parser?.resume?.();
    this.#socket.resume();
  }
}

/** Whether a response is complete or was cut off. */
function isOver(outgoing: ServerResponse): boolean {
  return outgoing.writableFinished || outgoing.destroyed;
}

function isLast(outgoing: NodeResponse): boolean {
  return outgoing._last === true || (!outgoing.shouldKeepAlive && outgoing.headersSent);
}

function ignore(): void {}
