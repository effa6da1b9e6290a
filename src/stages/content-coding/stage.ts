import { LRUCache } from "lru-cache";
import type { DeltaCodec } from "../../codecs/delta.ts";
import { toHex } from "../../http/digest.ts";
import { formatUseAsDictionary, frameDelta, GATE_FIELDS } from "../../http/dictionary.ts";
import { parseDuration } from "../../http/duration.ts";
import { compilePathPattern, type PathPattern } from "../../http/path-pattern.ts";
import { splitTarget } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { concat } from "../../pipeline/read.ts";
import type { FieldEdits, FinalOutcome, ResponseOutcome, Stage } from "../../pipeline/stage.ts";
import {
  decideDictionaryRequest,
  decideDictionaryResponse,
  isWorthwhile,
  type DictionaryRequest,
} from "./decide.ts";
import type { Dictionaries, DictionaryScope } from "./dictionaries.ts";
import type { CompressionPolicy, DictionaryPolicy } from "./policy.ts";

/** What the stage needs from outside. */
export interface ContentCodingOptions {
  readonly dictionaries: Dictionaries;
  /** The delta codecs at hand in this runtime. */
  readonly codecs: readonly DeltaCodec[];
}

/** Versions whose bytes are known to be kept are not read again, for so many of them. */
const REMEMBERED_VERSIONS = 2000;

/** Answers with the difference to what the client already has (RFC 9842). */
export function contentCoding({
  dictionaries,
  codecs,
}: ContentCodingOptions): Stage<CompressionPolicy> {
  const patterns = new Map<string, PathPattern>();
  const keptVersions = new LRUCache<string, true>({ max: REMEMBERED_VERSIONS, ttl: 3_600_000 });

  const matches = (dictionary: DictionaryPolicy, target: string): boolean => {
    let pattern = patterns.get(dictionary.match);
    if (pattern === undefined) {
      const compiled = compilePathPattern(dictionary.match);
      if ("fault" in compiled) throw new TypeError(compiled.fault);
      ({ pattern } = compiled);
      patterns.set(dictionary.match, pattern);
    }
    return pattern.test(splitTarget(target).path);
  };

  return {
    name: "content-coding",
    feature: "compression",
    varyOn: ["Accept-Encoding", "Available-Dictionary"],

    onRequest({ method, target }, { dictionary }) {
      if (dictionary === false) return { kind: "ineligible", reason: "no-dictionary-rule" };
      if (method !== "GET" && method !== "HEAD") return { kind: "ineligible", reason: "method" };
      if (!matches(dictionary, target)) {
        return { kind: "ineligible", reason: "outside-dictionary-match" };
      }
      return { kind: "forward", reason: "in-dictionary-match", reads: true };
    },

    async onResponse(head, exchange, { dictionary }): Promise<ResponseOutcome> {
      if (dictionary === false) return { kind: "ineligible", reason: "no-dictionary-rule" };
      const field = (name: string) => exchange.field(name);
      const credentials = { authorization: field("authorization"), cookie: field("cookie") };
      const eligible = decideDictionaryResponse(head, credentials, dictionary.maxBytes);
      const request = decideDictionaryRequest(
        field,
        head.fields.get("access-control-allow-origin"),
      );
      if (eligible.kind === "declined") {
        // RFC 9110 §15.4.5: a 304 varies on what the 200 would, or a cache forgets the gate.
        const gated = eligible.reason === "not-modified" && readsGate(request);
        return gated ? { ...eligible, varyOn: GATE_FIELDS } : eligible;
      }

      const scope = { origin: exchange.url.origin, match: dictionary.match };
      const fields: FieldEdits = {
        set: [["use-as-dictionary", formatUseAsDictionary(dictionary)]],
      };
      const version = versionOf(exchange, head.fields.get("etag"));
      const keep = async (content: Uint8Array<ArrayBuffer>): Promise<void> => {
        await dictionaries.keep(scope, content, parseDuration(dictionary.keepFor) ?? 0);
        if (version !== undefined) keptVersions.set(version, true);
      };
      const plain = (reason: string, varyOn?: readonly string[]): FinalOutcome => ({
        kind: "amend",
        reason,
        fields,
        ...(varyOn === undefined ? {} : { varyOn }),
        ...(version !== undefined && keptVersions.has(version)
          ? {}
          : { keep: { maxBytes: dictionary.maxBytes, done: keep } }),
      });

      if (request.kind === "plain") {
        return plain(request.reason, readsGate(request) ? GATE_FIELDS : undefined);
      }
      const found = await findDictionary(scope, request);
      if (typeof found === "string") return plain(found, GATE_FIELDS);

      const pieces: Uint8Array[] = [];
      return {
        kind: "scan",
        maxBytes: dictionary.maxBytes,
        async see(piece, at): Promise<FinalOutcome | undefined> {
          pieces.push(piece);
          if (at === "open") return undefined;
          if (at === "limit") return { kind: "declined", reason: "too-large" };
          const content = concat(pieces);
          const stream = await found.codec.encode(content, found.bytes);
          if (stream === undefined) return plain("codec-refused", GATE_FIELDS);
          const delta = frameDelta(found.codec.coding, request.hash, stream);
          if (!isWorthwhile(delta.length, content.length)) return plain("no-gain", GATE_FIELDS);
          exchange.background(keep(content));
          return {
            kind: "replace",
            reason: "delta",
            representation: {
              variant: `${found.codec.coding}.${toHex(request.hash).slice(0, 8)}`,
              coding: found.codec.coding,
            },
            content: delta,
            fields,
            varyOn: GATE_FIELDS,
          };
        },
      };
    },
  };

  async function findDictionary(
    scope: DictionaryScope,
    request: DictionaryRequest & { kind: "offered" },
  ): Promise<
    "no-codec" | "unknown-dictionary" | { codec: DeltaCodec; bytes: Uint8Array<ArrayBuffer> }
  > {
    const codec = request.codings
      .map((coding) => codecs.find((candidate) => candidate.coding === coding))
      .find((candidate) => candidate !== undefined);
    if (codec === undefined) return "no-codec";
    const bytes = await dictionaries.find(scope, request.hash);
    return bytes === undefined ? "unknown-dictionary" : { codec, bytes };
  }
}

/** The readability gate is read only where a well-formed offer got that far. */
function readsGate(request: DictionaryRequest): boolean {
  return request.kind === "offered" || request.reason === "not-readable-by-client";
}

function versionOf({ url }: Exchange, etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : `${url.href} ${etag}`;
}
