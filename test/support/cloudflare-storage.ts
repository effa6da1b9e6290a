import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What may go wrong between a Worker and its storage. */
export type StorageFault = "none" | "fails" | "hangs" | "other bytes";

/**
 * Plays KV and R2 for bare workerd: speaks what its bindings send (as miniflare's simulators do,
 * which need miniflare around them). Several workerd may share one.
 */
export interface CloudflareStorage {
  /** Host and port, for an external service of workerd's configuration. */
  readonly address: string;
  fault: StorageFault;
  /** For what Durable Objects keep; of two workerd at a time only one may have it. */
  readonly folder: string;
  /** What R2 holds. */
  readonly objects: ReadonlyMap<string, { readonly content: Buffer; readonly uploaded: number }>;
  /** What KV holds. */
  readonly entries: ReadonlyMap<string, { readonly value: Buffer; readonly until: number }>;
  /** Operations that wrote, e.g. `kv put`. */
  readonly writes: string[];
  /** Lets time pass. */
  age(seconds: number): void;
  close(): void;
}

/** The bindings of a Worker to a service called storage, in the words of workerd's configuration. */
export const STORAGE_BINDINGS = `(name = "INDEX", kvNamespace = "storage"), (name = "BLOBS", r2Bucket = "storage"),`;

export async function startCloudflareStorage(): Promise<CloudflareStorage> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-storage-"));
  const objects = new Map<string, { content: Buffer; uploaded: number }>();
  const entries = new Map<string, { value: Buffer; until: number }>();
  const writes: string[] = [];
  let ahead = 0;
  const now = (): number => Date.now() + ahead;

  const kv = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://kv");
    const key = decodeURIComponent(url.pathname.slice(1));
    if (request.method === "GET") {
      const entry = entries.get(key);
      const isThere = entry !== undefined && entry.until > now();
      response.writeHead(isThere ? 200 : 404).end(isThere ? damaged(entry.value) : undefined);
      return;
    }
    writes.push(`kv ${request.method?.toLowerCase()}`);
    const value = await contentOf(request);
    const ttl = Number(url.searchParams.get("expiration_ttl"));
    if (request.method === "DELETE") entries.delete(key);
    else if (ttl < 60 || Buffer.byteLength(key) > 512 || key === "" || /^\.\.?$/.test(key)) {
      response.writeHead(400).end("refused");
      return;
    } else entries.set(key, { value, until: now() + ttl * 1000 });
    response.writeHead(200).end();
  };

  const r2 = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const size = Number(request.headers["cf-r2-metadata-size"] ?? 0);
    const content = await contentOf(request);
    const text = request.headers["cf-r2-request"] ?? content.subarray(0, size).toString();
    const asked = JSON.parse(String(text)) as {
      method: string;
      object?: string;
      objects?: string[];
    };
    const name = asked.object ?? "";
    if (asked.method === "put") {
      writes.push("r2 put");
      objects.set(name, { content: Buffer.from(content.subarray(size)), uploaded: now() });
    } else if (asked.method === "delete") {
      writes.push("r2 delete");
      for (const each of asked.objects ?? [name]) objects.delete(each);
      response.writeHead(200).end();
      return;
    }
    const found = objects.get(name);
    if (found === undefined) {
      const error = JSON.stringify({ message: "not found", version: 1, v4code: 10007 });
      response.writeHead(404, { "cf-r2-error": error }).end();
      return;
    }
    const facts = Buffer.from(describeObject(name, found));
    response.writeHead(200, { "cf-r2-metadata-size": String(facts.length) });
    response.end(
      Buffer.concat([facts, asked.method === "get" ? damaged(found.content) : Buffer.of()]),
    );
  };

  const damaged = (content: Buffer): Buffer =>
    storage.fault === "other bytes" ? Buffer.alloc(content.length, "x") : content;

  const server = createServer((request, response) => {
    if (storage.fault === "hangs") return;
    if (storage.fault === "fails") {
      request.resume();
      response.writeHead(500).end("down");
      return;
    }
    const isR2 = ["cf-r2-request", "cf-r2-metadata-size"].some((name) => name in request.headers);
    // A workerd that is killed breaks its writes off.
    (isR2 ? r2 : kv)(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const storage: CloudflareStorage = {
    address: `127.0.0.1:${port}`,
    folder,
    fault: "none",
    objects,
    entries,
    writes,
    age: (seconds) => {
      ahead += seconds * 1000;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return storage;
}

function describeObject(
  name: string,
  { content, uploaded }: { content: Buffer; uploaded: number },
) {
  const md5 = createHash("md5").update(content).digest("hex");
  return JSON.stringify({
    name,
    version: md5,
    size: content.length,
    etag: md5,
    uploaded,
    httpFields: {},
    customFields: [],
    checksums: { 0: md5 },
  });
}

async function contentOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
