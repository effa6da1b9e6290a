/** A digest of content that arrives in pieces. */
export interface StreamedDigest {
  update(piece: Uint8Array): void | Promise<void>;
  /** The digest in base64; undefined if the content is too long for this runtime. */
  end(): Promise<string | undefined>;
}

export type DigestAlgorithm = "SHA-256" | "SHA-512";

/** The incremental digests of workerd, and of Node's modules. */
interface Runtime {
  readonly crypto: { readonly DigestStream?: new (algorithm: string) => DigestStream };
  readonly process?: {
    getBuiltinModule?(
      name: string,
    ): { createHash?(algorithm: string): NodeHash | undefined } | undefined;
  };
}

type DigestStream = WritableStream<Uint8Array> & { readonly digest: Promise<ArrayBuffer> };

interface NodeHash {
  update(piece: Uint8Array): void;
  digest(coding: "base64"): string;
}

/** Bytes that are collected, at most, if the runtime has no incremental digest. */
const MOST_COLLECTED = 1024 * 1024;

/** Creates a digest with the incremental one of the runtime. */
export function streamedDigest(algorithm: DigestAlgorithm): StreamedDigest {
  const { crypto: platform, process } = globalThis as unknown as Runtime;
  if (platform.DigestStream !== undefined) return byStream(new platform.DigestStream(algorithm));
  const name = algorithm.replace("-", "").toLowerCase();
  const hash = process?.getBuiltinModule?.("node:crypto")?.createHash?.(name);
  if (hash === undefined) return byCollecting(algorithm);
  return { update: (piece) => hash.update(piece), end: async () => hash.digest("base64") };
}

function byStream(stream: DigestStream): StreamedDigest {
  const writer = stream.getWriter();
  // Rejects together with `close`, which is awaited.
  stream.digest.catch(() => {});
  return {
    update: (piece) => writer.write(piece),
    async end() {
      await writer.close();
      return inBase64(await stream.digest);
    },
  };
}

function byCollecting(algorithm: DigestAlgorithm): StreamedDigest {
  const pieces: Uint8Array[] = [];
  let length = 0;
  return {
    update(piece) {
      length += piece.length;
      if (length <= MOST_COLLECTED) pieces.push(piece);
    },
    async end() {
      if (length > MOST_COLLECTED) return undefined;
      const content = await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer();
      return inBase64(await crypto.subtle.digest(algorithm, content));
    },
  };
}

function inBase64(digest: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
