import { createHash } from "node:crypto";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { promisify } from "node:util";
import { brotliCompress, constants, createBrotliCompress, gzip } from "node:zlib";
import { Transform } from "node:stream";
import * as v from "valibot";
import { decodeDcb } from "../../support/decode-dcb.ts";
import type { DeltaCodec } from "../../../src/codecs/delta.ts";
import type { PlainCodec } from "../../../src/codecs/plain/codec.ts";
import { nodeDeltaCodecs } from "../../../src/runtime/node/codecs.ts";
import type { CompressionParts } from "../../../src/features/compression/context.ts";
import { compressionOptions } from "../../../src/features/compression/policy.ts";
import { asFeatureStage } from "../../../src/feature/stages.ts";
import { cacheFeature } from "../../../src/features/cache/feature.ts";
import { compressionFeature } from "../../../src/features/compression/feature.ts";
import { CompressionStage } from "../../../src/features/compression/stage.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import type { Store } from "../../../src/store/store.ts";
import { createScheduler } from "../../../src/timing/scheduler.ts";
import { MadeBody } from "../../../src/pipeline/body.ts";
import type { Answer } from "../../../src/pipeline/exchange.ts";
import type { FeatureStage } from "../../../src/pipeline/stage.ts";
import { FakeBody, fieldsOf, run, type RequestFacts } from "../../pipeline/fakes.ts";

const brotli = promisify(brotliCompress);

const FAST = { [constants.BROTLI_PARAM_QUALITY]: 4 };

/** Plain codecs by Node's own zlib. */
export const PLAIN: readonly PlainCodec[] = [
  {
    coding: "br",
    encode: async (content, effort) => {
      const quality = effort === "best" ? 11 : 4;
      const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
      return new Uint8Array(await brotli(content, { params }));
    },
    stream: () => Transform.toWeb(createBrotliCompress({ params: FAST })) as unknown as Web,
  },
  {
    coding: "gzip",
    encode: async (content) => new Uint8Array(await promisify(gzip)(content)),
    stream: () => new CompressionStream("gzip") as unknown as Web,
  },
];

type Web = TransformStream<Uint8Array, Uint8Array>;

export interface SiteOptions {
  readonly policy?: object;
  readonly codecs?: readonly DeltaCodec[];
  readonly plain?: readonly PlainCodec[];
  readonly store?: Store;
  readonly options?: Partial<CompressionParts>;
  readonly before?: readonly FeatureStage[];
  /** What goes on after an answer may fail, as it may behind a server. */
  readonly mayFailBehind?: boolean;
}

/** What a client got. */
export interface Got {
  readonly status: number;
  readonly fields: Record<string, string>;
  /** As sent. */
  readonly content: Buffer;
  /** As the client understands it. */
  readonly text: string;
  readonly reasons: readonly string[];
  readonly failures: readonly string[];
  /** Whether the origin was asked, and with which fields. */
  readonly asked: readonly Record<string, string>[];
}

export const hashOf = (content: string): Buffer => createHash("sha256").update(content).digest();

/** The request fields of a client that has `content`. */
export const offer = (content: string, more = {}) => ({
  "Accept-Encoding": "gzip, br, dcb, dcz",
  "Available-Dictionary": `:${hashOf(content).toString("base64")}:`,
  ...more,
});

/** A site behind the stage, whose files can be replaced at any time. */
export function site(made: SiteOptions = {}) {
  const { policy = { dictionary: { match: "/app.*.js" } }, before = [] } = made;
  let time = 1_800_000_000;
  const faults: unknown[] = [];
  const now = (): number => time;
  const { store = memoryStore({ now }) } = made;
  const stages = [
    ...before,
    asFeatureStage(
      compressionFeature,
      new CompressionStage({
        store,
        generations: { of: () => "0", purge: async () => {} },
        codecs: made.codecs ?? nodeDeltaCodecs(),
        plain: made.plain ?? PLAIN,
        now,
        scheduler: createScheduler(now),
        policies: { isOpen: () => true },
        log: { warn: () => {} },
        onStoreFault: (error) => faults.push(error),
        ...made.options,
      }),
    ),
    asFeatureStage(cacheFeature, {}),
  ] as readonly FeatureStage[];
  const parsed = v.parse(compressionOptions, policy);
  const files = new Map<string, SiteFile>();
  const behind: unknown[] = [];

  return {
    store,
    faults,
    /** Failures of what went on after answers. */
    behind,
    pass: (seconds: number): void => void (time += seconds),
    /** Puts a file on the origin. */
    put: (
      target: string,
      body: string,
      fields: Record<string, string> = {},
      status = 200,
      breaks = false,
    ): void => {
      const standard = {
        "cache-control": "max-age=60",
        "content-type": "text/javascript",
        "content-length": String(Buffer.byteLength(body)),
        etag: `"${hashOf(body).toString("hex").slice(0, 8)}"`,
      };
      const all = Object.entries({ ...standard, ...fields }).filter(([, value]) => value !== "");
      files.set(target, { body, fields: Object.fromEntries(all), status, breaks });
    },
    /** Asks as a client would, and waits for all that goes on after the answer. */
    get: async (
      target: string,
      fields: Record<string, string> = {},
      more: Partial<RequestFacts> & { has?: readonly string[] } = {},
    ): Promise<Got> => {
      const { has = [], ...request } = more;
      const result = await run(stages, {
        policiesFor: () => (feature) =>
          feature === "compression"
            ? { mode: "enforce", policy: parsed, rule: "defaults" }
            : { mode: "enforce", policy: {}, rule: "defaults" },
        request: { target, fields, ...request },
        stageTimeout: 10_000,
        origin: async (asked) => {
          const file = files.get(asked.target);
          const { FieldList } = await import("../../../src/http/fields.ts");
          const list = FieldList.from(Object.entries(file?.fields ?? {}).flat());
          const condition = asked.fields.get("if-none-match");
          const etag = list.get("etag");
          if (condition !== undefined && etag !== undefined && condition.includes(etag)) {
            list.delete("content-length");
            return { status: 304, fields: list, body: null };
          }
          const { body = "nothing here", status = 404, breaks = false } = file ?? {};
          const middle = Math.floor(body.length / 2);
          const isBodiless = asked.method === "HEAD";
          const pieces = breaks
            ? [body.slice(0, middle)]
            : [body.slice(0, middle), body.slice(middle)];
          return {
            status,
            fields: list,
            body: isBodiless ? null : new FakeBody(pieces, { breaks }),
          };
        },
      });
      const { work } = result.exchange;
      const content = await bytesOf(result.answer);
      for (let done = 0; done < work.length;) {
        done = work.length;
        if (made.mayFailBehind !== true) await Promise.all(work);
        else await settle(work, behind);
      }
      const answer = fieldsOf(result.answer);
      return {
        status: result.answer.status,
        fields: answer,
        content,
        text: decode(content, answer["content-encoding"], has),
        reasons: (result.decisions ?? [])
          .filter(({ feature }) => feature === "compression")
          .map(({ reason }) => reason),
        failures: result.failures,
        asked: result.asked.map((each) =>
          Object.fromEntries(
            [...each.fields.lines()].map(([n, value]) => [n.toLowerCase(), value]),
          ),
        ),
      };
    },
  };
}

interface SiteFile {
  readonly body: string;
  readonly fields: Record<string, string>;
  readonly status: number;
  /** Whether it breaks off in the middle. */
  readonly breaks: boolean;
}

async function settle(work: readonly Promise<unknown>[], failed: unknown[]): Promise<void> {
  for (const each of await Promise.allSettled(work)) {
    if (each.status === "rejected") failed.push(each.reason);
  }
}

async function bytesOf({ body }: Answer): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  if (body instanceof FakeBody && body.breaks) throw new Error("the content breaks off");
  if (body instanceof FakeBody) return Buffer.from(body.pieces.join(""));
  if (!(body instanceof MadeBody)) throw new TypeError("an unknown body");
  return Buffer.from(await new Response(body.take()).arrayBuffer());
}

/** What a client with these dictionaries understands; throws where it is none of theirs. */
export function decode(
  content: Buffer,
  coding: string | undefined,
  has: readonly string[] = [],
): string {
  if (content.length === 0) return "";
  switch (coding) {
    case undefined:
      return content.toString();
    case "br":
      return brotliDecompressSync(content).toString();
    case "gzip":
      return gunzipSync(content).toString();
    case "zstd":
      return zstdDecompressSync(content).toString();
    default: {
      const header = coding === "dcb" ? 36 : 40;
      const hash = content.subarray(header - 32, header);
      const text = has.find((each) => hashOf(each).equals(hash));
      if (text === undefined) throw new Error("a delta against a dictionary that the client lacks");
      const options = { dictionary: Buffer.from(text) } as object;
      const stream = content.subarray(header);
      return coding === "dcb"
        ? decodeDcb(stream, Buffer.from(text)).toString()
        : zstdDecompressSync(stream, options).toString();
    }
  }
}
