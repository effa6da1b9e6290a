import { mayConnect, policiesOf } from "../../../http/content-security-policy.ts";
import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { isHtml, parseMediaType } from "../../../http/media-type.ts";
import { originOf, type Exchange } from "../../../pipeline/exchange.ts";
import type { FinalOutcome, ResponseHead, ResponseOutcome } from "../../../pipeline/stage.ts";
import type { CompressionReason } from "../reasons.ts";
import { addressOf, type Chunks } from "./address.ts";

/** The most folders that a page names. */
const MOST = 2;
/** Milliseconds for which a folder is named after a chunk was requested. */
const NAMED_FOR = 86_400_000;

type Line = readonly [name: string, value: string];

/** The dictionaries of chunks that pages name, by the origin of the site. */
export class DictionaryLinks {
  readonly #named = new BoundedCache<ReadonlyMap<string, string>>({
    name: "groups",
    max: 1000,
    ttl: NAMED_FOR,
  });

  /** Records that a folder's chunks were requested, and of which deploy the latest are. */
  note(origin: string, chunks: Chunks, deploy: number): void {
    const address = addressOf(chunks, deploy);
    const before = this.#named.get(origin);
    if (before !== undefined && [...before.values()].at(-1) === address) return;
    const others = [...(before ?? [])].filter(([match]) => match !== chunks.match);
    this.#named.set(origin, new Map([...others, [chunks.match, address] as const].slice(-MOST)));
  }

  /**
   * Adds the dictionaries to a page, for every client: browsers fetch them when they are idle, and
   * get them only if they have chunks of an earlier deploy.
   */
  onPage(
    outcome: ResponseOutcome<CompressionReason>,
    { status, fields, hasContent }: ResponseHead,
    exchange: Exchange,
  ): ResponseOutcome<CompressionReason> {
    const named = this.#named.get(originOf(exchange));
    const isPage = status === 200 && isHtml(parseMediaType(fields.get("content-type")));
    if (named === undefined || !isPage || !hasContent) return outcome;
    // Browsers would only report a violation.
    if (!mayConnect(policiesOf(fields), exchange.url)) return outcome;
    const lines = [...named.values()].map((address): Line => [
      "link",
      `<${address}>; rel="compression-dictionary"`,
    ]);
    if (outcome.kind !== "scan") return withLines(outcome, lines);
    return {
      ...outcome,
      async see(piece, at) {
        const final = await outcome.see(piece, at);
        return final && withLines(final, lines);
      },
    };
  }
}

function withLines(
  outcome: FinalOutcome<CompressionReason>,
  lines: readonly Line[],
): FinalOutcome<CompressionReason> {
  switch (outcome.kind) {
    case "respond":
      return outcome;
    case "ineligible":
    case "declined":
      return { ...outcome, kind: "amend", fields: { append: lines } };
    default: {
      const { fields } = outcome;
      if (typeof fields === "function") return outcome;
      const append = [...(fields?.append ?? []), ...lines];
      return { ...outcome, fields: { ...fields, append } };
    }
  }
}
