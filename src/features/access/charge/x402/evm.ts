/** Forms of values on networks with the Ethereum virtual machine. */

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const NONCE = /^0x[0-9a-fA-F]{64}$/;
/** 65 octets of a key's signature; that of a contract (ERC-1271, ERC-6492) is longer. */
const SIGNATURE = /^0x(?:[0-9a-fA-F]{2}){65,2048}$/;
/** CAIP-2 with the namespace of EIP-155. */
const NETWORK = /^eip155:[1-9][0-9]{0,31}$/;
const WHOLE = /^(?:0|[1-9][0-9]{0,77})$/;
const MOST = 2n ** 256n - 1n;

/** Whether a text is an address of 20 octets; the check sum in its letters is not read (EIP-55). */
export function isAddress(text: unknown): text is string {
  return typeof text === "string" && ADDRESS.test(text);
}

export function isNonce(text: unknown): text is string {
  return typeof text === "string" && NONCE.test(text);
}

export function isSignature(text: unknown): text is string {
  return typeof text === "string" && SIGNATURE.test(text);
}

/** Whether a text is the CAIP-2 identifier of such a network, e.g. "eip155:8453". */
export function isNetwork(text: unknown): text is string {
  return typeof text === "string" && NETWORK.test(text);
}

/** Whether a text is a uint256 in decimal, without leading zeros: one spelling for each number. */
export function isWhole(text: unknown): text is string {
  return typeof text === "string" && WHOLE.test(text) && BigInt(text) <= MOST;
}

/** Whether two addresses are the same; the case of letters is only a check sum. */
export function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
