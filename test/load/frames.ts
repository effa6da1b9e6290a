import type { Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";

/** Types of frames (RFC 9113 §6). */
export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

/** A frame (RFC 9113 §4.1). */
export function frame(
  type: number,
  flags: number,
  stream: number,
  content: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(content.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, content]);
}

/** A number of 32 bits, as RST_STREAM and WINDOW_UPDATE have. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A setting (RFC 9113 §6.5.1). */
export function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

const text = (value: string): Buffer => Buffer.from([value.length, ...Buffer.from(value)]);

/** The field section of a GET (RFC 7541): indexed method and scheme, literal path and authority. */
export function fieldsOf(path: string): Buffer {
  const authority = text("localhost");
  return Buffer.concat([
    Buffer.from([0x82, 0x87, 0x04]),
    text(path),
    Buffer.from([0x01]),
    authority,
  ]);
}

/** Waits for an event, or for the end of the connection; never rejects. */
export function eventOf(socket: Socket, event: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    socket.off(event, done).off("close", done);
    resolve();
  };
  socket.on(event, done).on("close", done);
  return promise;
}

/** Connects and sends the preface, with settings; the server's frames are dropped. */
export async function connectFrames(
  url: string,
  ca: string,
  settings: readonly Buffer[] = [],
): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect({
    host: "127.0.0.1",
    port: Number(port),
    servername: hostname,
    ca,
    ALPNProtocols: ["h2"],
  });
  socket.on("error", () => {}).resume();
  await eventOf(socket, "secureConnect");
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frame(SETTINGS, 0, 0, Buffer.concat(settings)));
  return socket;
}

/** Writes, and waits if the server reads slower. @returns whether the connection still is open */
export async function writeFrames(socket: TLSSocket, bytes: Buffer): Promise<boolean> {
  if (socket.destroyed || !socket.writable) return false;
  if (!socket.write(bytes)) await eventOf(socket, "drain");
  return !socket.destroyed && socket.writable;
}
