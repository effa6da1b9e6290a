import { once } from "node:events";
import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";

/** A response over HTTP/2, with its field lines in the order in which they came. */
export interface StreamAnswer {
  readonly status: number;
  readonly lines: readonly (readonly [name: string, value: string])[];
  readonly headers: IncomingHttpHeaders;
  readonly content: Buffer;
  readonly interim: readonly number[];
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
  let head: { headers: IncomingHttpHeaders; raw: string[] } | undefined;
  stream.on("headers", (headers) => interim.push(Number(headers[":status"])));
  stream.on("response", (headers, _flags, ...[raw]) => (head = { headers, raw }));
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  stream.on("error", reject);
  stream.on("aborted", () => reject(new Error("aborted")));
  stream.on("close", () => {
    if (head === undefined || stream.rstCode !== constants.NGHTTP2_NO_ERROR) {
      reject(new Error(`reset with ${stream.rstCode}`));
      return;
    }
    const lines: [string, string][] = [];
    for (let i = 0; i < head.raw.length; i += 2) {
      const [name = "", value = ""] = head.raw.slice(i, i + 2);
      if (!name.startsWith(":")) lines.push([name, value]);
    }
    const status = Number(head.headers[":status"]);
    resolve({ status, lines, headers: head.headers, content: Buffer.concat(pieces), interim });
  });
  if (bytes !== undefined) stream.end(bytes);
  return promise;
}
