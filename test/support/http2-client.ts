import { once } from "node:events";
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from "node:http2";

/** A response over HTTP/2, with its field lines in the order in which they came. */
export interface StreamAnswer {
  readonly status: number;
  readonly lines: readonly (readonly [name: string, value: string])[];
  readonly headers: IncomingHttpHeaders;
  readonly content: Buffer;
  readonly interim: readonly number[];
  readonly trailers: readonly (readonly [name: string, value: string])[];
}

export interface StreamOptions {
  readonly method?: string;
  readonly fields?: Readonly<Record<string, string | readonly string[]>>;
  readonly content?: Uint8Array | string | undefined;
  /** Sends no length with the content. */
  readonly isChunked?: boolean;
}

/** Connects to a proxy whose certificate an authority has issued. */
export async function connectHttp2(
  url: string,
  ca: string,
  servername = "localhost",
): Promise<ClientHttp2Session> {
  const session = connect(url, { ca, servername });
  session.on("error", () => {});
  await once(session, "connect");
  return session;
}

/** Sends one request and reads the whole response; rejects if the stream is reset. */
export function askStream(
  session: ClientHttp2Session,
  target: string,
  { method = "GET", fields = {}, content, isChunked = false }: StreamOptions = {},
): Promise<StreamAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<StreamAnswer>();
  const bytes = content === undefined ? undefined : Buffer.from(content);
  const length = bytes === undefined || isChunked ? {} : { "content-length": String(bytes.length) };
  const stream = session.request(
    { ":method": method, ":path": target, ...length, ...fields },
    { endStream: bytes === undefined },
  );
  const interim: number[] = [];
  const pieces: Buffer[] = [];
  let trailers: StreamAnswer["trailers"] = [];
  let head: { headers: IncomingHttpHeaders; raw: string[] } | undefined;
  stream.on("headers", (headers) => interim.push(Number(headers[":status"])));
  stream.on("response", (headers, _flags, ...[raw]) => (head = { headers, raw }));
  stream.on("trailers", (_headers, _flags, ...[raw]) => (trailers = linesOf(raw)));
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  stream.on("error", reject);
  stream.on("aborted", () => reject(new Error("aborted")));
  stream.on("close", () => {
    if (head === undefined || stream.rstCode !== constants.NGHTTP2_NO_ERROR) {
      reject(new Error(`reset with ${stream.rstCode}`));
      return;
    }
    const lines = linesOf(head.raw);
    const status = Number(head.headers[":status"]);
    const { headers } = head;
    resolve({ status, lines, headers, content: Buffer.concat(pieces), interim, trailers });
  });
  if (bytes !== undefined) stream.end(bytes);
  return promise;
}

/** Sends a GET and gives the response as soon as its head is there, to be read or broken off. */
export async function openStream(
  session: ClientHttp2Session,
  target: string,
  fields: Readonly<Record<string, string>>,
): Promise<{ readonly headers: IncomingHttpHeaders; readonly content: ClientHttp2Stream }> {
  const content = session.request({ ":path": target, ...fields });
  content.on("error", () => {});
  const [headers] = (await once(content, "response")) as [IncomingHttpHeaders];
  return { headers, content };
}

/** The fields of a section without the pseudo-header fields. */
function linesOf(raw: readonly string[]): (readonly [name: string, value: string])[] {
  const lines: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const [name = "", value = ""] = raw.slice(i, i + 2);
    if (!name.startsWith(":")) lines.push([name, value]);
  }
  return lines;
}
