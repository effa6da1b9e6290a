// A server between the browser and the proxy that counts bytes: the browser's own counters omit dictionaries.
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A response as the browser got it. */
export interface Counted {
  readonly target: string;
  readonly status: number;
  readonly coding: string;
  /** Whether the browser offered a dictionary. */
  readonly offered: boolean;
  readonly destination: string;
  /** Bytes of the content. */
  readonly bytes: number;
  /** Bytes of the fields that only dictionaries need; of all fields if the target is a dictionary. */
  readonly fieldBytes: number;
}

const OF_DICTIONARIES: ReadonlySet<string> = new Set(["use-as-dictionary", "link"]);

/** Starts the front; `target` is the proxy. */
export async function startCountingFront(target: string) {
  const counted: Counted[] = [];
  /** The network of the present visitor: each has its own. */
  const visitor = { network: "127.1.1" };
  let open = 0;
  const server = createServer((incoming, outgoing) => {
    const { method, url = "/", headers } = incoming;
    open++;
    const localAddress = `${visitor.network}.1`;
    // Workers get the client's address in a field.
    const fields = { ...headers, "cf-connecting-ip": localAddress };
    const options = { method, headers: fields, agent: false, localAddress };
    const asked = request(target + url, options, (answer) => {
      buffer(answer)
        .then((content) => {
          const destination = headers["sec-fetch-dest"]?.toString() ?? "";
          const isDictionary = url.includes("wayleave");
          const raw = answer.rawHeaders;
          const names = raw.filter((_, i) => i % 2 === 0);
          const lengths = names.map((name, i) =>
            isDictionary || OF_DICTIONARIES.has(name.toLowerCase())
              ? name.length + (raw[2 * i + 1] ?? "").length + 4
              : 0,
          );
          counted.push({
            target: url,
            status: answer.statusCode ?? 0,
            coding: answer.headers["content-encoding"] ?? "identity",
            offered: headers["available-dictionary"] !== undefined,
            destination,
            bytes: content.length,
            fieldBytes: lengths.reduce((sum, each) => sum + each, 0),
          });
          outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders).end(content);
        })
        .catch(() => outgoing.destroy())
        .finally(() => open--);
    });
    asked.on("error", () => {
      open--;
      outgoing.destroy();
    });
    incoming.pipe(asked);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    visitor,
    /** The responses since the last call. */
    take: (): readonly Counted[] => counted.splice(0),
    /** Waits until no request has been under way for a time. */
    async idle(milliseconds: number): Promise<void> {
      for (let quiet = 0, seen = counted.length; quiet < milliseconds; quiet += 50) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (open > 0 || counted.length !== seen) quiet = 0;
        seen = counted.length;
      }
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
