import { once } from "node:events";
import { connect } from "node:net";
import { parseMessage, type RawMessage } from "./raw-message.ts";

/** How long a raw exchange may go on, and what ends it early. */
export interface RawOptions {
  /** The exchange is over once what came back holds this. */
  readonly until?: RegExp;
  /** Milliseconds. @default 3000 */
  readonly timeout?: number;
}

/**
 * Writes bytes to a server and gives back everything that came, as Latin-1, once the server closes,
 * `until` holds or the time is over: for messages that no client library would send.
 */
export async function sendRaw(
  url: string,
  bytes: string | readonly string[],
  { until, timeout = 3000 }: RawOptions = {},
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let got = "";
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, timeout);
    socket.setEncoding("latin1").on("data", (text: string) => {
      got += text;
      if (until?.test(got) === true) resolve();
    });
    socket.on("error", () => resolve());
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
  await once(socket, "connect");
  const pieces = typeof bytes === "string" ? [bytes] : bytes;
  for (const piece of pieces) {
    if (piece !== pieces[0]) await new Promise((resolve) => setTimeout(resolve, 30));
    socket.write(piece, "latin1");
  }
  await over;
  socket.destroy();
  return got;
}

/** The status of the first response in raw text; undefined where there is none. */
export function statusOf(text: string): number | undefined {
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(text) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** Sends one message and reads the answer to it, undoing its framing; rejects where it is cut off. */
export function sendMessage(url: string, bytes: Buffer, bodiless: boolean): Promise<RawMessage> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let waiting = Buffer.alloc(0);
    const look = (ended: boolean): void => {
      const parsed = parseMessage(waiting, { bodiless, ended });
      if (parsed.kind === "whole") {
        resolve(parsed.message);
        socket.destroy();
      } else if (ended) {
        reject(new Error(`cut off: ${waiting.toString("latin1").slice(0, 200)}`));
      }
    };
    socket.on("data", (piece) => {
      waiting = Buffer.concat([waiting, piece]);
      look(false);
    });
    socket.on("error", reject);
    socket.on("close", () => look(true));
  });
}
