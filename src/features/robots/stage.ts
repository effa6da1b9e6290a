import type { FeatureParts } from "../../feature/parts.ts";
import { sha256, toHex } from "../../http/digest.ts";
import { ROBOTS } from "../../http/known-paths.ts";
import { problem } from "../../http/problem.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { originOf, type Exchange, type OriginResponse } from "../../pipeline/exchange.ts";
import type { DocumentOutcome } from "../../pipeline/own-documents.ts";
import type { Stage } from "../../pipeline/stage.ts";
import { ifThere } from "../../timing/and-then.ts";
import { OriginFile } from "./origin-file.ts";
import type { RobotsPolicy } from "./policy.ts";
import type { RobotsReason } from "./reasons.ts";

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
  readonly isTooLarge: boolean;
  readonly etag: Promise<string>;
}

type RobotsParts = Pick<
  FeatureParts,
  "policies" | "log" | "generations" | "own" | "lasting" | "now" | "originServer" | "originServers"
>;

/** Serves the origin server's robots.txt with the lines of the rules. */
export class RobotsStage implements Stage<RobotsPolicy, RobotsReason> {
  readonly #parts: RobotsParts;
  readonly #originFile: OriginFile;
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

  constructor(parts: RobotsParts) {
    this.#parts = parts;
    this.#originFile = new OriginFile(parts);
    this.documents = [
      {
        at: AT,
        owner: "merged",
        isMissing: (exchange, policy) => policy.replaces || this.#freshFor(exchange) !== undefined,
        make: (exchange, policy, origin) => this.#make(exchange, policy, origin),
      },
    ];
  }

  async #make(
    exchange: Exchange,
    { replaces }: RobotsPolicy,
    response: OriginResponse | undefined,
  ): Promise<Outcome> {
    if (replaces) return respond(await this.#compile(exchange, undefined, TYPE), "replaced");
    const known = response === undefined ? this.#freshFor(exchange) : undefined;
    if (known !== undefined) return respond(known, "merged");
    const origin = await this.#originFile.read(response, exchange);
    if (origin === "broken-off") {
      const why = "The origin server's robots.txt broke off.";
      const failed = problem("origin-unreachable", why, exchange.field("accept"));
      return { kind: "respond", reason: origin, response: failed };
    }
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
    const { content, isTooLong, isTooLarge } = this.#parts.policies.robotsFor(
      originOf(exchange),
      origin,
    );
    if (isTooLong || isTooLarge) {
      const bytes = (isTooLarge ? origin : content)?.length ?? 0;
      const event = isTooLarge ? "robots-not-merged" : "robots-too-long";
      this.#parts.log.warn(event, { host: exchange.host, bytes });
    }
    const etag = content === undefined ? Promise.resolve("") : etagOf(content);
    const made: Made = { origin, type, content, isTooLarge, etag };
    // Set before anything is awaited, so that requests at the same time share the work.
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

async function respond(
  { content, type, etag, isTooLarge }: Made,
  reason: "merged" | "replaced",
): Promise<Outcome> {
  if (content === undefined) {
    return { kind: "declined", reason: isTooLarge ? "unreadable" : "nothing-to-add" };
  }
  const fields = [
    ["content-type", type],
    ["cache-control", `public, max-age=${FRESH}`],
    ["etag", await etag],
  ] as const;
  return { kind: "respond", reason, response: { status: 200, fields, content } };
}

async function etagOf(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return `"${toHex(await sha256(content)).slice(0, 22)}"`;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function sizeOf({ origin, content }: Made): number {
  return (origin?.length ?? 0) + (content?.length ?? 0);
}
