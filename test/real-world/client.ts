import { request as overHttp, type Agent } from "node:http";
import { request as overTls, type Agent as TlsAgent } from "node:https";

/** What a client sends. */
export interface Asked {
  readonly method: string;
  /** In origin form, sent as it is. */
  readonly target: string;
  readonly fields?: Readonly<Record<string, string>> | undefined;
  readonly content?: Buffer | undefined;
  /** Whether the content goes out in chunks, without a length. */
  readonly isChunked?: boolean;
}

/** Field lines in the order in which they came. */
export type Lines = readonly (readonly [name: string, value: string])[];

/** A response as it came over the socket: fields as spelt, content undecoded. */
export interface Got {
  readonly status: number;
  /** Undefined in HTTP/2, which has none. */
  readonly phrase: string | undefined;
  readonly lines: Lines;
  readonly content: Buffer;
  readonly trailers: Lines;
  readonly interim: readonly number[];
  /** The client's port: the same for all requests of one connection. */
  readonly port: number;
}

/** Sends one request and reads the whole response; rejects if the response is cut off. */
export function ask(
  url: string,
  asked: Asked,
  agent: Agent | TlsAgent | false = false,
): Promise<Got> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((resolve, reject) => {
    const interim: number[] = [];
    const request = (protocol === "https:" ? overTls : overHttp)(
      {
        hostname,
        port,
        agent: agent as Agent,
        method: asked.method,
        path: asked.target,
        headers: {
          ...asked.fields,
          ...framing(asked),
        },
      },
      (response) => {
        const pieces: Buffer[] = [];
        const { localPort = 0 } = response.socket;
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            phrase: response.statusMessage ?? "",
            lines: pairs(response.rawHeaders),
            content: Buffer.concat(pieces),
            trailers: pairs(response.rawTrailers),
            interim,
            port: localPort,
          }),
        );
      },
    );
    request.on("information", ({ statusCode }) => interim.push(statusCode));
    request.on("error", reject);
    request.setTimeout(20_000, () => request.destroy(new Error(`no answer: ${asked.target}`)));
    request.end(asked.content);
  });
}

function framing({ content, isChunked = false }: Asked): Record<string, string> {
  if (content === undefined) return {};
  return isChunked
    ? { "Transfer-Encoding": "chunked" }
    : { "Content-Length": String(content.length) };
}

function pairs(flat: readonly string[]): Lines {
  const made: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) made.push([flat[i] ?? "", flat[i + 1] ?? ""]);
  return made;
}

/** The values of a field, in order. */
export function valuesOf(lines: Lines, name: string): string[] {
  return lines.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}

/** A field's only value, or its lines joined; undefined if there is none. */
export function valueOf(lines: Lines, name: string): string | undefined {
  const values = valuesOf(lines, name);
  return values.length === 0 ? undefined : values.join(", ");
}
