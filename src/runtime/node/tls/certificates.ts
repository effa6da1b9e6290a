import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { describeError } from "../../../telemetry/describe-error.ts";

/** A certificate with its chain and its private key, in PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
  /** The names of both in messages, e.g. their paths. */
  readonly names: { readonly cert: string; readonly key: string };
}

/** A certificate that can't be used; the message names the file. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** A certificate as a server uses it. */
interface Loaded {
  readonly leaf: X509Certificate;
  readonly context: SecureContext;
}

/** The certificates in force. */
export interface Certificates {
  /** For clients that name no server, and for names that no certificate has. */
  readonly first: CertificatePair;
  /** The context for a name that a client wants (SNI). */
  contextFor(name: string): SecureContext;
  /** Milliseconds since the epoch at which the first of them expires. */
  readonly expires: number;
}

/** Loads certificates. Throws a CertificateError. */
export function loadCertificates(pairs: readonly CertificatePair[]): Certificates {
  const [first] = pairs;
  if (first === undefined) throw new CertificateError("there is no certificate");
  const loaded = pairs.map(load);
  return {
    first,
    contextFor(name) {
      const found = loaded.find(({ leaf }) => leaf.checkHost(name) !== undefined) ?? loaded[0];
      return (found as Loaded).context;
    },
    expires: Math.min(...loaded.map(({ leaf }) => Date.parse(leaf.validTo))),
  };
}

function load({ cert, key, names }: CertificatePair): Loaded {
  const leaf = read(names.cert, "a certificate in PEM", () => new X509Certificate(cert));
  const secret = read(names.key, "a private key in PEM, without a passphrase", () =>
    createPrivateKey(key),
  );
  if (!leaf.checkPrivateKey(secret)) {
    throw new CertificateError(`the key ${names.key} is not that of the certificate ${names.cert}`);
  }
  const context = read(names.cert, "a certificate for TLS", () =>
    createSecureContext({ cert, key, minVersion: MIN_VERSION }),
  );
  return { leaf, context };
}

/** RFC 8996 forbids older versions. */
export const MIN_VERSION = "TLSv1.2";

function read<T>(name: string, kind: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new CertificateError(`${name} is not ${kind}: ${describeError(error)}`);
  }
}
