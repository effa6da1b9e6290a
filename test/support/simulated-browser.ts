// A browser's cache and dictionaries, by the rules of Chromium and RFC 9842 §2.2.
import { createHash } from "node:crypto";
import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, zstdDecompressSync } from "node:zlib";
import { parseDictionary } from "structured-headers";
import { decodeDcb } from "./decode-dcb.ts";

interface RegisteredDictionary {
  readonly match: string;
  readonly pattern: URLPattern;
  readonly destinations: readonly string[];
  readonly id: string;
  readonly hash: string;
  readonly content: Buffer;
  fetched: number;
}

/** A response as the browser got it. */
export interface Fetched {
  readonly status: number;
  readonly coding: string;
  /** Bytes of the content on the wire. */
  readonly bytes: number;
  readonly content: Buffer;
  readonly fields: Readonly<Record<string, string | string[] | undefined>>;
}

/** A visitor with cookies, a network of its own, a cache and dictionaries. */
export class SimulatedBrowser {
  readonly #base: string;
  readonly #address: string;
  readonly #cookie: string | undefined;
  readonly #cache = new Set<string>();
  readonly #dictionaries = new Map<string, RegisteredDictionary>();
  #time = 0;

  constructor(base: string, address: string, cookie: string | undefined) {
    this.#base = base;
    this.#address = address;
    this.#cookie = cookie;
  }

  /** Loads a page, then the dictionaries that it names, as Chromium does when idle. */
  async page(path: string): Promise<Fetched> {
    const page = await this.#fetch(path, "document", "navigate");
    return page;
  }

  /** Fetches the dictionaries of a page's Link field; returns their bytes on the wire. */
  async idle({ fields }: Fetched): Promise<number> {
    let bytes = 0;
    for (const link of String(fields["link"] ?? "").matchAll(
      /<([^>]+)>; rel="?compression-dictionary/g,
    )) {
      const fetched = await this.load(link[1] as string, "");
      bytes += fetched?.bytes ?? 0;
    }
    return bytes;
  }

  /** Loads a file; undefined if the cache has it. */
  async load(path: string, destination: string): Promise<Fetched | undefined> {
    if (this.#cache.has(path)) return undefined;
    return this.#fetch(path, destination, destination === "" ? "cors" : "no-cors");
  }

  async #fetch(path: string, destination: string, mode: string): Promise<Fetched> {
    const dictionary = this.#dictionaryFor(path, destination);
    const headers: Record<string, string> = {
      "accept-encoding": `gzip, deflate, br, zstd${dictionary === undefined ? "" : ", dcb, dcz"}`,
      "sec-fetch-site": "same-origin",
      "sec-fetch-mode": mode,
      "sec-fetch-dest": destination === "" ? "empty" : destination,
      "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0",
      "x-forwarded-for": this.#address,
    };
    if (this.#cookie !== undefined && destination !== "") headers["cookie"] = this.#cookie;
    if (dictionary !== undefined) {
      headers["available-dictionary"] = `:${dictionary.hash}:`;
      if (dictionary.id !== "") headers["dictionary-id"] = JSON.stringify(dictionary.id);
    }
    const fetched = await get(this.#base + path, headers, dictionary?.content);
    const control = String(fetched.fields["cache-control"] ?? "");
    const lifetime = Number(/max-age=(\d+)/.exec(control)?.[1] ?? 0);
    const isStored = lifetime > 0 && !/no-store|no-cache/.test(control);
    if (isStored) this.#cache.add(path);
    const isRegistrable = isStored || /stale-while-revalidate/.test(control);
    if (fetched.status === 200 && isRegistrable) this.#register(fetched);
    return fetched;
  }

  #register({ fields, content }: Fetched): void {
    const value = fields["use-as-dictionary"];
    if (typeof value !== "string") return;
    const parameters = parseDictionary(value);
    const match = parameters.get("match")?.[0];
    if (typeof match !== "string") return;
    const list = (parameters.get("match-dest")?.[0] ?? []) as unknown as readonly [string][];
    const id = parameters.get("id")?.[0];
    const destinations = list.map(([each]) => each);
    this.#dictionaries.set(`${match} ${destinations.join()}`, {
      match,
      pattern: new URLPattern(match, this.#base),
      destinations,
      id: typeof id === "string" ? id : "",
      hash: createHash("sha256").update(content).digest("base64"),
      content,
      fetched: this.#time++,
    });
  }

  /** RFC 9842 §2.2.3: with a destination first, then the longest match, then the newest. */
  #dictionaryFor(path: string, destination: string): RegisteredDictionary | undefined {
    return [...this.#dictionaries.values()]
      .filter(({ destinations }) => destinations.length === 0 || destinations.includes(destination))
      .filter(({ pattern }) => pattern.test(this.#base + path))
      .toSorted(
        (a, b) =>
          Number(b.destinations.length > 0) - Number(a.destinations.length > 0) ||
          b.match.length - a.match.length ||
          b.fetched - a.fetched,
      )[0];
  }
}

function get(
  url: string,
  headers: Record<string, string>,
  dictionary: Buffer | undefined,
): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, agent: false }, (response) => {
      buffer(response)
        .then((wire) => {
          const coding = response.headers["content-encoding"] ?? "identity";
          const content = decoded(wire, coding, dictionary);
          resolve({
            status: response.statusCode ?? 0,
            coding,
            bytes: wire.length,
            content,
            fields: response.headers,
          });
        })
        .catch(reject);
    });
    asked.on("error", reject).end();
  });
}

function decoded(wire: Buffer, coding: string, dictionary: Buffer = Buffer.alloc(0)): Buffer {
  if (coding === "br") return brotliDecompressSync(wire);
  if (coding === "zstd") return zstdDecompressSync(wire);
  if (coding === "dcb") return decodeDcb(wire.subarray(36), dictionary);
  if (coding === "dcz") return zstdDecompressSync(wire.subarray(40), { dictionary });
  return wire;
}
