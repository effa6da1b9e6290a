import { toHex } from "../../http/digest.ts";
import { parseAvailableDictionary } from "../../http/dictionary.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { templateOf } from "./auto/template.ts";
import { chunksIn, offersOurs } from "./chunks/offer.ts";
import type { Context } from "./context.ts";
import { PAGES_GROUP } from "./pages/address.ts";
import type { CompressionPolicy } from "./policy.ts";

/** Whether a client offers a dictionary of the automatic mode that the proxy has not stored. */
export async function offersUnknown(
  exchange: Exchange,
  policy: CompressionPolicy,
  context: Context,
): Promise<boolean> {
  const compiled = context.compile(policy);
  const hash = parseAvailableDictionary(exchange.field("available-dictionary"));
  if (compiled === undefined || hash === undefined) return false;
  const isIn = async (match: string): Promise<boolean> => {
    const group = await context.groupId(exchange, match);
    const { dictionaries } = await context.groups.stateWith(group, toHex(hash));
    return dictionaries.has(toHex(hash));
  };
  const template = templateOf(exchange.target);
  const chunks = chunksIn(exchange.target, template);
  if (chunks !== undefined && offersOurs((name) => exchange.field(name))) return false;
  const isFile = template.kind === "versioned" || template.kind === "same-url";
  if (isFile && (await isIn(template.match))) return false;
  return !(await isIn(PAGES_GROUP));
}
