import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";

/** A response as it came over the socket, undecoded. */
export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/** Sends one request on a connection of its own and reads the whole response; nothing is decoded. */
export function send(url: string, options: RequestOptions = {}): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method: options.method ?? "GET",
        headers: { ...options.headers } as Record<string, string | string[]>,
        agent: false,
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            rawHeaders: response.rawHeaders,
            body: Buffer.concat(pieces),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}

/** Sends a request and gives the response as soon as its head is there, to be read or broken off. */
export function open(url: string, options: RequestOptions = {}) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method: options.method ?? "GET",
        headers: { ...options.headers } as Record<string, string | string[]>,
        agent: false,
      },
      (response) => {
        response.on("error", () => {});
        resolve(response);
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}
