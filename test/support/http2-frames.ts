import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

/** Types of frames (RFC 9113 §6). */
export const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

/** Flags of frames; `ACK` and `END_STREAM` are the same bit. */
export const FLAG = { ACK: 1, END_STREAM: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 } as const;

/** The codes of errors (RFC 9113 §7), by number. */
const CODES = (
  "NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED " +
  "FRAME_SIZE_ERROR REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM " +
  "INADEQUATE_SECURITY HTTP_1_1_REQUIRED"
).split(" ");

/** A frame that a server has sent. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly content: Buffer;
}

/** A frame to send (RFC 9113 §4.1). */
export function frame(
  type: number,
  flags: number,
  stream: number,
  content: Uint8Array | readonly number[] = [],
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(content.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(content)]);
}

/** A number of 32 bits, as in RST_STREAM and WINDOW_UPDATE. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Entries of SETTINGS. */
export function settings(entries: readonly (readonly [id: number, value: number])[]): Buffer {
  return Buffer.concat(
    entries.map(([id, value]) => Buffer.concat([Buffer.of(0, id), uint32(value)])),
  );
}

/** A field section of short literals that no table gets (RFC 7541 §6.2.2). */
export function fields(lines: readonly (readonly [name: string, value: string])[]): Buffer {
  const short = (text: string): Buffer =>
    Buffer.concat([Buffer.of(Buffer.byteLength(text, "latin1")), Buffer.from(text, "latin1")]);
  return Buffer.concat(lines.flatMap(([name, value]) => [Buffer.of(0), short(name), short(value)]));
}

/** The pseudo-header fields of a request. */
export function pseudo(method = "GET", path = "/"): [string, string][] {
  return [
    [":method", method],
    [":scheme", "https"],
    [":path", path],
    [":authority", "localhost"],
  ];
}

/** A request without content. */
export function get(stream: number, path = "/"): Buffer {
  const { END_STREAM, END_HEADERS } = FLAG;
  return frame(TYPE.HEADERS, END_STREAM | END_HEADERS, stream, fields(pseudo("GET", path)));
}

/** A client that sends any bytes, and reads frames. */
export class FrameClient {
  readonly socket: TLSSocket;
  readonly #frames: Frame[] = [];
  readonly #waiting = new Set<() => void>();
  #rest = Buffer.alloc(0);
  #isClosed = false;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (piece: Buffer) => this.#read(piece));
    socket.on("close", () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  /** Connects, and sends the preface with SETTINGS, or other bytes in its place. */
  static async connect(
    url: string,
    ca: string,
    first: Uint8Array = preface(),
  ): Promise<FrameClient> {
    const socket = connect({
      host: "127.0.0.1",
      port: Number(new URL(url).port),
      servername: "localhost",
      ca,
      ALPNProtocols: ["h2"],
    });
    const client = new FrameClient(socket);
    await once(socket, "secureConnect");
    socket.write(first);
    return client;
  }

  send(...frames: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** Waits until some frame arrives that suits, also one from before; undefined if the connection ends. */
  async next(suits: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const found = this.#frames.find(suits);
      if (found !== undefined || this.#isClosed) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** The frames so far that suit. */
  all(suits: (frame: Frame) => boolean): readonly Frame[] {
    return this.#frames.filter(suits);
  }

  /** Waits for the end of the connection. */
  async closed(): Promise<void> {
    await this.next(() => false);
  }

  /** The end of a stream or of the connection, with its code. */
  async end(stream: number): Promise<string> {
    return endOf(
      await this.next(
        ({ type, stream: of }) =>
          type === TYPE.GOAWAY || (type === TYPE.RST_STREAM && of === stream),
      ),
    );
  }

  /** The end of the connection, or "goes on" if the server answers a PING that is sent now. */
  async reaction(): Promise<string> {
    const mark = Buffer.from("reaction");
    this.send(frame(TYPE.PING, 0, 0, mark));
    const got = await this.next(
      ({ type, flags, content }) =>
        type === TYPE.GOAWAY || (type === TYPE.PING && flags === FLAG.ACK && content.equals(mark)),
    );
    return got?.type === TYPE.PING ? "goes on" : endOf(got);
  }

  /** Drops the frames so far. */
  forget(): void {
    this.#frames.length = 0;
  }

  close(): void {
    this.socket.destroy();
  }

  #read(piece: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, piece]);
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) break;
      const [type, flags] = [this.#rest.readUInt8(3), this.#rest.readUInt8(4)];
      const stream = this.#rest.readUInt32BE(5) & 0x7fffffff;
      this.#frames.push({ type, flags, stream, content: this.#rest.subarray(9, end) });
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function endOf(last: Frame | undefined): string {
  if (last === undefined) return "connection closed";
  const isOfAll = last.type === TYPE.GOAWAY;
  const code = last.content.readUInt32BE(isOfAll ? 4 : 0);
  return `${isOfAll ? "connection" : "stream"} ends with ${CODES[code]}`;
}

/** The first bytes of a client (RFC 9113 §3.4). */
export function preface(entries: readonly (readonly [number, number])[] = []): Buffer {
  const magic = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  return Buffer.concat([magic, frame(TYPE.SETTINGS, 0, 0, settings(entries))]);
}
