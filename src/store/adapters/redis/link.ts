import { createClient, RESP_TYPES } from "@redis/client";
import { within } from "../../../timing/timeout.ts";
import { markReported, messageOf } from "../../failures/reported.ts";
import type { RedisAddress } from "./address.ts";

/** Events of the connection, for a log. */
export interface RedisEvents {
  /** The server is unreachable; called once until it works again. The reason has no password. */
  readonly onDown?: ((reason: string) => void) | undefined;
  readonly onUp?: (() => void) | undefined;
}

export interface RedisLimits {
  /** Milliseconds that an operation may take. @default 500 */
  readonly timeout?: number | undefined;
  /** Milliseconds from connecting to the first command. @default 2000 */
  readonly connectTimeout?: number | undefined;
}

/** A command and its arguments. */
type RedisCommand = readonly (string | Buffer)[];

type Client = ReturnType<typeof connection>;

/** Operations, and bytes of their commands, that wait for the server, at most. */
const MOST_WAITING = 1000;
const MOST_BYTES = 64 * 1024 * 1024;
/** Milliseconds before the next attempt to connect: first, doubled each time, and at most. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/** Connects at once, and again after each loss, until the link is closed. */
export class RedisLink {
  /** Resolves after the first attempt to connect, with its error if it failed. */
  readonly opened: Promise<Error | undefined>;
  readonly #address: RedisAddress;
  readonly #timeout: number;
  readonly #connectTimeout: number;
  readonly #events: RedisEvents;
  #client: Client | undefined;
  #isClosed = false;
  #isDown = false;
  #pause = FIRST_PAUSE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #replies = 0;
  #waiting = 0;
  #bytes = 0;
  #isFirst = true;
  /** When a connection to a replica may be left again. */
  #leaveAfter = -Infinity;

  constructor(address: RedisAddress, limits: RedisLimits, events: RedisEvents) {
    this.#address = address;
    this.#timeout = limits.timeout ?? 500;
    this.#connectTimeout = limits.connectTimeout ?? 2000;
    this.#events = events;
    this.opened = this.#connect();
    void this.opened.then(() => (this.#isFirst = false));
  }

  /**
   * Sends a command; texts are returned as bytes. Rejects after the timeout, and at once if there
   * is no connection or too many operations wait.
   */
  readonly send = async (command: RedisCommand): Promise<unknown> => {
    if (this.#isFirst) await answered(() => this.opened, this.#timeout);
    const current = this.#client;
    if (current === undefined) {
      throw this.#withReport(new RedisUnavailable("there is no connection to Redis"));
    }
    const size = command.reduce((sum, part) => sum + part.length, 0);
    // A larger command waits alone.
    const isFull = this.#bytes > 0 && this.#bytes + size > MOST_BYTES;
    if (this.#waiting >= MOST_WAITING || isFull) {
      throw new RedisUnavailable("too many operations wait for Redis");
    }
    this.#waiting++;
    this.#bytes += size;
    const heard = this.#replies;
    try {
      const reply = await answered(() => current.sendCommand(command, AS_BYTES), this.#timeout);
      this.#replies++;
      return reply;
    } catch (error) {
      // A server that has answered another command meanwhile is slow; otherwise it is lost.
      if (error instanceof RedisTimeout) {
        if (heard === this.#replies) this.#drop(current, error);
      } else {
        this.#replies++;
        if (isReplica(error)) this.#leave(current);
      }
      throw this.#client === current ? error : this.#withReport(error);
    } finally {
      this.#waiting--;
      this.#bytes -= size;
    }
  };

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#client?.destroy();
    this.#client = undefined;
  }

  #drop(lost: Client, reason: unknown): void {
    if (this.#client === lost) this.#client = undefined;
    lost.destroy();
    if (this.#isClosed || this.#timer !== undefined) return;
    if (!this.#isDown) this.#events.onDown?.(messageOf(reason));
    this.#isDown = true;
    this.#timer = setTimeout(() => void this.#connect(), this.#pause);
    this.#timer.unref();
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
  }

  /** Connects again at once, since the name may lead to another server by now. */
  #leave(replica: Client): void {
    const now = performance.now();
    if (this.#client !== replica || now < this.#leaveAfter) return;
    this.#leaveAfter = now + LONGEST_PAUSE;
    this.#client = undefined;
    replica.destroy();
    void this.#connect();
  }

  async #connect(): Promise<Error | undefined> {
    this.#timer = undefined;
    const made = connection(this.#address, this.#connectTimeout);
    try {
      made.on("error", (error: unknown) => {
        if (this.#client === made) this.#drop(made, error);
      });
      // A connection without the required password succeeds: only a command shows the fault.
      const ready = () => made.connect().then(() => made.sendCommand(["PING"]));
      await answered(ready, this.#connectTimeout);
      if (this.#isClosed) {
        made.destroy();
        return undefined;
      }
      this.#client = made;
      this.#pause = FIRST_PAUSE;
      if (this.#isDown) this.#events.onUp?.();
      this.#isDown = false;
      return undefined;
    } catch (error) {
      this.#drop(made, error);
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Marks an error whose cause `onDown` has reported. */
  #withReport(error: unknown): unknown {
    return this.#events.onDown !== undefined && error instanceof Error
      ? markReported(error)
      : error;
  }
}

/** Whether a server does not write since it has become a replica of another, as after a failover. */
function isReplica(error: unknown): boolean {
  return error instanceof Error && /^(?:READONLY|MASTERDOWN) /.test(error.message);
}

/** An operation that was not sent. */
class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

class RedisTimeout extends Error {
  override readonly name = "RedisTimeout";
}

const AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } as const;

/** A client that never reconnects by itself: `RedisLink` does, within its own bounds. */
function connection(
  { tls, host, port, username, password, database }: RedisAddress,
  limit: number,
) {
  const socket = { host, port, connectTimeout: limit, reconnectStrategy: false } as const;
  return createClient({
    RESP: 2,
    socket: tls ? { ...socket, tls: true, servername: host } : socket,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    // The client's own timeout applies only to commands that were not sent yet.
    commandOptions: { timeout: 0 },
  });
}

/** Waits for an operation; rejects after the time. */
function answered<T>(operation: () => Promise<T>, milliseconds: number): Promise<T> {
  return within(milliseconds, operation(), () => {
    throw new RedisTimeout(`Redis did not answer within ${milliseconds} ms`);
  });
}
