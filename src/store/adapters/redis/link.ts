import { createClient, RESP_TYPES } from "@redis/client";
import { within } from "../../../timing/timeout.ts";
import { markTold } from "../../failures/told.ts";
import type { RedisAddress } from "./address.ts";

/** What is told of the connection, for a log. */
export interface RedisEvents {
  /** The server can't be asked; the reason never holds a password. Told once until it is back. */
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
export type RedisCommand = readonly (string | Buffer)[];

/** One connection to a Redis server, made again for as long as it takes. */
export interface RedisLink {
  /**
   * Sends a command; texts come back as bytes. Rejects after the timeout, and at once if there is
   * no connection, or too much is under way.
   */
  readonly send: (command: RedisCommand) => Promise<unknown>;
  /** Done when the first attempt to connect is over: with undefined, or with why it failed. */
  readonly opened: Promise<Error | undefined>;
  close(): void;
}

type Client = ReturnType<typeof connection>;

/** Operations, and bytes sent by them, that wait for the server at most. */
const MOST_WAITING = 1000;
const MOST_BYTES = 64 * 1024 * 1024;
/** Milliseconds before the first and, doubled each time, any later attempt to connect again. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/** Connects at once, and stays connected until it is closed. */
export function openLink(
  address: RedisAddress,
  { timeout = 500, connectTimeout = 2000 }: RedisLimits,
  { onDown, onUp }: RedisEvents,
): RedisLink {
  let client: Client | undefined;
  let isClosed = false;
  let isDown = false;
  let pause = FIRST_PAUSE;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** When the server was last heard of, as counted by replies. */
  let replies = 0;
  let waiting = 0;
  let bytes = 0;

  const drop = (lost: Client, reason: unknown): void => {
    if (client === lost) client = undefined;
    lost.destroy();
    if (isClosed || timer !== undefined) return;
    if (!isDown) onDown?.(reasonOf(reason));
    isDown = true;
    timer = setTimeout(() => void connect(), pause);
    timer.unref();
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  };

  const connect = async (): Promise<Error | undefined> => {
    timer = undefined;
    const made = connection(address, connectTimeout);
    try {
      made.on("error", (error: unknown) => {
        if (client === made) drop(made, error);
      });
      // Connecting without a required password succeeds: only a first command shows the fault.
      const ready = () => made.connect().then(() => made.sendCommand(["PING"]));
      await answered(ready, connectTimeout);
      if (isClosed) {
        made.destroy();
        return undefined;
      }
      client = made;
      pause = FIRST_PAUSE;
      if (isDown) onUp?.();
      isDown = false;
      return undefined;
    } catch (error) {
      drop(made, error);
      return error instanceof Error ? error : new Error(String(error));
    }
  };

  /** An error of a connection whose loss somebody has heard of. */
  const told = (error: unknown): unknown =>
    onDown !== undefined && error instanceof Error ? markTold(error) : error;

  const opened = connect();
  let isFirst = true;
  void opened.then(() => (isFirst = false));

  return {
    opened,
    async send(command) {
      if (isFirst) await answered(() => opened, timeout);
      const current = client;
      if (current === undefined) {
        throw told(new RedisUnavailable("there is no connection to Redis"));
      }
      const size = command.reduce((sum, part) => sum + part.length, 0);
      if (waiting >= MOST_WAITING || bytes + size > MOST_BYTES) {
        throw new RedisUnavailable("too much waits for Redis");
      }
      waiting++;
      bytes += size;
      const heard = replies;
      try {
        const reply = await answered(() => current.sendCommand(command, AS_BYTES), timeout);
        replies++;
        return reply;
      } catch (error) {
        // A server that answered something meanwhile is slow, one that did not is gone.
        if (error instanceof RedisTimeout) {
          if (heard === replies) drop(current, error);
        } else replies++;
        throw client === current ? error : told(error);
      } finally {
        waiting--;
        bytes -= size;
      }
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      client?.destroy();
      client = undefined;
    },
  };
}

/** Why an operation was not even sent. */
export class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

class RedisTimeout extends Error {
  override readonly name = "RedisTimeout";
}

const AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } as const;

/** A connection that ends where it breaks: connecting again is our own, within our bounds. */
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
    // The client's own timeout ends only commands that were not sent yet, and costs one more timer.
    commandOptions: { timeout: 0 },
  });
}

/** What the server says in time. */
function answered<T>(operation: () => Promise<T>, milliseconds: number): Promise<T> {
  return within(milliseconds, operation(), () => {
    throw new RedisTimeout(`Redis did not answer within ${milliseconds} ms`);
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
