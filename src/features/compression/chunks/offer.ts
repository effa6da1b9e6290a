import type { Exchange } from "../../../pipeline/exchange.ts";
import type { ReadField } from "../../../http/fields.ts";
import { originOf } from "../../../pipeline/exchange.ts";
import type { AutoDictionaries } from "../auto/auto.ts";
import type { Template } from "../auto/template.ts";
import type { NameOfClient } from "../auto/witnesses.ts";
import type { Context } from "../context.ts";
import type { Finder } from "../offer.ts";
import { chunksOf, deployOfClient, markOf, type Chunks } from "./address.ts";

/** The group of a response that is one of many chunks without a name. */
interface ChunkMembership {
  readonly match: string;
  readonly matchDest: readonly string[];
  /** Whether it is the only chunk of its folder, so that each client has its previous version. */
  readonly isDictionary: boolean;
  /** The value of Use-As-Dictionary, which tells the client's deploy at its next visit. */
  readonly mark: string;
  readonly finder: Finder;
}

/** The chunks that a template without a stem stands for; undefined if they share no folder. */
export function chunksIn(
  target: string,
  template: Template,
  isImmutable = false,
): Chunks | undefined {
  const isNameless = template.kind === "none" && template.reason === "no-stem";
  return isNameless ? chunksOf(target, isImmutable) : undefined;
}

/** The key of a folder in the store: of its origin and generation, which a purge changes. */
export async function folderKey(
  exchange: Exchange,
  { match }: Chunks,
  { scopeOf }: Context,
): Promise<string> {
  return `${await scopeOf(exchange, match)}\n${match}`;
}

/** The membership of a chunk: deltas against its folder's dictionary, and a mark of its deploy. */
export async function chunkMembership(
  exchange: Exchange,
  chunks: Chunks,
  automatic: AutoDictionaries,
  client: NameOfClient,
  context: Context,
): Promise<ChunkMembership> {
  const { match } = chunks;
  const scope = await context.scopeOf(exchange, match);
  const key = await folderKey(exchange, chunks, context);
  const { deploy, isLone } = await context.chunks.look(key);
  if (deploy > 0 && !isLone) context.links.note(originOf(exchange), chunks, deploy);
  const witnessed: Template = { kind: "versioned", match, matchDest: [] };
  const network = context.causedBy(exchange);
  return {
    match,
    matchDest: [],
    isDictionary: isLone,
    mark: markOf(
      chunks,
      Math.min(deploy, deployOfClient((name) => exchange.field(name)) ?? deploy),
    ),
    finder: {
      standing: async (hash) => {
        context.chunks.note(key, hash, await client());
        return automatic.standing(scope, witnessed, hash, client);
      },
      witness: async (hash) => {
        context.chunks.note(key, hash, await client());
        return automatic.witness(scope, witnessed, hash, client);
      },
      vouch: (hash) => automatic.vouch(scope, witnessed, hash),
      see: async (hash, content) =>
        context.chunks.see(key, { hash, content, network, client: await client() }),
      report: async () => {},
    },
  };
}

/** Whether a client offers a dictionary of ours, by its Dictionary-ID. */
export function offersOurs(field: ReadField): boolean {
  return deployOfClient(field) !== undefined;
}
