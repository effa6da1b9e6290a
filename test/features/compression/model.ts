import { brotliDecompressSync, gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { limitedStore } from "../../../src/store/failures/limited.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import type { Store } from "../../../src/store/store.ts";
import { FAULTS, faultyStore, type Fault, type Operation } from "../../support/faulty-store.ts";
import { bundle } from "./bundles.ts";
import { decode, hashOf, site, type Got } from "./site.ts";

/** A site over months, as a random sequence of what may happen to it. */
export type Step =
  | { readonly kind: "deploy"; readonly file: number; readonly version: number }
  | { readonly kind: "pass"; readonly seconds: number }
  | { readonly kind: "purge" }
  /** Another process takes over the store. */
  | { readonly kind: "restart" }
  | { readonly kind: "fault"; readonly what: Operation | "all"; readonly fault: Fault }
  | {
      readonly kind: "request";
      readonly method: string;
      readonly file: number;
      readonly fields: Readonly<Record<string, string>>;
      /** File and version that the client has as dictionary. */
      readonly has?: readonly [file: number, version: number] | undefined;
      /** Which of the entity tags seen so far the client lists. */
      readonly tag?: number | undefined;
    };

/** What is wrong with an answer of the stage. */
export class Wrong extends Error {
  override readonly name = "Wrong";
}

interface ModelFile {
  readonly target: string;
  readonly type: string;
  readonly kind: "managed" | "public" | "by-language" | "private" | "by-cookie";
}

const FILES: readonly ModelFile[] = [
  { target: "/app.1.js", type: "text/javascript", kind: "managed" },
  { target: "/app.2.js", type: "text/javascript", kind: "managed" },
  { target: "/assets/index.js", type: "text/javascript", kind: "public" },
  { target: "/page", type: "text/html", kind: "public" },
  { target: "/greeting", type: "text/html", kind: "by-language" },
  { target: "/account", type: "text/html", kind: "private" },
  // Says public, and is not: no cache can know, unless it looks at cookies.
  { target: "/front", type: "text/html", kind: "by-cookie" },
];
const VERSIONS = 4;
const LIFETIME = 60;
const SECRET = "secret-of-one-client";

const policy = {
  dictionary: { match: "/app.*.js", auto: true, budget: { dictionaries: 3, variants: 3 } },
};

const OPERATIONS: readonly (Operation | "all")[] = [
  "blobs.get",
  "blobs.put",
  "blobs.delete",
  "index.get",
  "index.put",
  "ledger.read",
  "ledger.change",
  "ledger.claim",
  "all",
];

const version = fc.nat(VERSIONS - 1);
/** Present in so many of a hundred. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, percent: number): fc.Arbitrary<T | undefined> =>
  fc.oneof(
    { weight: percent, arbitrary },
    { weight: 100 - percent, arbitrary: fc.constant(undefined) },
  );

const fields = fc
  .record({
    "Accept-Encoding": maybe(
      fc.constantFrom(
        "gzip, br, dcb, dcz",
        "dcz",
        "br",
        "dcb;q=0.1, br",
        "*",
        "",
        "identity;q=0",
        "gzip;q=0.5, dcb;q=0",
      ),
      90,
    ),
    "Available-Dictionary": maybe(fc.constantFrom(":AAAA:", "", ":x", `:${"A".repeat(43)}=:`), 12),
    Cookie: maybe(fc.constantFrom("session=ann", "session=ben"), 30),
    Authorization: maybe(fc.constant("Bearer ann"), 12),
    Range: maybe(fc.constantFrom("bytes=0-9", "bytes=5-"), 12),
    "Accept-Language": maybe(fc.constantFrom("de", "en"), 12),
    "Cache-Control": maybe(
      fc.constantFrom("no-cache", "max-age=0", "no-store", "no-transform"),
      12,
    ),
    "Sec-Fetch-Site": maybe(fc.constantFrom("same-origin", "cross-site"), 12),
    "Sec-Fetch-Mode": maybe(fc.constantFrom("cors", "no-cors", "navigate"), 12),
    "If-None-Match": maybe(fc.constantFrom("*", '"other"', "nonsense"), 12),
    "If-Modified-Since": maybe(fc.constant("Sat, 01 Jan 2022 00:00:00 GMT"), 12),
  })
  .map((all): Record<string, string> => {
    const lines = Object.entries(all).filter(([, value]) => value !== undefined);
    return Object.fromEntries(lines) as Record<string, string>;
  });

const request = (file: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
  fc
    .record({
      method: fc.constantFrom("GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST"),
      file,
      fields: fc.oneof(
        { weight: 1, arbitrary: fields },
        {
          weight: 2,
          arbitrary: fc.constant<Record<string, string>>({
            "Accept-Encoding": "gzip, br, dcb, dcz",
          }),
        },
      ),
      has: maybe(fc.oneof(version, fc.tuple(file, version)), 65),
      tag: maybe(fc.nat(6), 12),
    })
    .map(({ has, method, file: at, fields: sent, tag }) => {
      const own = typeof has === "number" ? ([at, has] as const) : has;
      return { kind: "request", method, file: at, fields: sent, has: own, tag } as const;
    });

const step = (file: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 16, arbitrary: request(file) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("deploy" as const), file, version }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("pass" as const),
        seconds: fc.constantFrom(1, 20, 59, 61, 4000),
      }),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: "purge" }) },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: "restart" }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("fault" as const),
        what: fc.constantFrom(...OPERATIONS),
        fault: fc.constantFrom<Fault>("none", "none", ...FAULTS),
      }),
    },
  );

/** Most of what happens is about one file, or hardly anything would be asked for twice. */
export const steps = (most: number): fc.Arbitrary<readonly Step[]> =>
  fc.nat(FILES.length - 1).chain((focus) => {
    const file = fc.oneof(
      { weight: 3, arbitrary: fc.constant(focus) },
      { weight: 1, arbitrary: fc.nat(FILES.length - 1) },
    );
    return fc.array(step(file), { minLength: 1, maxLength: most, size: "max" });
  });

const textOf = (at: number, number: number, language = ""): string =>
  `${bundle(number, 2400)}// ${at} ${number} ${language}\n`;

/** A content of the model origin, and until when a cache may use it. */
interface Content {
  readonly text: string;
  /** Seconds since the epoch. */
  until: number;
}

/** Carries out steps, and throws at the first answer that no site could have given. */
export async function play(all: readonly Step[]): Promise<{ readonly codings: readonly string[] }> {
  let time = 1_800_000_000;
  let generation = 0;
  const now = (): number => time;
  const known = new Map<string, string>();
  const inner = memoryStore({ now });
  const leaked: string[] = [];
  const faulty = faultyStore(watched(inner, known, leaked));
  const store = limitedStore(faulty, now, { read: 5, write: 5 });
  const generations = { of: () => String(generation), purge: async () => {} };
  const begin = () => site({ store, policy, mayFailBehind: true, options: { now, generations } });
  let process = begin();
  const current = FILES.map(() => 0);
  /** What caches may still have, by file and language. */
  const old = new Map<string, Content[]>();
  const tags: string[] = [];
  const codings: string[] = [];

  for (const each of all) {
    if (each.kind === "pass") time += each.seconds;
    else if (each.kind === "purge") {
      generation += 1;
      old.clear();
    } else if (each.kind === "restart") process = begin();
    else if (each.kind === "fault") faulty.fail(each.what, each.fault);
    else if (each.kind === "deploy") {
      for (const language of ["", "de", "en"]) {
        const text = textOf(each.file, current[each.file] ?? 0, language);
        const key = `${each.file} ${language}`;
        old.set(key, [...(old.get(key) ?? []), { text, until: time + LIFETIME }]);
      }
      current[each.file] = each.version;
    } else codings.push(await ask(each));
  }
  return { codings };

  async function ask(asked: Step & { kind: "request" }): Promise<string> {
    const { target, type, kind } = FILES[asked.file] as ModelFile;
    const language = kind === "by-language" ? (asked.fields["Accept-Language"] ?? "") : "";
    const { Cookie: cookie, Authorization: authorization } = asked.fields;
    const isForOne =
      authorization !== undefined ||
      (cookie !== undefined && (kind === "private" || kind === "by-cookie"));
    const open = textOf(asked.file, current[asked.file] ?? 0, language);
    const text = isForOne ? `${open}// ${SECRET} ${cookie} ${authorization}` : open;
    process.put(target, text, {
      "content-type": type,
      "cache-control": `${kind === "private" ? "private" : "public"}, max-age=${LIFETIME}`,
      ...(kind === "by-language" ? { vary: "Accept-Language" } : {}),
    });
    const allowed = [text];
    if (!isForOne) {
      const stored = old.get(`${asked.file} ${language}`) ?? [];
      allowed.push(...stored.filter(({ until }) => until > time).map((content) => content.text));
    }
    const has = asked.has === undefined ? undefined : textOf(...asked.has);
    if (has !== undefined) known.set(hashOf(has).toString("hex"), has);
    for (const content of allowed) known.set(hashOf(content).toString("hex"), content);
    const listed = asked.tag === undefined ? undefined : tags.at(-1 - asked.tag);
    const fields = {
      ...asked.fields,
      ...(has === undefined
        ? {}
        : { "Available-Dictionary": `:${hashOf(has).toString("base64")}:` }),
      ...(listed === undefined ? {} : { "If-None-Match": listed }),
    };
    let got: Got;
    try {
      got = await process.get(target, fields, {
        method: asked.method,
        has: has === undefined ? [] : [has],
      });
    } catch (error) {
      throw new Wrong(`${asked.method} ${target}: no answer that the client understands`, {
        cause: error,
      });
    }
    if (got.fields["etag"] !== undefined) tags.push(got.fields["etag"]);
    const fault = faultOf(got, { method: asked.method, fields, kind, isForOne, allowed });
    const wrong = fault ?? leaked[0];
    if (wrong !== undefined) throw new Wrong(`${asked.method} ${target}: ${wrong}`);
    return got.status === 200 ? (got.fields["content-encoding"] ?? "identity") : String(got.status);
  }
}

interface Expected {
  readonly method: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly kind: ModelFile["kind"];
  readonly isForOne: boolean;
  readonly allowed: readonly string[];
}

/** Why no honest cache could have given this answer; undefined where one could. */
function faultOf(got: Got, { method, fields, kind, isForOne, allowed }: Expected) {
  const { status, fields: sent, content, text } = got;
  if (got.failures.length > 0) return `the stage failed: ${got.failures.join(", ")}`;
  const vary = (sent["vary"] ?? "").toLowerCase().split(/\s*,\s*/);
  const coding = sent["content-encoding"];
  const owed = [
    ...(coding === undefined ? [] : ["accept-encoding"]),
    ...(coding?.startsWith("dc") === true ? ["available-dictionary", "sec-fetch-site"] : []),
    ...(kind === "managed" && !isForOne && method !== "POST" ? ["available-dictionary"] : []),
    ...(kind === "by-language" && status === 200 ? ["accept-language"] : []),
  ];
  const missing = owed.filter((name) => !vary.includes(name));
  if (missing.length > 0) return `Vary does not name ${missing.join(", ")}: ${sent["vary"]}`;
  if (status === 304) {
    const listed = fields["If-None-Match"] ?? "";
    const stems = allowed.map((each) => hashOf(each).toString("hex").slice(0, 8));
    const isHeld = listed === "*" || stems.some((stem) => listed.includes(stem));
    return isHeld ? undefined : `304 for ${listed}, which is none of ${stems.join(", ")}`;
  }
  if (status !== 200) return `status ${status}`;
  if ((isForOne || kind === "private") && sent["use-as-dictionary"] !== undefined) {
    return "a private answer is to be used as a dictionary";
  }
  if (isForOne && coding?.startsWith("dc") === true) return "a private answer as a delta";
  if (got.asked.length === 0 && Number(sent["age"]) >= LIFETIME) return `stale: ${sent["age"]} s`;
  if (method === "HEAD") return content.length > 0 ? "HEAD with content" : undefined;
  if (!allowed.includes(text)) return `other content: …${text.slice(-60)}`;
  const accepted = fields["Accept-Encoding"] ?? "";
  if (coding?.startsWith("dc") === true && !new RegExp(`${coding}(?!;q=0(?!\\.))`).test(accepted)) {
    return `${coding} for ${accepted}`;
  }
  return content.length > Buffer.byteLength(text) + 64 ? `${content.length} bytes` : undefined;
}

/** A store that tells of what was for one client alone, in whatever coding. */
function watched(store: Store, known: ReadonlyMap<string, string>, leaked: string[]): Store {
  const check = (content: Uint8Array): void => {
    if (readings(Buffer.from(content), known).some((text) => text.includes(SECRET))) {
      leaked.push("what is for one client was stored");
    }
  };
  const { blobs, index, ledger } = store;
  return {
    blobs: {
      ...blobs,
      put: (hash, content, ttl) => {
        check(content);
        return blobs.put(hash, content, ttl);
      },
    },
    index: {
      ...index,
      put: (key, value, ttl) => {
        check(Buffer.from(key + value));
        return index.put(key, value, ttl);
      },
    },
    ledger,
  };
}

function readings(content: Buffer, known: ReadonlyMap<string, string>): string[] {
  const found = [content.toString("latin1")];
  for (const undo of [brotliDecompressSync, gunzipSync]) {
    try {
      found.push(undo(content).toString());
    } catch {
      // In another coding.
    }
  }
  for (const coding of ["dcb", "dcz"]) {
    const header = coding === "dcb" ? 36 : 40;
    const dictionary = known.get(content.subarray(header - 32, header).toString("hex"));
    if (dictionary !== undefined) found.push(decode(content, coding, [dictionary]));
  }
  return found;
}
