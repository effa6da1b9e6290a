import type { FeatureParts } from "../../feature/parts.ts";
import { sha256, toHex } from "../../http/digest.ts";
import { readBounded } from "../../http/gather.ts";
import { ROBOTS } from "../../http/known-paths.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { originOf, type Exchange, type OriginResponse } from "../../pipeline/exchange.ts";
import type { DocumentOutcome } from "../../pipeline/own-documents.ts";
import type { Stage } from "../../pipeline/stage.ts";
import { ifThere } from "../../timing/and-then.ts";
import type { RobotsPolicy } from "./policy.ts";
import type { RobotsReason } from "./reasons.ts";

/** The most bytes of the origin server's file; crawlers read 500 KiB at least (RFC 9309 §2.5). */
const MOST_BYTES = 2 * 1024 * 1024;
/** Milliseconds for which the origin server's file is reused, and seconds for which ours is fresh. */
const KEPT_FOR = 60_000;
const FRESH = 300;
const SITES = 64;

type Outcome = DocumentOutcome<RobotsReason>;

/** The file of one site, and the origin server's from which it was made. */
interface Made {
  readonly origin: Uint8Array | undefined;
  readonly type: string;
  /** Undefined if the rules add no line. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
  readonly etag: string;
}

/** Serves the origin server's robots.txt with the lines of the rules. */
export class RobotsStage implements Stage<RobotsPolicy, RobotsReason> {
  readonly #parts: Pick<FeatureParts, "policies" | "log" | "generations">;
  /** The last file of each site, which may be made from an old one. */
  readonly #made = new BoundedCache<Made>({ name: "robots", max: SITES, sizeOf });
  /** The sites whose file was made a short time ago. */
  readonly #fresh = new BoundedCache<Made>({
    name: "robots",
    max: SITES,
    ttl: KEPT_FOR,
    sizeOf: () => 0,
  });
  readonly documents: Stage<RobotsPolicy, RobotsReason>["documents"];

  constructor(parts: Pick<FeatureParts, "policies" | "log" | "generations">) {
    this.#parts = parts;
    this.documents = [
      {
        at: AT,
        owner: "merged",
        isMissing: (exchange, policy) => policy.replaces || this.#freshFor(exchange) !== undefined,
        make: (exchange, policy, origin) => this.#make(exchange, policy, origin),
      },
    ];
  }

  onRequest(): { kind: "ineligible"; reason: RobotsReason } {
    return { kind: "ineligible", reason: "not-ours" };
  }

  async #make(
    exchange: Exchange,
    { replaces }: RobotsPolicy,
    response: OriginResponse | undefined,
  ): Promise<Outcome> {
    if (replaces) return respond(await this.#compile(exchange, undefined, TYPE), "replaced");
    const known = response === undefined ? this.#freshFor(exchange) : undefined;
    if (known !== undefined) return respond(known, "merged");
    const origin = await readOrigin(response);
    if (typeof origin === "string") return { kind: "declined", reason: origin };
    const own = response?.fields.get("content-type") ?? "text/plain";
    const made = await this.#compile(exchange, origin, origin === undefined ? TYPE : own);
    const name = await this.#nameOf(exchange);
    // Without lines of ours, the origin server's response is served as it is.
    if (made.content !== undefined) this.#fresh.set(name, made);
    return respond(made, "merged");
  }

  async #compile(exchange: Exchange, origin: Uint8Array | undefined, type: string): Promise<Made> {
    const name = await this.#nameOf(exchange);
    const before = this.#made.get(name);
    if (before !== undefined && isSame(before.origin, origin) && before.type === type)
      return before;
    const { content, isTooLong } = this.#parts.policies.robotsFor(originOf(exchange), origin);
    if (isTooLong && content !== undefined) {
      this.#parts.log.warn("robots-too-long", { host: exchange.host, bytes: content.length });
    }
    const etag = content && `"${toHex(await sha256(content)).slice(0, 22)}"`;
    const made: Made = { origin, type, content, etag: etag ?? "" };
    this.#made.set(name, made);
    return made;
  }

  #freshFor(exchange: Exchange): Made | undefined {
    const generation = ifThere(this.#generationOf(exchange));
    return generation === undefined
      ? undefined
      : this.#fresh.get(`${originOf(exchange)} ${generation}`);
  }

  async #nameOf(exchange: Exchange): Promise<string> {
    return `${originOf(exchange)} ${await this.#generationOf(exchange)}`;
  }

  #generationOf(exchange: Exchange) {
    return this.#parts.generations.of({ url: originOf(exchange) + ROBOTS });
  }
}

const AT = /^\/robots\.txt$/;
const TYPE = "text/plain; charset=utf-8";

function respond({ content, type, etag }: Made, reason: "merged" | "replaced"): Outcome {
  if (content === undefined) return { kind: "declined", reason: "nothing-to-add" };
  const fields = [
    ["content-type", type],
    ["cache-control", `public, max-age=${FRESH}`],
    ["etag", etag],
  ] as const;
  return { kind: "respond", reason, response: { status: 200, fields, content } };
}

/** The bytes of the origin server's file, undefined if it has none; or why it can't be merged. */
async function readOrigin(
  response: OriginResponse | undefined,
): Promise<Uint8Array | undefined | "origin-redirects" | "origin-fails" | "unreadable"> {
  if (response === undefined) return undefined;
  const { status, body } = response;
  // RFC 9309 §2.3.1.3 and §2.3.1.4; too many requests are a failure for the time being.
  if (status >= 500 || status === 429) return "origin-fails";
  if (status >= 400) return undefined;
  if (status >= 300) return "origin-redirects";
  if (body === null) return new Uint8Array();
  return (body.readable ? await readBounded(body.open(), MOST_BYTES) : undefined) ?? "unreadable";
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function sizeOf({ origin, content }: Made): number {
  return (origin?.length ?? 0) + (content?.length ?? 0);
}
