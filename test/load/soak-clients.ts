import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { ask, CLIENTS, expecting, RIGHT, target, wrong } from "../fuzz/load/clients.ts";
import { contentOf } from "../fuzz/load/origin.ts";
import { decodeDcb } from "../support/decode-dcb.ts";

type Clients = typeof CLIENTS;

/** Versions of the bundle; a client has the one before. */
const VERSIONS = 12;
const bundles = new Map<string, Buffer>();

function bundle(version: number): Buffer {
  const path = `/assets/app.${version}.js`;
  const content = bundles.get(path) ?? Buffer.from(contentOf(path));
  bundles.set(path, content);
  return content;
}

const sha256 = (content: Buffer): Buffer => createHash("sha256").update(content).digest();

/** Removes a delta (RFC 9842 §4, §5): a magic number, the hash of the dictionary, a stream. */
function applied(coding: string, raw: Buffer, dictionary: Buffer): Buffer | undefined {
  const [magic, decode] =
    coding === "dcb"
      ? [4, decodeDcb]
      : [8, (stream: Buffer): Buffer => zstdDecompressSync(stream, { dictionary })];
  if (!raw.subarray(magic, magic + 32).equals(sha256(dictionary))) return undefined;
  return decode(raw.subarray(magic + 32), dictionary);
}

/** The kinds of clients of a soak: those of mixed load, and those of features that need no faults. */
export const SOAK_CLIENTS: Clients = {
  ...CLIENTS,
  async head(url, random) {
    const path = target(random, random(2) === 0 ? "kept" : "text");
    const { status, content, headers } = await ask(url + path, { method: "HEAD" });
    const length = String(Buffer.byteLength(contentOf(path)));
    const stated = headers["content-length"] ?? length;
    return status === 200 && content.length === 0 && stated === length
      ? RIGHT
      : wrong(`HEAD: ${status}, ${stated} instead of ${length}`);
  },
  async delta(url, random) {
    const version = 1 + random(VERSIONS);
    const dictionary = bundle(version - 1);
    const named = `:${sha256(dictionary).toString("base64")}:`;
    const coding = random(2) === 0 ? "dcb" : "dcz";
    const headers = { "Accept-Encoding": `${coding}, gzip`, "Available-Dictionary": named };
    const got = await ask(`${url}/assets/app.${version}.js`, { headers });
    if (got.headers["content-encoding"] !== coding) {
      return expecting(Promise.resolve(got), bundle(version));
    }
    const content = applied(coding, got.content, dictionary);
    return content?.equals(bundle(version)) === true ? RIGHT : wrong(`${coding}: other bytes`);
  },
  async limited(url, random) {
    const path = `/limited/${random(4)}`;
    const got = await ask(url + path);
    if (got.status === 429 && got.headers["retry-after"] !== undefined) return RIGHT;
    return expecting(Promise.resolve(got), Buffer.from(contentOf(path)));
  },
  async refusedAgent(url) {
    const { status } = await ask(`${url}/text/1`, { headers: { "User-Agent": "GPTBot/1.2" } });
    return status === 403 ? RIGHT : wrong(`an agent that the rules refuse got ${status}`);
  },
  async confirmed(url, random) {
    const path = target(random, "kept");
    const tag = `"${createHash("md5").update(path).digest("hex")}"`;
    const { status } = await ask(url + path, { headers: { "If-None-Match": tag } });
    return status === 304 ? RIGHT : wrong(`If-None-Match: ${status}`);
  },
  async busting(url, random) {
    const path = `/kept/${random(40)}?${random(10)}`;
    return expecting(ask(url + path), Buffer.from(contentOf(path)));
  },
  async slowReader(url, random) {
    const path = `/assets/app.${random(VERSIONS)}.js`;
    const response = await fetch(url + path);
    const pieces: Uint8Array[] = [];
    for await (const piece of response.body ?? []) {
      pieces.push(piece);
      await pause(20);
    }
    const content = Buffer.concat(pieces);
    const whole = { status: response.status, headers: {}, content };
    return expecting(Promise.resolve(whole), Buffer.from(contentOf(path)));
  },
};
