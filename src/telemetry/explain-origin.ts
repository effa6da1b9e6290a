import type { OriginError } from "../pipeline/exchange.ts";
import { describeError } from "./describe-error.ts";

const NOT_TRUSTED = "the certificate's authority is not trusted";
const OTHER_NAME = "the certificate is for another host name";

/** Explanations of TLS errors by the code of OpenSSL or Node. */
const TLS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  CERT_HAS_EXPIRED: "the certificate has expired",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
  CERT_REVOKED: "the certificate is revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_NAME,
  HOSTNAME_MISMATCH: OTHER_NAME,
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not use TLS on this port",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the server does not use TLS on this port",
};

/** Explains a failure of the origin to the operator, perhaps with addresses. Never throws. */
export function explainOriginError({ code, cause }: OriginError): string {
  // Each address of a name has an error; the common one has no information.
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  const described = first === undefined ? code : describeError(first);
  if (code !== "tls") return described;
  const known = first instanceof Error && "code" in first ? TLS[String(first.code)] : undefined;
  return known === undefined ? `TLS: ${described}` : `TLS: ${known} (${described})`;
}
