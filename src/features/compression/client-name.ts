import { digestOfText } from "../../http/digest.ts";
import type { Exchange } from "../../pipeline/exchange.ts";

/** Returns the network of an address. */
export type NetworkOf = (address: string) => string;

/** Names a client by network, User-Agent and cookies; a digest, because it may be stored. */
export async function nameOfClient(exchange: Exchange, networkOf: NetworkOf): Promise<string> {
  const { clientAddress } = exchange;
  const network = clientAddress === undefined ? null : networkOf(clientAddress);
  const facts = [network, exchange.field("user-agent"), exchange.field("cookie")];
  return (await digestOfText(JSON.stringify(facts))).slice(0, 24);
}
