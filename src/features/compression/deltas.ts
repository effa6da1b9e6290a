import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { DeltaCodec } from "../../codecs/delta.ts";
import { sharesText } from "./shares-text.ts";
import type { Effort, PlainCodec } from "../../codecs/plain/codec.ts";
import { frameDelta } from "../../http/dictionary.ts";
import { isWorthwhile, type DeltaCoding } from "./decide.ts";
import type { Scheduler } from "../../timing/scheduler.ts";
import { SingleFlight } from "../../timing/single-flight.ts";
import { COSTS } from "./costs.ts";
import type { GroupBounds, Groups, StoredDelta } from "./dictionary-groups.ts";

/** Two versions, and the codings in which a delta between them is wanted. */
export interface WantedDelta {
  readonly group: string;
  /** The network of the client that wants it. */
  readonly network: string;
  /** SHA-256 of the content, in hexadecimal. */
  readonly content: string;
  /** SHA-256 of the dictionary, in hexadecimal and as bytes. */
  readonly dictionary: string;
  readonly hash: Uint8Array;
  readonly codings: readonly DeltaCoding[];
  readonly bounds: GroupBounds;
  /** Receives the lengths of delta and plain coding in bytes; undefined if there was no gain. */
  readonly report?: ((delta: number | undefined, plain: number) => Promise<void>) | undefined;
}

/** The result of making a delta: the delta, or why there is none. */
type Made = StoredDelta | "no-codec" | "codec-refused" | "no-gain" | "over-budget";

/** A delta to be made. */
interface DeltaJob {
  readonly wanted: WantedDelta;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly dictionary: Uint8Array<ArrayBuffer>;
  readonly effort: Effort;
  /** Continues work after the response. */
  readonly background: (work: Promise<void>) => void;
  /** @default that of the site */
  readonly scheduler?: Pick<Scheduler, "run">;
}

interface DeltaParts {
  readonly codecs: readonly DeltaCodec[];
  readonly plain: readonly PlainCodec[];
  readonly groups: Groups;
  readonly scheduler: Scheduler;
}

/** Makes deltas, each once at a time, and stores those that save enough. */
export class Deltas {
  readonly #parts: DeltaParts;
  readonly #making = new SingleFlight<Made>();
  /** Deltas that are being stored, for requests that arrive meanwhile. */
  readonly #recent = new BoundedCache<Made>({
    name: "content",
    sizeOf: (made) => (typeof made === "object" ? made.delta.length : 0),
    ttl: 5000,
  });
  /** Lengths of contents in their plain coding, in bytes. */
  readonly #plainLengths = new BoundedCache<number>({ name: "counts", max: 2000 });

  constructor(parts: DeltaParts) {
    this.#parts = parts;
  }

  /** The codings with a codec for so many bytes, in the client's order. */
  madeHere(codings: readonly DeltaCoding[], bytes: number): DeltaCoding[] {
    return codings.filter((wanted) =>
      this.#parts.codecs.some(
        ({ coding, mostBytes = Infinity }) => coding === wanted && bytes <= mostBytes,
      ),
    );
  }

  /** Makes a delta; requests for the same delta wait for it. */
  make(job: DeltaJob): Promise<Made> {
    const { wanted, effort, background } = job;
    const key = `${wanted.content}/${wanted.dictionary}/${wanted.codings.join("+")}/${effort}`;
    const recent = this.#recent.get(key);
    if (recent !== undefined) return Promise.resolve(recent);
    return this.#making.do(key, async () => {
      const storing: Promise<void>[] = [];
      const toBackground = (work: Promise<void>): void => {
        storing.push(work);
        background(work);
      };
      const made = await this.#make({ ...job, background: toBackground });
      this.#recent.set(key, made);
      // Afterwards the stored delta counts, or that there is no room for one.
      background(Promise.allSettled(storing).then(() => void this.#recent.delete(key)));
      return made;
    });
  }

  async #make(job: DeltaJob): Promise<Made> {
    const { wanted, content, dictionary, effort } = job;
    const { group, bounds, network } = wanted;
    if (!(await this.#parts.groups.hasRoom(group, wanted.content, bounds))) {
      return "over-budget";
    }
    const bytes = content.length + dictionary.length;
    const cost = effort === "inline" ? COSTS.inline : COSTS.best[wanted.codings[0] ?? "dcb"];
    const milliseconds = bytes * cost;
    const { scheduler = this.#parts.scheduler } = job;
    const made = await scheduler.run({ network, milliseconds }, () => this.#encode(job));
    return made ?? "over-budget";
  }

  async #encode({ wanted, content, dictionary, effort, background }: DeltaJob): Promise<Made> {
    let reason: "no-codec" | "codec-refused" = "no-codec";
    for (const coding of wanted.codings) {
      const codec = this.#parts.codecs.find((each) => each.coding === coding);
      if (codec === undefined) continue;
      // A search through a dictionary that gives nothing takes up to four times as long as another.
      if (!sharesText(content, dictionary)) {
        return await this.#finish({ wanted, content, background }, coding, undefined);
      }
      const stream = await codec.encode(content, dictionary, effort);
      if (stream === undefined) {
        reason = "codec-refused";
        continue;
      }
      const delta = frameDelta(coding, wanted.hash, stream);
      return await this.#finish({ wanted, content, background }, coding, delta);
    }
    return reason;
  }

  /** Stores a delta that saves enough; undefined saves nothing. */
  async #finish(
    { wanted, content, background }: Pick<DeltaJob, "wanted" | "content" | "background">,
    coding: DeltaCoding,
    delta: Uint8Array<ArrayBuffer> | undefined,
  ): Promise<Made> {
    const length = delta?.length ?? content.length;
    const isStored = await this.#isWorthwhile(wanted, content, length);
    const stored = isStored ? delta : undefined;
    background(this.#report(wanted, stored?.length));
    // A missing gain is stored too, or each request would make the delta again.
    const made = { content: wanted.content, dictionary: wanted.dictionary, coding };
    background(this.#parts.groups.storeDelta(wanted.group, made, stored, wanted.bounds));
    return stored === undefined ? "no-gain" : { coding, delta: stored };
  }

  async #report({ content, report }: WantedDelta, delta: number | undefined): Promise<void> {
    const plain = this.#plainLengths.get(content);
    if (plain !== undefined) await report?.(delta, plain);
  }

  async #isWorthwhile(
    { content: hash, report }: WantedDelta,
    content: Uint8Array<ArrayBuffer>,
    deltaLength: number,
  ): Promise<boolean> {
    const known = this.#plainLengths.get(hash);
    const sure = isWorthwhile(deltaLength, content.length, known);
    if (sure !== undefined && (known !== undefined || report === undefined)) return sure;
    const [codec] = this.#parts.plain;
    const length =
      codec === undefined ? content.length : (await codec.encode(content, "inline")).length;
    this.#plainLengths.set(hash, length);
    return isWorthwhile(deltaLength, content.length, length) ?? false;
  }
}
