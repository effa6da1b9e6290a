import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { toHex } from "../../../http/digest.ts";
import { codingWeight } from "../../../http/negotiate.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { OwnResponse, RequestOutcome } from "../../../pipeline/stage.ts";
import type { Context } from "../context.ts";
import { decideDictionaryRequest } from "../decide.ts";
import type { GroupBounds } from "../dictionary-groups.ts";
import type { CompressionReason } from "../reasons.ts";
import { deployOfClient, parseAddress, useOf } from "./address.ts";
import type { ChunkDictionary } from "./folders.ts";
import { folderKey } from "./offer.ts";

type Fields = OwnResponse["fields"];

const COMMON: Fields = [
  ["vary", "Accept-Encoding, Available-Dictionary, Dictionary-ID"],
  ["x-content-type-options", "nosniff"],
];
/** A client that has no earlier deploy gets nothing, and asks again after the next deploy. */
function nothing(control: string): OwnResponse {
  return { status: 204, fields: [...COMMON, ["cache-control", control]], content: null };
}

/** Serves the dictionaries of chunks: to clients that have chunks of an earlier deploy. */
export class ChunkDictionaries {
  readonly #context: Context;
  readonly #coded = new BoundedCache<Uint8Array<ArrayBuffer>>({
    name: "content",
    max: 50,
    sizeOf: ({ byteLength }) => byteLength,
  });

  constructor(context: Context) {
    this.#context = context;
  }

  /** The answer at an address of a dictionary; undefined at any other. */
  answer(
    exchange: Exchange,
    bounds: GroupBounds,
  ): Promise<RequestOutcome<CompressionReason> | undefined> | undefined {
    const found = exchange.method === "GET" ? parseAddress(exchange.target) : undefined;
    return found && this.#respond(exchange, found, bounds);
  }

  async #respond(
    exchange: Exchange,
    { chunks, deploy: named }: NonNullable<ReturnType<typeof parseAddress>>,
    bounds: GroupBounds,
  ): Promise<RequestOutcome<CompressionReason> | undefined> {
    const { groups, groupId, chunks: folders } = this.#context;
    const key = await folderKey(exchange, chunks, this.#context);
    const deploy = await folders.deploy(key, named);
    // Without a deploy, no page names this address: the origin server may have a file there.
    if (deploy === 0) return undefined;
    const own = deployOfClient((name) => exchange.field(name));
    if (own === undefined || own >= deploy) return answered(nothing("private, max-age=86400"));
    const group = await groupId(exchange, chunks.match);
    const made = await folders.dictionary(key, (hash) => groups.dictionary(group, hash));
    if (made === undefined) return answered(nothing("no-store"));
    await groups.storeDictionary(group, made.hash, made.content, bounds, 2);
    const { content, coding } = await this.#codedFor(exchange, group, made, bounds);
    const fields: Fields = [
      ...COMMON,
      ["content-type", "application/octet-stream"],
      ["cache-control", "private, max-age=2592000"],
      ["use-as-dictionary", useOf(chunks, made.deploy)],
      ...(coding === undefined ? [] : [["content-encoding", coding] as const]),
    ];
    return answered({ status: 200, fields, content, before: made.content.length });
  }

  async #codedFor(exchange: Exchange, group: string, made: ChunkDictionary, bounds: GroupBounds) {
    const delta = await this.#deltaFor(exchange, group, made, bounds);
    if (delta !== undefined) return { content: delta.delta, coding: delta.coding };
    const accepted = exchange.field("accept-encoding");
    const codec = this.#context.plain.find(({ coding }) => codingWeight(accepted, coding) > 0);
    if (codec === undefined) return { content: made.content, coding: undefined };
    const name = `${made.hash} ${codec.coding}`;
    const known = this.#coded.get(name) ?? (await codec.encode(made.content, "inline"));
    this.#coded.set(name, known);
    return { content: known, coding: codec.coding };
  }

  /** The difference to the dictionary of an earlier deploy, if the client has one. */
  async #deltaFor(
    exchange: Exchange,
    group: string,
    { hash: content, content: bytes }: ChunkDictionary,
    bounds: GroupBounds,
  ) {
    const request = decideDictionaryRequest((name) => exchange.field(name), undefined);
    if (request.kind !== "offered") return undefined;
    const { groups, deltas, causedBy } = this.#context;
    const { hash, codings: wanted } = request;
    const dictionary = await groups.dictionary(group, toHex(hash));
    if (dictionary === undefined) return undefined;
    const codings = deltas.madeHere(wanted, Math.max(bytes.length, dictionary.length));
    const network = causedBy(exchange);
    const made = await deltas.make({
      wanted: { group, network, content, dictionary: toHex(hash), hash, codings, bounds },
      content: bytes,
      dictionary,
      effort: "inline",
      background: (work) => exchange.background(work),
    });
    return typeof made === "string" ? undefined : made;
  }
}

function answered(response: OwnResponse): RequestOutcome<CompressionReason> {
  return { kind: "respond", reason: "chunk-dictionary", response };
}
