// RFC 7638 thumbprints of keys whose private half is printed in a specification.
const TEST_KEYS = new Set([
  "BHj8s0GPnMEQtkaULIM-PLgEhLBbuGUQ1vMxmBWZzEo", // RFC 9421 B.1.1, test-key-rsa
  "oD0HwocPBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA", // RFC 9421 B.1.2, test-key-rsa-pss
  "ydQXMtvbsOsZyFir-Y7A8t7fKEM1gbKPvyFkdpu4fvI", // RFC 9421 B.1.3, test-key-ecc-p256
  "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U", // RFC 9421 B.1.4, test-key-ed25519
  "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", // RFC 8037 A.1, Ed25519
  "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", // RFC 7517 A.2, RSA
]);

/** Whether the key is a published test key, with which anybody can sign. */
export function isTestKey(thumbprint: string): boolean {
  return TEST_KEYS.has(thumbprint);
}
