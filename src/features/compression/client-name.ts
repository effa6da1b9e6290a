import { digestOfText } from "../../http/digest.ts";
import type { Exchange } from "../../pipeline/exchange.ts";

/** Names the network that an address belongs to. */
export type NetworkOf = (address: string) => string;

/**
 * A name that distinguishes a client from others: network, User-Agent and cookies. A digest, since
 * it may be stored.
 */
export async function nameOfClient(exchange: Exchange, networkOf: NetworkOf): Promise<string> {
  const { clientAddress } = exchange;
  const network = clientAddress === undefined ? null : networkOf(clientAddress);
  const facts = [network, exchange.field("user-agent"), exchange.field("cookie")];
  return (await digestOfText(JSON.stringify(facts))).slice(0, 24);
}
