import { createClient, RESP_TYPES } from "@redis/client";
import { within } from "../../../timing/timeout.ts";
import { markReported } from "../../failures/reported.ts";
import type { RedisAddress } from "./address.ts";

/** Events of the connection, for a log. */
export interface RedisEvents {
  /** The server is unreachable; called once until it works again. The reason never contains a password. */
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

/** A connection to a Redis server, which is established again after each loss. */
export interface RedisLink {
  /**
   * Sends a command; texts are returned as bytes. Rejects after the timeout, and at once if there is no
   * connection or too many operations wait.
   */
  readonly send: (command: RedisCommand) => Promise<unknown>;
  /** Resolves after the first attempt to connect, with its error if it failed. */
  readonly opened: Promise<Error | undefined>;
  close(): void;
}

type Client = ReturnType<typeof connection>;

/** Operations, and bytes of their commands, that wait for the server, at most. */
const MOST_WAITING = 1000;
const MOST_BYTES = 64 * 1024 * 1024;
/** Milliseconds before the first attempt to connect again, doubled for each further one, and their maximum. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/** Connects at once, and again after each loss, until the link is closed. */
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
      // A connection without the required password succeeds: only a command shows the fault.
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

  /** Marks an error whose cause `onDown` has reported. */
  const withReport = (error: unknown): unknown =>
    onDown !== undefined && error instanceof Error ? markReported(error) : error;

  const opened = connect();
  let isFirst = true;
  void opened.then(() => (isFirst = false));

  return {
    opened,
    async send(command) {
      if (isFirst) await answered(() => opened, timeout);
      const current = client;
      if (current === undefined) {
        throw withReport(new RedisUnavailable("there is no connection to Redis"));
      }
      const size = command.reduce((sum, part) => sum + part.length, 0);
      if (waiting >= MOST_WAITING || bytes + size > MOST_BYTES) {
        throw new RedisUnavailable("too many operations wait for Redis");
      }
      waiting++;
      bytes += size;
      const repliesBefore = replies;
      try {
        const reply = await answered(() => current.sendCommand(command, AS_BYTES), timeout);
        replies++;
        return reply;
      } catch (error) {
        // A server that has answered another command meanwhile is slow; otherwise it is lost.
        if (error instanceof RedisTimeout) {
          if (repliesBefore === replies) drop(current, error);
        } else replies++;
        throw client === current ? error : withReport(error);
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

/** An operation that was not sent. */
export class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

class RedisTimeout extends Error {
  override readonly name = "RedisTimeout";
}

const AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } as const;

/** A client that never reconnects by itself: `openLink` does, within its own bounds. */
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
